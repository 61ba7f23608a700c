-- The SKU without case and normal form, by which a new SKU is refused that people
-- would take for another. Open fills it, and the texts for searching, in the
-- rows of releases before; a row whose key another had first gets one that
-- nothing else can have, so that both stay as they are.
ALTER TABLE products ADD COLUMN sku_key TEXT;

CREATE UNIQUE INDEX ux_products_sku_key ON products (sku_key) WHERE deleted_at IS NULL;
