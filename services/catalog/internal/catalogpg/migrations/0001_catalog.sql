-- A deleted product keeps its record for audit; every query leaves it out.
CREATE TABLE products (
	id          TEXT COLLATE "C" PRIMARY KEY,
	sku         TEXT COLLATE "C" NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
	sku_key     TEXT COLLATE "C", -- the SKU without case and normal form; NULL for a deleted product
	name        TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	description TEXT COLLATE "C" NOT NULL CHECK (length(description) <= 2000),
	category    TEXT COLLATE "C" NOT NULL CHECK (length(category) <= 64),
	price_text  TEXT COLLATE "C" NOT NULL CHECK (length(price_text) <= 34 AND price_text ~ '^[0-9]+(\.[0-9]+)?$'),
	search_text TEXT COLLATE "C" NOT NULL, -- name and sku, each folded, on a line of its own
	grams       TEXT[] COLLATE "C" NOT NULL, -- each one, two and three characters of search_text that follow each other on a line; none for a deleted product
	version     BIGINT NOT NULL CHECK (version >= 1),
	created_at  TEXT COLLATE "C" NOT NULL,
	updated_at  TEXT COLLATE "C" NOT NULL,
	deleted_at  TEXT COLLATE "C",
	-- Checked at COMMIT: of the changes of a group one may free the SKU that another
	-- one takes.
	CONSTRAINT ux_products_sku_key UNIQUE (sku_key) DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT ck_products_deleted CHECK ((deleted_at IS NULL) = (sku_key IS NOT NULL))
);

CREATE INDEX ix_products_listed ON products (id) WHERE deleted_at IS NULL;
CREATE INDEX ix_products_category_id ON products (category, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_products_grams ON products USING gin (grams);

-- The totals of lists, kept by triggers: how many products are listed, in all
-- and by category. The scope is 'all', or 'in ' and the category.
CREATE TABLE product_totals (
	scope    TEXT COLLATE "C" PRIMARY KEY,
	products BIGINT NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION count_inserted_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO product_totals AS t
		SELECT 'all', COUNT(*) FROM added WHERE deleted_at IS NULL
		UNION ALL SELECT 'in ' || category, COUNT(*) FROM added WHERE deleted_at IS NULL GROUP BY category
	ON CONFLICT (scope) DO UPDATE SET products = t.products + excluded.products;
	RETURN NULL;
END $$;

CREATE FUNCTION count_updated_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO product_totals AS t
		SELECT scope, SUM(change) FROM (
			SELECT 'all' AS scope, 1 AS change FROM after WHERE deleted_at IS NULL
			UNION ALL SELECT 'in ' || category, 1 FROM after WHERE deleted_at IS NULL
			UNION ALL SELECT 'all', -1 FROM before WHERE deleted_at IS NULL
			UNION ALL SELECT 'in ' || category, -1 FROM before WHERE deleted_at IS NULL
		) AS changes GROUP BY scope HAVING SUM(change) <> 0
	ON CONFLICT (scope) DO UPDATE SET products = t.products + excluded.products;
	RETURN NULL;
END $$;

CREATE TRIGGER tr_products_inserted AFTER INSERT ON products
	REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_inserted_products();
CREATE TRIGGER tr_products_updated AFTER UPDATE ON products
	REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_updated_products();

-- The stores. A deleted store keeps its record, because its versions continue when
-- it begins again.
CREATE TABLE stores (
	id         TEXT COLLATE "C" PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
	name       TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	timezone   TEXT COLLATE "C" NOT NULL CHECK (length(timezone) <= 64),
	address    TEXT COLLATE "C" NOT NULL CHECK (length(address) <= 500),
	active     BOOLEAN NOT NULL,
	version    BIGINT NOT NULL CHECK (version >= 1),
	created_at TEXT COLLATE "C" NOT NULL,
	updated_at TEXT COLLATE "C" NOT NULL,
	deleted    BOOLEAN NOT NULL
);

CREATE INDEX ix_stores_listed ON stores (id) WHERE NOT deleted;
