-- The local copy of catalog's products. search_text is their name and SKU, folded.
CREATE TABLE products (
	id          text COLLATE "C" PRIMARY KEY,
	sku         text COLLATE "C" NOT NULL,
	name        text COLLATE "C" NOT NULL,
	deleted     boolean NOT NULL,
	version     bigint NOT NULL CHECK (version >= 1),
	search_text text COLLATE "C" NOT NULL
);

CREATE INDEX ix_products_sku ON products (sku, id);
CREATE INDEX ix_products_name ON products (name, id);
CREATE INDEX ix_products_sku_any_case ON products (lower(sku));

-- A removed row stays for its past. A listed row is neither removed nor of a deleted
-- product.
CREATE TABLE stock (
	product_id      text COLLATE "C" NOT NULL REFERENCES products (id),
	store_id        text COLLATE "C" NOT NULL,
	quantity        bigint NOT NULL CHECK (quantity BETWEEN 0 AND 1000000000),
	reserved        bigint NOT NULL CHECK (reserved >= 0),
	incoming        bigint NOT NULL CHECK (incoming >= 0),
	damaged         bigint NOT NULL CHECK (damaged >= 0),
	quality_control bigint NOT NULL CHECK (quality_control >= 0),
	safety_stock    bigint NOT NULL CHECK (safety_stock >= 0),
	other           bigint NOT NULL CHECK (other >= 0),
	available       bigint NOT NULL GENERATED ALWAYS AS
		(quantity - reserved - damaged - quality_control - safety_stock - other) STORED CHECK (available >= 0),
	min_stock       bigint NOT NULL CHECK (min_stock >= 0),
	max_stock       bigint NOT NULL CHECK (max_stock >= 0),
	reorder_point   bigint CHECK (reorder_point >= 0), -- NULL: never set, see ledger.DefaultReorderPoint
	reorder_qty     bigint NOT NULL CHECK (reorder_qty >= 0),
	version         bigint NOT NULL CHECK (version >= 1),
	updated_at      text COLLATE "C" NOT NULL,
	low_reported    boolean NOT NULL,
	removed         boolean NOT NULL,
	listed          boolean NOT NULL,
	PRIMARY KEY (product_id, store_id),
	CHECK (NOT removed OR quantity = 0 AND incoming = 0 AND NOT listed)
);

CREATE INDEX ix_stock_store_id ON stock (store_id, product_id);
CREATE INDEX ix_stock_available ON stock (available, product_id, store_id) WHERE listed;
CREATE INDEX ix_stock_store_id_available ON stock (store_id, available, product_id) WHERE listed;
-- Low rows: 10 is ledger.DefaultReorderPoint.
CREATE INDEX ix_stock_low ON stock (available, product_id, store_id) WHERE listed AND available <= COALESCE(reorder_point, 10);
CREATE INDEX ix_stock_store_id_low ON stock (store_id, available, product_id) WHERE listed AND available <= COALESCE(reorder_point, 10);
CREATE INDEX ix_stock_unlisted ON stock (available, product_id, store_id) WHERE NOT listed AND NOT removed;
CREATE INDEX ix_stock_store_id_unlisted ON stock (store_id, available, product_id) WHERE NOT listed AND NOT removed;
CREATE INDEX ix_stock_store_id_updated_at ON stock (store_id, updated_at, product_id) WHERE NOT removed;

CREATE FUNCTION list_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE stock SET listed = NOT NEW.deleted WHERE product_id = NEW.id AND NOT removed;
	RETURN NULL;
END $$;

CREATE TRIGGER tr_products_deleted AFTER UPDATE ON products FOR EACH ROW WHEN (OLD.deleted <> NEW.deleted)
EXECUTE FUNCTION list_stock();

-- The sums over the rows of a store, kept by one statement for each statement that
-- changes rows.
CREATE TABLE store_totals (
	store_id    text COLLATE "C" PRIMARY KEY,
	total_rows  bigint NOT NULL,
	quantity    bigint NOT NULL,
	reserved    bigint NOT NULL,
	unavailable bigint NOT NULL,
	low_rows    bigint NOT NULL, -- listed rows
	out_rows    bigint NOT NULL  -- listed rows
);

