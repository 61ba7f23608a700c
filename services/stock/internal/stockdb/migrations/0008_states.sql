-- Units that are in the store and cannot be reserved, units on the way to the
-- row, and rows that were removed: their movements, holds and versions stay, and
-- the product may get the row again.
DROP TRIGGER tr_stock_inserted;
DROP TRIGGER tr_stock_deleted;
DROP TRIGGER tr_stock_available_0;
DROP TRIGGER tr_stock_available_1;
DROP TRIGGER tr_stock_available_2;
DROP TRIGGER tr_stock_available_3;
DROP TRIGGER tr_stock_available_4;
DROP TRIGGER tr_stock_low;
DROP TRIGGER tr_stock_listed;
DROP TRIGGER tr_stock_units_inserted;
DROP TRIGGER tr_stock_units_deleted;
DROP TRIGGER tr_stock_units;
DROP TRIGGER tr_products_status;
DROP INDEX ix_stock_available;
DROP INDEX ix_stock_store_id_available;
DROP INDEX ix_stock_low;
DROP INDEX ix_stock_store_id_low;

ALTER TABLE stock DROP COLUMN available;
ALTER TABLE stock ADD COLUMN incoming INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stock ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stock ADD COLUMN quality_control INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stock ADD COLUMN safety_stock INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stock ADD COLUMN other INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stock ADD COLUMN available INTEGER GENERATED ALWAYS AS
	(quantity - reserved - damaged - quality_control - safety_stock - other) VIRTUAL;
ALTER TABLE stock ADD COLUMN removed INTEGER NOT NULL DEFAULT 0 CHECK (
	removed IN (0, 1) AND available >= 0 AND incoming >= 0
	AND damaged >= 0 AND quality_control >= 0 AND safety_stock >= 0 AND other >= 0
	AND (removed = 0 OR quantity = 0 AND incoming = 0 AND listed = 0));

ALTER TABLE store_units ADD COLUMN unavailable INTEGER NOT NULL DEFAULT 0;

-- As in 0005_list_totals, and for the rows that are not listed: those of deleted
-- products.
CREATE INDEX ix_stock_available ON stock (available, product_id, store_id) WHERE listed = 1;
CREATE INDEX ix_stock_store_id_available ON stock (store_id, available, product_id) WHERE listed = 1;
CREATE INDEX ix_stock_low ON stock (available, product_id, store_id)
	WHERE listed = 1 AND available <= COALESCE(reorder_point, 10);
CREATE INDEX ix_stock_store_id_low ON stock (store_id, available, product_id)
	WHERE listed = 1 AND available <= COALESCE(reorder_point, 10);
CREATE INDEX ix_stock_unlisted ON stock (available, product_id, store_id) WHERE listed = 0 AND removed = 0;
CREATE INDEX ix_stock_store_id_unlisted ON stock (store_id, available, product_id) WHERE listed = 0 AND removed = 0;

-- The rows of a store by the time of their last change.
CREATE INDEX ix_stock_store_id_updated_at ON stock (store_id, updated_at, product_id) WHERE removed = 0;

-- Products by name, and by SKU in any case. The text that a search looks at is
-- their name and SKU, folded; NULL in those that were saved before.
CREATE INDEX ix_products_name ON products (name);
CREATE INDEX ix_products_sku_any_case ON products (sku COLLATE NOCASE);
ALTER TABLE products ADD COLUMN search_text TEXT;

-- Movements of all rows by time. Sales are most of them, so they are not indexed by
-- their kind.
CREATE INDEX ix_movements_created_at ON movements (created_at);
CREATE INDEX ix_movements_store_id_created_at ON movements (store_id, created_at);
CREATE INDEX ix_movements_actor_created_at ON movements (actor, created_at) WHERE actor IS NOT NULL;
CREATE INDEX ix_movements_kind_created_at ON movements (kind, created_at) WHERE kind <> 'sold';
CREATE INDEX ix_movements_reference_created_at ON movements (reference, created_at) WHERE reference IS NOT NULL;

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

