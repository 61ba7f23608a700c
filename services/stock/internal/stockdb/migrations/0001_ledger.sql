-- The local copy of catalog's products: what a stock row shows of its product,
-- and whether the product still takes new rows and reservations.
CREATE TABLE products (
	id      TEXT NOT NULL PRIMARY KEY,
	sku     TEXT NOT NULL,
	name    TEXT NOT NULL,
	status  TEXT NOT NULL CHECK (status IN ('active', 'deleted')),
	version INTEGER NOT NULL CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE stock (
	product_id    TEXT NOT NULL REFERENCES products (id),
	store_id      TEXT NOT NULL,
	quantity      INTEGER NOT NULL CHECK (quantity BETWEEN 0 AND 1000000000),
	reserved      INTEGER NOT NULL CHECK (reserved BETWEEN 0 AND quantity),
	min_stock     INTEGER NOT NULL CHECK (min_stock >= 0),
	max_stock     INTEGER NOT NULL CHECK (max_stock >= 0),
	reorder_point INTEGER CHECK (reorder_point >= 0), -- NULL: never set, see ledger.DefaultReorderPoint
	reorder_qty   INTEGER NOT NULL CHECK (reorder_qty >= 0),
	version       INTEGER NOT NULL CHECK (version >= 1),
	updated_at    TEXT NOT NULL,
	PRIMARY KEY (product_id, store_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_stock_store_id ON stock (store_id, product_id);

-- One row per line of a hold; the lines of a hold share its state. A tombstone
-- (a release that came before its hold) is a line without product.
CREATE TABLE holds (
	reservation_id TEXT NOT NULL,
	line           INTEGER NOT NULL CHECK (line >= 0),
	product_id     TEXT,
	store_id       TEXT,
	quantity       INTEGER NOT NULL,
	customer_id    TEXT NOT NULL,
	ttl_seconds    INTEGER NOT NULL,
	expires_at     TEXT NOT NULL,
	state          TEXT NOT NULL CHECK (state IN ('held', 'committed', 'released')),
	created_at     TEXT NOT NULL,
	settled_at     TEXT,
	PRIMARY KEY (reservation_id, line),
	FOREIGN KEY (product_id, store_id) REFERENCES stock (product_id, store_id),
	CHECK ((product_id IS NULL) = (store_id IS NULL)),
	CHECK (CASE WHEN product_id IS NULL THEN state = 'released' AND quantity = 0 AND line = 0 ELSE quantity >= 1 END),
	CHECK ((state = 'held') = (settled_at IS NULL))
) STRICT;

-- The ledger: every change of a quantity, and what the quantity was then.
CREATE TABLE movements (
	seq            INTEGER PRIMARY KEY,
	product_id     TEXT NOT NULL,
	store_id       TEXT NOT NULL,
	kind           TEXT NOT NULL CHECK (kind IN ('created', 'adjusted', 'transferred_in', 'transferred_out', 'sold')),
	change         INTEGER NOT NULL,
	quantity       INTEGER NOT NULL CHECK (quantity >= 0), -- after the change
	version        INTEGER NOT NULL,                       -- of the row, after the change
	reason         TEXT NOT NULL,
	reservation_id TEXT,
	created_at     TEXT NOT NULL,
	FOREIGN KEY (product_id, store_id) REFERENCES stock (product_id, store_id)
) STRICT;

CREATE INDEX ix_movements_product_id_store_id ON movements (product_id, store_id);