CREATE FUNCTION add_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO store_totals AS t (store_id, total_rows, quantity, reserved, unavailable, low_rows, out_rows)
	SELECT n.store_id, SUM(CASE WHEN n.removed THEN 0 ELSE 1 END) AS total_rows, SUM(n.quantity) AS quantity,
		SUM(n.reserved) AS reserved, SUM((n.quantity - n.reserved - n.available)) AS unavailable,
		SUM(CASE WHEN n.listed AND n.available <= COALESCE(n.reorder_point, 10) THEN 1 ELSE 0 END) AS low_rows,
		SUM(CASE WHEN n.listed AND n.available = 0 THEN 1 ELSE 0 END) AS out_rows
	FROM after_rows n GROUP BY n.store_id
	ON CONFLICT (store_id) DO UPDATE SET total_rows = t.total_rows + excluded.total_rows, quantity = t.quantity + excluded.quantity,
		reserved = t.reserved + excluded.reserved, unavailable = t.unavailable + excluded.unavailable,
		low_rows = t.low_rows + excluded.low_rows, out_rows = t.out_rows + excluded.out_rows;
	RETURN NULL;
END $$;

CREATE FUNCTION add_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE store_totals t SET total_rows = t.total_rows + d.total_rows, quantity = t.quantity + d.quantity, reserved = t.reserved + d.reserved,
		unavailable = t.unavailable + d.unavailable, low_rows = t.low_rows + d.low_rows, out_rows = t.out_rows + d.out_rows
	FROM (
		SELECT u.store_id, SUM(u.total_rows) AS total_rows, SUM(u.quantity) AS quantity, SUM(u.reserved) AS reserved,
			SUM(u.unavailable) AS unavailable, SUM(u.low_rows) AS low_rows, SUM(u.out_rows) AS out_rows
		FROM (
			SELECT n.store_id, SUM(CASE WHEN n.removed THEN 0 ELSE 1 END) AS total_rows, SUM(n.quantity) AS quantity,
			SUM(n.reserved) AS reserved, SUM((n.quantity - n.reserved - n.available)) AS unavailable,
			SUM(CASE WHEN n.listed AND n.available <= COALESCE(n.reorder_point, 10) THEN 1 ELSE 0 END) AS low_rows,
			SUM(CASE WHEN n.listed AND n.available = 0 THEN 1 ELSE 0 END) AS out_rows
			FROM after_rows n GROUP BY n.store_id
			UNION ALL SELECT o.store_id, SUM(CASE WHEN o.removed THEN 0 ELSE -1 END) AS total_rows, SUM(-o.quantity) AS quantity,
			SUM(-o.reserved) AS reserved, SUM(-(o.quantity - o.reserved - o.available)) AS unavailable,
			SUM(CASE WHEN o.listed AND o.available <= COALESCE(o.reorder_point, 10) THEN -1 ELSE 0 END) AS low_rows,
			SUM(CASE WHEN o.listed AND o.available = 0 THEN -1 ELSE 0 END) AS out_rows
			FROM before_rows o GROUP BY o.store_id
		) u GROUP BY u.store_id
	) d WHERE t.store_id = d.store_id;
	RETURN NULL;
END $$;

CREATE TRIGGER tr_stock_inserted AFTER INSERT ON stock REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION add_inserted();
CREATE TRIGGER tr_stock_updated AFTER UPDATE ON stock REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION add_updated();

-- The lines of a hold are one document, so that a hold is one record: objects with
-- product_id, store_id, quantity, committed, released, returned, restocked. A
-- tombstone has none.
CREATE TABLE holds (
	reservation_id text COLLATE "C" PRIMARY KEY,
	customer_id    text COLLATE "C" NOT NULL,
	ttl_seconds    bigint NOT NULL,
	expires_at     text COLLATE "C" NOT NULL,
	state          text COLLATE "C" NOT NULL CHECK (state IN ('held', 'committed', 'released')),
	created_at     text COLLATE "C" NOT NULL,
	settled_at     text COLLATE "C",
	lines          jsonb NOT NULL,
	in_parts       boolean NOT NULL, -- settled to totals, at least once
	settled        bigint NOT NULL CHECK (settled >= 0), -- units that were committed or released
	request        text COLLATE "C",
	CHECK ((state = 'held') = (settled_at IS NULL))
);

