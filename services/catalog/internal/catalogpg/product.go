package catalogpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/services/catalog/internal/product"
)

const (
	selectProduct = `SELECT id, sku, name, description, category, price_text, version, created_at, updated_at, deleted_at IS NOT NULL FROM products `

	sqlProducts      = selectProduct + `WHERE id = ANY($1)`
	sqlProductsByKey = selectProduct + `WHERE sku_key = ANY($1)`
	sqlProduct       = selectProduct + `WHERE id = $1 AND deleted_at IS NULL`
	sqlProductByKey  = selectProduct + `WHERE sku_key = $1`

	// The grams of a product are sent as JSON, since an array of arrays cannot have
	// rows of different lengths.
	givenProducts = `SELECT id, sku, NULLIF(sku_key, ''), name, description, category, price_text, search_text,
	ARRAY(SELECT json_array_elements_text(grams::json)), version, created_at, updated_at, NULLIF(deleted_at, '')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
	$10::bigint[], $11::text[], $12::text[], $13::text[])
	AS n (id, sku, sku_key, name, description, category, price_text, search_text, grams, version, created_at, updated_at, deleted_at)`
	columnsOfProducts = `(id, sku, sku_key, name, description, category, price_text, search_text, grams, version, created_at, updated_at, deleted_at)`

	sqlInsertProducts = `INSERT INTO products ` + columnsOfProducts + ` ` + givenProducts
	sqlUpdateProducts = `UPDATE products p SET sku = n.sku, sku_key = n.sku_key, name = n.name, description = n.description, category = n.category,
	price_text = n.price_text, search_text = n.search_text, grams = n.grams, version = n.version, updated_at = n.updated_at, deleted_at = n.deleted_at
FROM (` + givenProducts + `) AS n ` + columnsOfProducts + ` WHERE p.id = n.id`
)

// products are the records of all products, by id.
var products = &postgres.Set[string, product.Kept]{
	Name: "products",
	Load: sqlProducts,
	Keys: func(ids []string) []any { return []any{ids} },
	Scan: func(record postgres.Scanner) (string, product.Kept, error) {
		k, err := scanKept(record)
		return k.ID, k, err
	},
	Insert:  sqlInsertProducts,
	Update:  sqlUpdateProducts,
	Columns: columnsOfKept,
}

// productsByKey are the records of the products that are not deleted, by the key
// of their SKU.
var productsByKey = &postgres.Set[string, product.Kept]{
	Name: "products by SKU",
	Load: sqlProductsByKey,
	Keys: func(keys []string) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (string, product.Kept, error) {
		k, err := scanKept(record)
		return product.Fold(k.SKU), k, err
	},
}

func columnsOfKept(list []product.Kept) []any {
	text := func(of func(k product.Kept) string) []string { return postgres.Column(list, of) }
	return []any{
		text(func(k product.Kept) string { return k.ID }),
		text(func(k product.Kept) string { return k.SKU }),
		text(func(k product.Kept) string {
			if k.Deleted {
				return ""
			}
			return product.Fold(k.SKU)
		}),
		text(func(k product.Kept) string { return k.Name }),
		text(func(k product.Kept) string { return k.Description }),
		text(func(k product.Kept) string { return k.Category }),
		text(func(k product.Kept) string { return k.Price.String() }),
		text(func(k product.Kept) string { return searchText(k.Product) }),
		text(func(k product.Kept) string {
			if k.Deleted {
				return "[]"
			}
			return gramsOf(searchText(k.Product))
		}),
		postgres.Column(list, func(k product.Kept) int64 { return k.Version }),
		text(func(k product.Kept) string { return clock.Text(k.CreatedAt) }),
		text(func(k product.Kept) string { return clock.Text(k.UpdatedAt) }),
		text(func(k product.Kept) string {
			if !k.Deleted {
				return ""
			}
			return clock.Text(k.UpdatedAt)
		}),
	}
}

func scanKept(record postgres.Scanner) (k product.Kept, err error) {
	var price string
	err = record.Scan(&k.ID, &k.SKU, &k.Name, &k.Description, &k.Category, &price, &k.Version, engine.Time(&k.CreatedAt), engine.Time(&k.UpdatedAt), &k.Deleted)
	if err != nil {
		return product.Kept{}, err
	}
	k.Price, err = product.ParsePrice(price)
	return k, err
}

func scanProduct(record postgres.Scanner) (product.Product, error) {
	k, err := scanKept(record)
	return k.Product, err
}