CREATE TRIGGER tr_stock_available_0 AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available <> NEW.available
BEGIN
	INSERT INTO available_totals VALUES
		('', 0, NEW.available, 1), (NEW.store_id, 0, NEW.available, 1),
		('', 0, OLD.available, -1), (NEW.store_id, 0, OLD.available, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_1 AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 6 <> NEW.available >> 6
BEGIN
	INSERT INTO available_totals VALUES
		('', 1, NEW.available >> 6, 1), (NEW.store_id, 1, NEW.available >> 6, 1),
		('', 1, OLD.available >> 6, -1), (NEW.store_id, 1, OLD.available >> 6, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_2 AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 12 <> NEW.available >> 12
BEGIN
	INSERT INTO available_totals VALUES
		('', 2, NEW.available >> 12, 1), (NEW.store_id, 2, NEW.available >> 12, 1),
		('', 2, OLD.available >> 12, -1), (NEW.store_id, 2, OLD.available >> 12, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_3 AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 18 <> NEW.available >> 18
BEGIN
	INSERT INTO available_totals VALUES
		('', 3, NEW.available >> 18, 1), (NEW.store_id, 3, NEW.available >> 18, 1),
		('', 3, OLD.available >> 18, -1), (NEW.store_id, 3, OLD.available >> 18, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_available_4 AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other ON stock
WHEN NEW.listed = 1 AND OLD.listed = 1 AND OLD.available >> 24 <> NEW.available >> 24
BEGIN
	INSERT INTO available_totals VALUES
		('', 4, NEW.available >> 24, 1), (NEW.store_id, 4, NEW.available >> 24, 1),
		('', 4, OLD.available >> 24, -1), (NEW.store_id, 4, OLD.available >> 24, -1)
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_low
AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other, reorder_point, listed ON stock
WHEN (OLD.listed = 1 AND OLD.available <= COALESCE(OLD.reorder_point, 10))
	<> (NEW.listed = 1 AND NEW.available <= COALESCE(NEW.reorder_point, 10))
BEGIN
	UPDATE store_totals SET low = low
		+ (NEW.listed = 1 AND NEW.available <= COALESCE(NEW.reorder_point, 10))
		- (OLD.listed = 1 AND OLD.available <= COALESCE(OLD.reorder_point, 10))
	WHERE store_id IN ('', NEW.store_id);
END;

-- Units change in one statement with listed only when a removed row, which is not
-- listed and has none, comes back.
CREATE TRIGGER tr_stock_listed AFTER UPDATE OF listed ON stock WHEN OLD.listed <> NEW.listed
BEGIN
	INSERT INTO available_totals
	SELECT s.value, l.value, NEW.available >> (6 * l.value), NEW.listed - OLD.listed
	FROM json_each(json_array('', NEW.store_id)) s, json_each('[0, 1, 2, 3, 4]') l WHERE 1
	ON CONFLICT DO UPDATE SET rows = rows + excluded.rows;
END;

CREATE TRIGGER tr_stock_removed AFTER UPDATE OF removed ON stock WHEN OLD.removed <> NEW.removed
BEGIN
	UPDATE store_totals SET rows = rows + OLD.removed - NEW.removed WHERE store_id IN ('', NEW.store_id);
END;

CREATE TRIGGER tr_stock_units_inserted AFTER INSERT ON stock
BEGIN
	INSERT INTO store_units VALUES (NEW.store_id, NEW.quantity, NEW.reserved, NEW.listed = 1 AND NEW.available = 0,
		NEW.quantity - NEW.reserved - NEW.available)
	ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity, reserved = reserved + excluded.reserved, out = out + excluded.out,
		unavailable = unavailable + excluded.unavailable;
END;

CREATE TRIGGER tr_stock_units AFTER UPDATE OF quantity, reserved, damaged, quality_control, safety_stock, other, listed ON stock
BEGIN
	UPDATE store_units SET quantity = quantity + NEW.quantity - OLD.quantity, reserved = reserved + NEW.reserved - OLD.reserved,
		out = out + (NEW.listed = 1 AND NEW.available = 0) - (OLD.listed = 1 AND OLD.available = 0),
		unavailable = unavailable + (NEW.quantity - NEW.reserved - NEW.available) - (OLD.quantity - OLD.reserved - OLD.available)
	WHERE store_id = NEW.store_id;
END;

CREATE TRIGGER tr_products_status AFTER UPDATE OF status ON products WHEN OLD.status <> NEW.status
BEGIN
	UPDATE stock SET listed = NEW.status = 'active' WHERE product_id = NEW.id AND removed = 0;
END;
