CREATE INDEX ix_products_listed ON products (id) WHERE deleted_at IS NULL;

-- The totals of lists, kept by triggers: how many products are listed, in all
-- and by category. The scope is 'all', or 'in ' and the category.
CREATE TABLE product_totals (
	scope    TEXT NOT NULL PRIMARY KEY,
	products INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO product_totals SELECT 'all', COUNT(*) FROM products WHERE deleted_at IS NULL;
INSERT INTO product_totals SELECT 'in ' || category, COUNT(*) FROM products WHERE deleted_at IS NULL GROUP BY category;

CREATE TRIGGER tr_products_inserted AFTER INSERT ON products WHEN NEW.deleted_at IS NULL
BEGIN
	INSERT INTO product_totals VALUES ('all', 1), ('in ' || NEW.category, 1)
	ON CONFLICT DO UPDATE SET products = products + excluded.products;
END;

CREATE TRIGGER tr_products_updated AFTER UPDATE OF category, deleted_at ON products
WHEN OLD.category <> NEW.category OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
BEGIN
	INSERT INTO product_totals VALUES
		('all', NEW.deleted_at IS NULL), ('in ' || NEW.category, NEW.deleted_at IS NULL),
		('all', -(OLD.deleted_at IS NULL)), ('in ' || OLD.category, -(OLD.deleted_at IS NULL))
	ON CONFLICT DO UPDATE SET products = products + excluded.products;
END;
