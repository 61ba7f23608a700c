package stockpg

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsProduct = `id, sku, name, deleted, version`
	loadProducts   = `SELECT ` + columnsProduct + ` FROM products WHERE id = ANY($1)`
	loadProductsBy = `SELECT ` + columnsProduct + ` FROM products WHERE sku = ANY($1)`
	loadSKUs       = `SELECT sku, array_agg(id ORDER BY id) FROM products WHERE sku = ANY($1) GROUP BY sku`

	newProducts = `unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::bigint[], $6::text[])
	AS n (id, sku, name, deleted, version, search_text)`
	insertProducts = `INSERT INTO products (id, sku, name, deleted, version, search_text)
SELECT n.id, n.sku, n.name, n.deleted, n.version, n.search_text FROM ` + newProducts
	updateProducts = `UPDATE products p SET sku = n.sku, name = n.name, deleted = n.deleted, version = n.version, search_text = n.search_text
FROM ` + newProducts + ` WHERE p.id = n.id`

	sqlProduct = `SELECT ` + columnsProduct + ` FROM products WHERE id = $1`
)

var products = &postgres.Set[string, ledger.Product]{
	Name: "products",
	Load: loadProducts,
	Keys: idArguments,
	Scan: func(s postgres.Scanner) (string, ledger.Product, error) {
		p, err := scanProduct(s)
		return p.ID, p, err
	},
	Insert: insertProducts,
	Update: updateProducts,
	Columns: func(list []ledger.Product) []any {
		return []any{
			postgres.Column(list, func(p ledger.Product) string { return p.ID }),
			postgres.Column(list, func(p ledger.Product) string { return p.SKU }),
			postgres.Column(list, func(p ledger.Product) string { return p.Name }),
			postgres.Column(list, func(p ledger.Product) bool { return p.Deleted }),
			postgres.Column(list, func(p ledger.Product) int64 { return p.Version }),
			postgres.Column(list, func(p ledger.Product) string { return sku.Fold(p.Name + "\n" + p.SKU) }),
		}
	},
}

var productsOfSKU = &postgres.Lookup[string, string, ledger.Product]{Set: products, Load: loadProductsBy, Keys: idArguments}

// skus has the ids of the products that have a SKU, and of those that had it
// earlier in the group. It is an index of the group and never written: the products
// themselves have their SKUs.
var skus = &postgres.Set[string, []string]{
	Name: "SKUs",
	Load: loadSKUs,
	Keys: idArguments,
	Scan: func(s postgres.Scanner) (text string, ids []string, err error) {
		err = s.Scan(&text, &ids)
		return text, ids, err
	},
}

func scanProduct(s postgres.Scanner) (p ledger.Product, err error) {
	err = s.Scan(&p.ID, &p.SKU, &p.Name, &p.Deleted, &p.Version)
	return p, err
}

// Product implements ledger.Tx.
func (t *Tx) Product(id string) (ledger.Product, bool, error) {
	p, found, err := products.Get(t.tx, id)
	if err != nil {
		err = fmt.Errorf("read product: %w", err)
	}
	return p, found, err
}

// ProductBySKU implements ledger.Tx.
func (t *Tx) ProductBySKU(sku string) (best ledger.Product, found bool, err error) {
	ids, _, err := skus.Get(t.tx, sku)
	if err != nil {
		return best, false, fmt.Errorf("read the products of a SKU: %w", err)
	}
	for _, id := range ids {
		p, _, err := t.Product(id)
		if err != nil {
			return best, false, err
		}
		if p.SKU == sku && (!found || better(p, best)) {
			best, found = p, true
		}
	}
	return best, found, nil
}

// better reports whether a is the product of a SKU rather than b: it exists, or it
// was changed more often.
func better(a, b ledger.Product) bool {
	if a.Deleted != b.Deleted {
		return b.Deleted
	}
	return cmp.Or(cmp.Compare(b.Version, a.Version), cmp.Compare(a.ID, b.ID)) < 0
}

// SaveProduct implements ledger.Tx. The event of a deletion has no name; the
// stored name stays.
func (t *Tx) SaveProduct(p ledger.Product) error {
	before, found, err := t.Product(p.ID)
	if err != nil || found && before.Version >= p.Version {
		return err
	}
	p.Name = cmp.Or(p.Name, before.Name)
	ids, _, err := skus.Get(t.tx, p.SKU)
	if err == nil && !slices.Contains(ids, p.ID) {
		err = skus.Put(t.tx, p.SKU, append(slices.Clone(ids), p.ID))
	}
	if err == nil {
		err = products.Put(t.tx, p.ID, p)
	}
	if err != nil {
		return fmt.Errorf("save product: %w", err)
	}
	return nil
}

// Product implements ledger.Reader.
func (db *DB) Product(ctx context.Context, id string) (ledger.Product, bool, error) {
	p, err := scanProduct(db.Reader().QueryRow(ctx, sqlProduct, id))
	p, found, err := postgres.Found(ctx, p, err)
	if err != nil {
		err = fmt.Errorf("read product: %w", err)
	}
	return p, found, err
}