CREATE INDEX ix_holds_held ON holds (created_at, reservation_id) WHERE state = 'held';
CREATE INDEX ix_holds_in_parts ON holds (reservation_id) WHERE in_parts;

CREATE FUNCTION refuse_smaller_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM ROWS FROM (
		jsonb_to_recordset(NEW.lines) AS (quantity bigint, committed bigint, released bigint, returned bigint, restocked bigint),
		jsonb_to_recordset(OLD.lines) AS (committed bigint, released bigint, returned bigint, restocked bigint)
	) AS l (quantity, committed, released, returned, restocked, committed_before, released_before, returned_before, restocked_before)
	WHERE l.committed + l.released > l.quantity OR l.returned > l.committed OR l.committed < l.committed_before
		OR l.released < l.released_before OR l.returned < l.returned_before OR l.restocked < l.restocked_before) THEN
		RAISE EXCEPTION 'totals of a hold only grow, up to what was granted' USING ERRCODE = 'check_violation';
	END IF;
	RETURN NULL;
END $$;

CREATE TRIGGER tr_holds_totals AFTER UPDATE ON holds FOR EACH ROW WHEN (NEW.in_parts) EXECUTE FUNCTION refuse_smaller_totals();

-- The ledger: every change of a quantity or of a state, and what the row was then.
CREATE TABLE movements (
	seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	product_id     text COLLATE "C" NOT NULL,
	store_id       text COLLATE "C" NOT NULL,
	kind           text COLLATE "C" NOT NULL CHECK (kind IN ('created', 'adjusted', 'transferred_in', 'transferred_out', 'sold',
		'returned', 'received', 'counted', 'state_changed', 'deleted')),
	change         bigint NOT NULL,
	quantity       bigint NOT NULL CHECK (quantity >= 0), -- after the change
	version        bigint NOT NULL,                       -- of the row, after the change
	reason         text COLLATE "C" NOT NULL,
	actor          text COLLATE "C",
	reservation_id text COLLATE "C",
	created_at     text COLLATE "C" NOT NULL, -- never earlier than that of the row's movement before
	reference      text COLLATE "C",
	transfer_id    text COLLATE "C",
	count_id       text COLLATE "C",
	from_state     text COLLATE "C",
	to_state       text COLLATE "C",
	units          bigint NOT NULL, -- that changed their state
	unavailable    text COLLATE "C", -- the units in each state after the change, as JSON; NULL: none
	FOREIGN KEY (product_id, store_id) REFERENCES stock (product_id, store_id)
);

CREATE INDEX ix_movements_product_id_store_id_created_at ON movements (product_id, store_id, created_at, seq);
CREATE INDEX ix_movements_product_id_store_id_actor ON movements (product_id, store_id, actor, created_at, seq) WHERE actor IS NOT NULL;
-- Of all rows. Sales are most of the movements, so they are not indexed by their kind.
CREATE INDEX ix_movements_created_at ON movements (created_at, seq);
CREATE INDEX ix_movements_store_id_created_at ON movements (store_id, created_at, seq);
CREATE INDEX ix_movements_actor_created_at ON movements (actor, created_at, seq) WHERE actor IS NOT NULL;
CREATE INDEX ix_movements_kind_created_at ON movements (kind, created_at, seq) WHERE kind <> 'sold';
CREATE INDEX ix_movements_reference_created_at ON movements (reference, created_at, seq) WHERE reference IS NOT NULL;

-- The local copy of catalog's stores. A store that is not announced is used here, and
-- catalog has not returned it since.
CREATE TABLE stores (
	id        text COLLATE "C" PRIMARY KEY,
	deleted   boolean NOT NULL,
	version   bigint NOT NULL CHECK (version >= 0), -- of catalog; 0: none yet
	announced boolean NOT NULL,
	actor     text COLLATE "C" -- of the first use
);

CREATE INDEX ix_stores_used ON stores (id) WHERE NOT announced;

