package catalogdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
)

const (
	selectProduct = `SELECT id, sku, name, description, category, price_text, version, created_at, updated_at FROM products `

	sqlProduct      = selectProduct + `WHERE id = ? AND deleted_at IS NULL`
	sqlProductBySKU = selectProduct + `WHERE sku = ? AND deleted_at IS NULL`

	sqlInsertProduct = `INSERT INTO products (id, sku, name, description, category, price_text, search_text, version,
	created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlUpdateProduct = `UPDATE products SET sku = ?, name = ?, description = ?, category = ?, price_text = ?, search_text = ?,
	version = ?, updated_at = ? WHERE id = ? AND deleted_at IS NULL`
	sqlDeleteProduct = `UPDATE products SET version = ?, updated_at = ?, deleted_at = ? WHERE id = ? AND deleted_at IS NULL`
)

func scanProduct(s sqlite.Scanner) (p product.Product, err error) {
	var price string
	err = s.Scan(&p.ID, &p.SKU, &p.Name, &p.Description, &p.Category, &price, &p.Version, &p.CreatedAt, &p.UpdatedAt)
	if err != nil {
		return product.Product{}, err
	}
	p.Price, err = product.ParsePrice(price)
	return p, err
}

// read returns a product with whether it is there.
func read(row sqlite.Scanner) (product.Product, bool, error) {
	p, found, err := sqlite.Found(scanProduct(row))
	if err != nil {
		err = fmt.Errorf("read product: %w", err)
	}
	return p, found, err
}

// searchText is what a list is searched in. Neither name nor SKU has line
// breaks, so no text is found across both.
func searchText(p product.Product) string { return product.Fold(p.Name) + "\n" + product.Fold(p.SKU) }

// Product implements product.Tx.
func (t *Tx) Product(id string) (product.Product, bool, error) {
	return read(t.tx.QueryRow(sqlProduct, id))
}

// ProductBySKU implements product.Tx.
func (t *Tx) ProductBySKU(sku string) (product.Product, bool, error) {
	return read(t.tx.QueryRow(sqlProductBySKU, sku))
}

// InsertProduct implements product.Tx.
func (t *Tx) InsertProduct(p product.Product) error {
	_, _, err := t.tx.Exec(sqlInsertProduct, p.ID, p.SKU, p.Name, p.Description, p.Category, p.Price.String(), searchText(p),
		p.Version, p.CreatedAt, p.UpdatedAt)
	if err != nil {
		return fmt.Errorf("insert product: %w", err)
	}
	return nil
}

// UpdateProduct implements product.Tx.
func (t *Tx) UpdateProduct(p product.Product) error {
	_, _, err := t.tx.Exec(sqlUpdateProduct, p.SKU, p.Name, p.Description, p.Category, p.Price.String(), searchText(p),
		p.Version, p.UpdatedAt, p.ID)
	if err != nil {
		return fmt.Errorf("update product: %w", err)
	}
	return nil
}

// DeleteProduct implements product.Tx.
func (t *Tx) DeleteProduct(p product.Product) error {
	if _, _, err := t.tx.Exec(sqlDeleteProduct, p.Version, p.UpdatedAt, p.UpdatedAt, p.ID); err != nil {
		return fmt.Errorf("delete product: %w", err)
	}
	return nil
}

// Product implements product.Reader.
func (db *DB) Product(ctx context.Context, id string) (product.Product, bool, error) {
	return read(db.Reader().QueryRowContext(ctx, sqlProduct, id))
}

// ProductBySKU implements product.Reader.
func (db *DB) ProductBySKU(ctx context.Context, sku string) (product.Product, bool, error) {
	return read(db.Reader().QueryRowContext(ctx, sqlProductBySKU, sku))
}
