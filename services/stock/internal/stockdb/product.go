package stockdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlProduct      = `SELECT id, sku, name, status = 'deleted', version FROM products WHERE id = ?`
	sqlProductBySKU = `SELECT id, sku, name, status = 'deleted', version FROM products WHERE sku = ?
	ORDER BY status = 'deleted', version DESC, id LIMIT 1`
	sqlSaveProduct = `INSERT INTO products (id, sku, name, status, version, search_text) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, status = excluded.status, version = excluded.version,
		name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END,
		search_text = CASE excluded.name WHEN '' THEN search_text ELSE excluded.search_text END
	WHERE excluded.version > version`
)

func scanProduct(s sqlite.Scanner) (p ledger.Product, err error) {
	err = s.Scan(&p.ID, &p.SKU, &p.Name, &p.Deleted, &p.Version)
	return p, err
}

// Product implements ledger.Tx.
func (t *Tx) Product(id string) (ledger.Product, bool, error) {
	return sqlite.Found(scanProduct(t.tx.QueryRow(sqlProduct, id)))
}

// ProductBySKU implements ledger.Tx.
func (t *Tx) ProductBySKU(sku string) (ledger.Product, bool, error) {
	return sqlite.Found(scanProduct(t.tx.QueryRow(sqlProductBySKU, sku)))
}

// SaveProduct implements ledger.Tx. The event of a deletion has no name; the
// stored name stays.
func (t *Tx) SaveProduct(p ledger.Product) error {
	status := "active"
	if p.Deleted {
		status = "deleted"
	}
	if _, _, err := t.tx.Exec(sqlSaveProduct, p.ID, p.SKU, p.Name, status, p.Version, sku.Fold(p.Name+"\n"+p.SKU)); err != nil {
		return fmt.Errorf("save product: %w", err)
	}
	return nil
}

// Product implements ledger.Reader.
func (db *DB) Product(ctx context.Context, id string) (ledger.Product, bool, error) {
	p, ok, err := sqlite.Found(scanProduct(db.Reader().QueryRowContext(ctx, sqlProduct, id)))
	if err != nil {
		err = fmt.Errorf("read product: %w", err)
	}
	return p, ok, err
}
