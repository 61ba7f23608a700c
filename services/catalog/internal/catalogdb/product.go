package catalogdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
)

const (
	selectProduct = `SELECT id, sku, name, description, category, price_text, version, created_at, updated_at FROM products `

	sqlProduct = selectProduct + `WHERE id = ? AND deleted_at IS NULL`
	// The key of a SKU comes first, then the keys of products whose key was taken
	// already (fillKeys): there a line feed follows it, and no SKU has a character
	// below the vertical tab.
	sqlProductsLike = selectProduct + `WHERE sku_key >= ?1 AND sku_key < ?1 || char(11) AND deleted_at IS NULL ORDER BY sku_key`

	sqlInsertProduct = `INSERT INTO products (id, sku, name, description, category, price_text, search_text, version,
	created_at, updated_at, sku_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlUpdateProduct = `UPDATE products SET sku_key = iif(sku = ?1, sku_key, ?2), sku = ?1, name = ?, description = ?, category = ?, price_text = ?, search_text = ?,
	version = ?, updated_at = ? WHERE id = ? AND version = ? AND deleted_at IS NULL`
	sqlDeleteProduct = `UPDATE products SET version = ?, updated_at = ?, deleted_at = ?
	WHERE id = ? AND version = ? AND deleted_at IS NULL`
)

func scanProduct(s sqlite.Scanner) (p product.Product, err error) {
	var price string
	err = s.Scan(&p.ID, &p.SKU, &p.Name, &p.Description, &p.Category, &price, &p.Version,
		engine.Time(&p.CreatedAt), engine.Time(&p.UpdatedAt))
	if err != nil {
		return product.Product{}, err
	}
	p.Price, err = product.ParsePrice(price)
	return p, err
}

// read returns a product and whether it exists.
func read(row sqlite.Scanner) (product.Product, bool, error) {
	p, found, err := sqlite.Found(scanProduct(row))
	if err != nil {
		err = fmt.Errorf("read product: %w", err)
	}
	return p, found, err
}

// searchText returns the text that is searched for a filter. Neither name nor SKU
// has line breaks, so no text is found across both.
func searchText(p product.Product) string { return product.Fold(p.Name) + "\n" + product.Fold(p.SKU) }

// Product implements product.Tx.
func (t *Tx) Product(id string) (product.Product, bool, error) {
	return read(t.tx.QueryRow(sqlProduct, id))
}

// ProductBySKU implements product.Tx.
func (t *Tx) ProductBySKU(text string) (product.Product, bool, error) {
	var like products
	err := t.tx.Query(like.add, sqlProductsLike, product.Fold(text))
	return like.withSKU(text, err)
}

// ProductLike implements product.Tx.
func (t *Tx) ProductLike(text, except string) (product.Product, bool, error) {
	var like products
	err := t.tx.Query(like.add, sqlProductsLike, product.Fold(text))
	return like.not(except, err)
}

// products are the results of sqlProductsLike.
type products []product.Product

func (l *products) add(s sqlite.Scanner) error {
	p, err := scanProduct(s)
	if err != nil {
		return fmt.Errorf("read products by SKU: %w", err)
	}
	*l = append(*l, p)
	return nil
}

// withSKU returns the product that has a SKU, if possible in the normal form of
// text, unless err.
func (l products) withSKU(text string, err error) (found product.Product, ok bool, _ error) {
	if err != nil {
		return product.Product{}, false, err
	}
	for _, p := range l {
		if exact := p.SKU == text; exact || !ok && sku.Normal(p.SKU) == sku.Normal(text) {
			found, ok = p, true
			if exact {
				break
			}
		}
	}
	return found, ok, nil
}

// not returns the first product that does not have an id, unless err.
func (l products) not(id string, err error) (product.Product, bool, error) {
	if err != nil {
		return product.Product{}, false, err
	}
	for _, p := range l {
		if p.ID != id {
			return p, true, nil
		}
	}
	return product.Product{}, false, nil
}

// InsertProduct implements product.Tx.
func (t *Tx) InsertProduct(p product.Product) error {
	_, rowID, err := t.tx.Exec(sqlInsertProduct, p.ID, p.SKU, p.Name, p.Description, p.Category, p.Price.String(), searchText(p),
		p.Version, clock.Text(p.CreatedAt), clock.Text(p.UpdatedAt), product.Fold(p.SKU))
	if err := written("insert product", 1, err); err != nil {
		return err
	}
	return t.inserted(rowID)
}

// UpdateProduct implements product.Tx.
func (t *Tx) UpdateProduct(p product.Product) error {
	if err := t.changeGrams(p.ID, &p); err != nil {
		return err
	}
	updated, _, err := t.tx.Exec(sqlUpdateProduct, p.SKU, product.Fold(p.SKU), p.Name, p.Description, p.Category, p.Price.String(), searchText(p),
		p.Version, clock.Text(p.UpdatedAt), p.ID, p.Version-1)
	return written("update product", updated, err)
}

// DeleteProduct implements product.Tx.
func (t *Tx) DeleteProduct(p product.Product) error {
	if err := t.changeGrams(p.ID, nil); err != nil {
		return err
	}
	at := clock.Text(p.UpdatedAt)
	deleted, _, err := t.tx.Exec(sqlDeleteProduct, p.Version, at, at, p.ID, p.Version-1)
	return written("delete product", deleted, err)
}

// written returns the error of a statement that must change a record. One that
// changed none found another version; one that broke a unique index found another
// product with the SKU.
func written(action string, changed int64, err error) error {
	switch {
	case sqlite.IsUnique(err), err == nil && changed == 0:
		return product.ErrConflict
	case err != nil:
		return fmt.Errorf("%s: %w", action, err)
	default:
		return nil
	}
}

// Product implements product.Reader.
func (db *DB) Product(ctx context.Context, id string) (product.Product, bool, error) {
	return read(db.Reader().QueryRowContext(ctx, sqlProduct, id))
}

// ProductBySKU implements product.Reader.
func (db *DB) ProductBySKU(ctx context.Context, text string) (product.Product, bool, error) {
	var like products
	err := db.Each(ctx, like.add, sqlProductsLike, product.Fold(text))
	return like.withSKU(text, err)
}