-- Transfers that take time. Their lines are one document: objects with product_id,
-- quantity, shipped, received, damaged, lost.
CREATE TABLE transfers (
	seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were requested
	id            text COLLATE "C" NOT NULL UNIQUE,
	from_store_id text COLLATE "C",
	supplier      text COLLATE "C",
	to_store_id   text COLLATE "C" NOT NULL,
	reference     text COLLATE "C",
	expected_at   text COLLATE "C",
	status        text COLLATE "C" NOT NULL CHECK (status IN ('requested', 'shipped', 'received', 'cancelled')),
	actor         text COLLATE "C" NOT NULL,
	version       bigint NOT NULL CHECK (version >= 1),
	created_at    text COLLATE "C" NOT NULL,
	updated_at    text COLLATE "C" NOT NULL,
	lines         jsonb NOT NULL,
	CHECK ((from_store_id IS NULL) <> (supplier IS NULL)),
	CHECK (from_store_id IS NULL OR from_store_id <> to_store_id)
);

CREATE INDEX ix_transfers_status ON transfers (status, seq);
CREATE INDEX ix_transfers_from_store_id ON transfers (from_store_id, seq) WHERE from_store_id IS NOT NULL;
CREATE INDEX ix_transfers_from_store_id_status ON transfers (from_store_id, status, seq) WHERE from_store_id IS NOT NULL;
CREATE INDEX ix_transfers_to_store_id ON transfers (to_store_id, seq);
CREATE INDEX ix_transfers_to_store_id_status ON transfers (to_store_id, status, seq);

-- Counts of the units in a store. applying: it takes no more lines, and a part of
-- them may be booked. lines, applied and failed are the numbers of its lines.
CREATE TABLE counts (
	seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were opened
	id         text COLLATE "C" NOT NULL UNIQUE,
	store_id   text COLLATE "C" NOT NULL,
	reference  text COLLATE "C",
	status     text COLLATE "C" NOT NULL CHECK (status IN ('open', 'applying', 'applied', 'discarded')),
	lines      bigint NOT NULL CHECK (lines >= 0),
	applied    bigint NOT NULL CHECK (applied >= 0),
	failed     bigint NOT NULL CHECK (failed >= 0),
	actor      text COLLATE "C" NOT NULL,
	version    bigint NOT NULL CHECK (version >= 1),
	created_at text COLLATE "C" NOT NULL,
	updated_at text COLLATE "C" NOT NULL,
	CHECK (applied + failed <= lines),
	CHECK (status <> 'applied' OR applied + failed = lines)
);

CREATE INDEX ix_counts_status ON counts (status, seq);
CREATE INDEX ix_counts_store_id ON counts (store_id, seq);
CREATE INDEX ix_counts_store_id_status ON counts (store_id, status, seq);

-- quantity and row_version are those of the row when it was counted, 0 without a row.
-- claimed are the units that were held or unavailable when a line failed for them.
CREATE TABLE count_lines (
	count_id    text COLLATE "C" NOT NULL REFERENCES counts (id),
	product_id  text COLLATE "C" NOT NULL REFERENCES products (id),
	counted     bigint NOT NULL CHECK (counted BETWEEN 0 AND 1000000000),
	quantity    bigint NOT NULL CHECK (quantity >= 0),
	row_version bigint NOT NULL CHECK (row_version >= 0),
	counted_at  text COLLATE "C" NOT NULL,
	state       text COLLATE "C" NOT NULL CHECK (state IN ('counted', 'applied', 'failed')),
	failure     text COLLATE "C",
	claimed     bigint,
	PRIMARY KEY (count_id, product_id),
	CHECK ((state = 'failed') = (failure IS NOT NULL))
);

-- The lines that an apply has left, and those that failed.
CREATE INDEX ix_count_lines_state ON count_lines (count_id, state, product_id);

-- An applied line is final: it was booked.
CREATE FUNCTION refuse_applied_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'an applied line of a count is final' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER tr_count_lines_applied BEFORE UPDATE ON count_lines FOR EACH ROW WHEN (OLD.state = 'applied')
EXECUTE FUNCTION refuse_applied_line();
