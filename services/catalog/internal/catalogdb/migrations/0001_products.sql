-- A deleted product keeps its row for audit; every query leaves it out. The
-- long text stands last, so that scans need not read past it.
CREATE TABLE products (
	id          TEXT NOT NULL PRIMARY KEY,
	sku         TEXT NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
	name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	category    TEXT NOT NULL CHECK (length(category) <= 64),
	price_text  TEXT NOT NULL CHECK ( -- plain decimal notation, see product.Price
		length(price_text) <= 34 AND price_text GLOB '[0-9]*' AND price_text GLOB '*[0-9]'
		AND price_text NOT GLOB '*[^0-9.]*' AND price_text NOT GLOB '*.*.*'),
	search_text TEXT NOT NULL, -- name and sku, each folded, on a line of its own
	version     INTEGER NOT NULL CHECK (version >= 1),
	created_at  TEXT NOT NULL,
	updated_at  TEXT NOT NULL,
	deleted_at  TEXT,
	description TEXT NOT NULL CHECK (length(description) <= 2000)
) STRICT;

CREATE UNIQUE INDEX ux_products_sku ON products (sku) WHERE deleted_at IS NULL;
CREATE INDEX ix_products_category_id ON products (category, id) WHERE deleted_at IS NULL;
