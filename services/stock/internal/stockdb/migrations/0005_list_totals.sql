-- Rows of deleted products are not listed as low stock. The column repeats the
-- status of the product, so that indexes leave such rows out.
ALTER TABLE stock ADD COLUMN listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1));
ALTER TABLE stock ADD COLUMN available INTEGER GENERATED ALWAYS AS (quantity - reserved) VIRTUAL;

UPDATE stock SET listed = 0 WHERE product_id IN (SELECT id FROM products WHERE status = 'deleted');

-- Low stock at any threshold, and at each row's own reorder point: 10 is
-- ledger.DefaultReorderPoint. Each for one store and for all.
CREATE INDEX ix_stock_available ON stock (available, product_id, store_id) WHERE listed = 1;
CREATE INDEX ix_stock_store_id_available ON stock (store_id, available, product_id) WHERE listed = 1;
CREATE INDEX ix_stock_low ON stock (available, product_id, store_id)
	WHERE listed = 1 AND available <= COALESCE(reorder_point, 10);
CREATE INDEX ix_stock_store_id_low ON stock (store_id, available, product_id)
	WHERE listed = 1 AND available <= COALESCE(reorder_point, 10);

-- The totals of lists, kept by triggers: the rows of a store, and those of them
-- that are listed and low. The store '' stands for all.
CREATE TABLE store_totals (
	store_id TEXT NOT NULL PRIMARY KEY,
	rows     INTEGER NOT NULL,
	low      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The units of a store, and its listed rows with none available. All stores
-- together have no entry, which would be one more write for each hold.
CREATE TABLE store_units (
	store_id TEXT NOT NULL PRIMARY KEY,
	quantity INTEGER NOT NULL,
	reserved INTEGER NOT NULL,
	out      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many listed rows of a store have their available units in a bucket of
-- 64^level units. Rows at or below a threshold are those of at most 64 buckets of
-- each level.
CREATE TABLE available_totals (
	store_id TEXT NOT NULL,
	level    INTEGER NOT NULL CHECK (level BETWEEN 0 AND 4),
	bucket   INTEGER NOT NULL, -- available units / 64^level
	rows     INTEGER NOT NULL,
	PRIMARY KEY (store_id, level, bucket)
) STRICT, WITHOUT ROWID;

-- How many movements of a row an actor made; '' stands for those without one.
CREATE TABLE movement_totals (
	product_id TEXT NOT NULL,
	store_id   TEXT NOT NULL,
	actor      TEXT NOT NULL,
	movements  INTEGER NOT NULL,
	PRIMARY KEY (product_id, store_id, actor)
) STRICT, WITHOUT ROWID;

INSERT INTO movement_totals
SELECT product_id, store_id, COALESCE(actor, ''), COUNT(*) FROM movements GROUP BY product_id, store_id, COALESCE(actor, '');
INSERT INTO store_totals
SELECT s.store_id, COUNT(*), COUNT(*) FILTER (WHERE listed = 1 AND available <= COALESCE(reorder_point, 10))
FROM (SELECT store_id, listed, available, reorder_point FROM stock
	UNION ALL SELECT '', listed, available, reorder_point FROM stock) s GROUP BY s.store_id;
INSERT INTO store_units
SELECT store_id, SUM(quantity), SUM(reserved), COUNT(*) FILTER (WHERE listed = 1 AND available = 0) FROM stock GROUP BY store_id;
INSERT INTO available_totals
SELECT s.store_id, l.value, s.available >> (6 * l.value), SUM(s.rows)
FROM (SELECT store_id, available, COUNT(*) AS rows FROM stock WHERE listed = 1 GROUP BY store_id, available
	UNION ALL SELECT '', available, COUNT(*) FROM stock WHERE listed = 1 GROUP BY available) s, json_each('[0, 1, 2, 3, 4]') l
GROUP BY s.store_id, l.value, s.available >> (6 * l.value);

CREATE TRIGGER tr_stock_inserted AFTER INSERT ON stock
BEGIN
	INSERT INTO store_totals VALUES
		('', 1, NEW.listed = 1 AND NEW.available <= COALESCE(NEW.reorder_point, 10)),
		(NEW.store_id, 1, NEW.listed = 1 AND NEW.available <= COALESCE(NEW.reorder_point, 10))
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, low = low + excluded.low;
	INSERT INTO available_totals VALUES
		('', 0, NEW.available >> 0, NEW.listed), (NEW.store_id, 0, NEW.available >> 0, NEW.listed),
		('', 1, NEW.available >> 6, NEW.listed), (NEW.store_id, 1, NEW.available >> 6, NEW.listed),
		('', 2, NEW.available >> 12, NEW.listed), (NEW.store_id, 2, NEW.available >> 12, NEW.listed),
		('', 3, NEW.available >> 18, NEW.listed), (NEW.store_id, 3, NEW.available >> 18, NEW.listed),
		('', 4, NEW.available >> 24, NEW.listed), (NEW.store_id, 4, NEW.available >> 24, NEW.listed)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
	UPDATE stock SET listed = 0 WHERE product_id = NEW.product_id AND store_id = NEW.store_id
		AND EXISTS (SELECT 1 FROM products WHERE id = NEW.product_id AND status = 'deleted');
END;

CREATE TRIGGER tr_stock_deleted AFTER DELETE ON stock
BEGIN
	UPDATE store_totals SET rows = rows - 1, low = low - (OLD.listed = 1 AND OLD.available <= COALESCE(OLD.reorder_point, 10))
	WHERE store_id IN ('', OLD.store_id);
	UPDATE available_totals SET rows = rows - OLD.listed
	WHERE store_id IN ('', OLD.store_id) AND (level, bucket) IN (VALUES
		(0, OLD.available), (1, OLD.available >> 6), (2, OLD.available >> 12), (3, OLD.available >> 18), (4, OLD.available >> 24));
END;

-- One trigger for each level: most changes stay within the buckets of the higher
-- ones. Written out, because a trigger that reads json_each costs a hold three
-- times as much.
CREATE TRIGGER tr_stock_available_0 AFTER UPDATE OF quantity, reserved ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available <> NEW.available
BEGIN
	INSERT INTO available_totals VALUES
		('', 0, NEW.available, 1), (NEW.store_id, 0, NEW.available, 1),
		('', 0, OLD.available, -1), (NEW.store_id, 0, OLD.available, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_1 AFTER UPDATE OF quantity, reserved ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 6 <> NEW.available >> 6
BEGIN
	INSERT INTO available_totals VALUES
		('', 1, NEW.available >> 6, 1), (NEW.store_id, 1, NEW.available >> 6, 1),
		('', 1, OLD.available >> 6, -1), (NEW.store_id, 1, OLD.available >> 6, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_2 AFTER UPDATE OF quantity, reserved ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 12 <> NEW.available >> 12
BEGIN
	INSERT INTO available_totals VALUES
		('', 2, NEW.available >> 12, 1), (NEW.store_id, 2, NEW.available >> 12, 1),
		('', 2, OLD.available >> 12, -1), (NEW.store_id, 2, OLD.available >> 12, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_3 AFTER UPDATE OF quantity, reserved ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 18 <> NEW.available >> 18
BEGIN
	INSERT INTO available_totals VALUES
		('', 3, NEW.available >> 18, 1), (NEW.store_id, 3, NEW.available >> 18, 1),
		('', 3, OLD.available >> 18, -1), (NEW.store_id, 3, OLD.available >> 18, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_4 AFTER UPDATE OF quantity, reserved ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 24 <> NEW.available >> 24
BEGIN
	INSERT INTO available_totals VALUES
		('', 4, NEW.available >> 24, 1), (NEW.store_id, 4, NEW.available >> 24, 1),
		('', 4, OLD.available >> 24, -1), (NEW.store_id, 4, OLD.available >> 24, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_low AFTER UPDATE OF quantity, reserved, reorder_point, listed ON stock
WHEN (OLD.listed = 1 AND OLD.available <= COALESCE(OLD.reorder_point, 10))
	<> (NEW.listed = 1 AND NEW.available <= COALESCE(NEW.reorder_point, 10))
BEGIN
	UPDATE store_totals SET low = low
		+ (NEW.listed = 1 AND NEW.available <= COALESCE(NEW.reorder_point, 10))
		- (OLD.listed = 1 AND OLD.available <= COALESCE(OLD.reorder_point, 10))
	WHERE store_id IN ('', NEW.store_id);
END;

-- Units and listed never change in one statement.
CREATE TRIGGER tr_stock_listed AFTER UPDATE OF listed ON stock WHEN OLD.listed <> NEW.listed
BEGIN
	INSERT INTO available_totals
	SELECT s.value, l.value, NEW.available >> (6 * l.value), NEW.listed - OLD.listed
	FROM json_each(json_array('', NEW.store_id)) s, json_each('[0, 1, 2, 3, 4]') l WHERE 1
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_units_inserted AFTER INSERT ON stock
BEGIN
	INSERT INTO store_units VALUES (NEW.store_id, NEW.quantity, NEW.reserved, NEW.listed = 1 AND NEW.available = 0)
	ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity, reserved = reserved + excluded.reserved, out = out + excluded.out;
END;

CREATE TRIGGER tr_stock_units_deleted AFTER DELETE ON stock
BEGIN
	UPDATE store_units SET quantity = quantity - OLD.quantity, reserved = reserved - OLD.reserved,
		out = out - (OLD.listed = 1 AND OLD.available = 0)
	WHERE store_id = OLD.store_id;
END;

CREATE TRIGGER tr_stock_units AFTER UPDATE OF quantity, reserved, listed ON stock
BEGIN
	UPDATE store_units SET quantity = quantity + NEW.quantity - OLD.quantity, reserved = reserved + NEW.reserved - OLD.reserved,
		out = out + (NEW.listed = 1 AND NEW.available = 0) - (OLD.listed = 1 AND OLD.available = 0)
	WHERE store_id = NEW.store_id;
END;

CREATE TRIGGER tr_products_status AFTER UPDATE OF status ON products WHEN OLD.status <> NEW.status
BEGIN
	UPDATE stock SET listed = NEW.status = 'active' WHERE product_id = NEW.id;
END;

CREATE TRIGGER tr_movements_inserted AFTER INSERT ON movements
BEGIN
	INSERT INTO movement_totals VALUES (NEW.product_id, NEW.store_id, COALESCE(NEW.actor, ''), 1)
	ON CONFLICT DO UPDATE SET movements = movements + 1;
END;