// searchText returns the text that is searched for a filter. Neither name nor SKU
// has line breaks, so no text is found across both.
func searchText(p product.Product) string { return product.Fold(p.Name) + "\n" + product.Fold(p.SKU) }

// Product implements product.Tx.
func (t *Tx) Product(id string) (product.Product, bool, error) {
	k, found, err := products.Get(t.SQL(), id)
	if err != nil {
		return product.Product{}, false, fmt.Errorf("read product: %w", err)
	}
	if !found || k.Deleted {
		return product.Product{}, false, nil
	}
	return k.Product, true, nil
}

// ProductBySKU implements product.Tx.
func (t *Tx) ProductBySKU(text string) (product.Product, bool, error) {
	p, found, err := t.ProductLike(text, "")
	return withSKU(p, text, found, err)
}

// withSKU returns the product if it has the SKU text, in any normal form.
func withSKU(p product.Product, text string, found bool, err error) (product.Product, bool, error) {
	if err != nil || !found || sku.Normal(p.SKU) != sku.Normal(text) {
		return product.Product{}, false, err
	}
	return p, true, nil
}

// ProductLike implements product.Tx.
func (t *Tx) ProductLike(text, except string) (product.Product, bool, error) {
	k, found, err := productsByKey.Get(t.SQL(), product.Fold(text))
	if err != nil {
		return product.Product{}, false, fmt.Errorf("read product by SKU: %w", err)
	}
	if !found || k.ID == except {
		return product.Product{}, false, nil
	}
	return k.Product, true, nil
}

// InsertProduct implements product.Tx.
func (t *Tx) InsertProduct(p product.Product) error {
	_, used, err := products.Get(t.SQL(), p.ID)
	if err == nil && !used {
		_, used, err = t.ProductLike(p.SKU, "")
	}
	if err == nil && used {
		err = product.ErrConflict
	}
	return t.put("insert product", product.Kept{Product: p}, err)
}

// UpdateProduct implements product.Tx.
func (t *Tx) UpdateProduct(p product.Product) error {
	before, err := t.versionBefore(p)
	if err == nil && p.SKU != before.SKU {
		var taken bool
		if _, taken, err = t.ProductLike(p.SKU, p.ID); err == nil && taken {
			err = product.ErrConflict
		}
	}
	if key := product.Fold(before.SKU); err == nil && key != product.Fold(p.SKU) {
		err = productsByKey.Remove(t.SQL(), key)
	}
	p.CreatedAt = before.CreatedAt
	return t.put("update product", product.Kept{Product: p}, err)
}

// DeleteProduct implements product.Tx. Of p it stores the version and the time of
// the update.
func (t *Tx) DeleteProduct(p product.Product) error {
	k, err := t.versionBefore(p)
	if err == nil {
		err = productsByKey.Remove(t.SQL(), product.Fold(k.SKU))
	}
	k.Version, k.UpdatedAt, k.Deleted = p.Version, p.UpdatedAt, true
	return t.put("delete product", k, err)
}

// versionBefore returns the record of p at the version before, or ErrConflict.
func (t *Tx) versionBefore(p product.Product) (product.Kept, error) {
	k, found, err := products.Get(t.SQL(), p.ID)
	if err == nil && (!found || k.Deleted || k.Version != p.Version-1) {
		err = product.ErrConflict
	}
	return k, err
}

// put stores a record under both of its keys, unless err.
func (t *Tx) put(action string, k product.Kept, err error) error {
	if err == nil {
		err = products.Put(t.SQL(), k.ID, k)
	}
	if err == nil && !k.Deleted {
		err = productsByKey.Put(t.SQL(), product.Fold(k.SKU), k)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// Product implements product.Reader.
func (db *DB) Product(ctx context.Context, id string) (product.Product, bool, error) {
	return db.one(ctx, sqlProduct, id)
}

// ProductBySKU implements product.Reader.
func (db *DB) ProductBySKU(ctx context.Context, text string) (product.Product, bool, error) {
	p, found, err := db.one(ctx, sqlProductByKey, product.Fold(text))
	return withSKU(p, text, found, err)
}

func (db *DB) one(ctx context.Context, query, key string) (product.Product, bool, error) {
	p, err := scanProduct(db.Reader().QueryRow(ctx, query, key))
	p, found, err := postgres.Found(ctx, p, err)
	if err != nil {
		err = fmt.Errorf("read product: %w", err)
	}
	return p, found, err
}
