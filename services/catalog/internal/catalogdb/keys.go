package catalogdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
)

// keyBatch is the number of products that get their keys in one transaction.
const keyBatch = 1000

const (
	sqlLacksKeys  = `SELECT EXISTS (SELECT 1 FROM products WHERE sku_key IS NULL AND deleted_at IS NULL)`
	sqlWithoutKey = selectProduct + `WHERE id > ? AND +sku_key IS NULL AND deleted_at IS NULL ORDER BY id LIMIT ?`
	sqlSetKey     = `UPDATE products SET sku_key = ?, search_text = ? WHERE id = ?`
)

// fillKeys gives keys to the products of an earlier release, the oldest first.
// Of products with one key the first gets it. The others keep their SKU, and get
// a key that no SKU has, because no SKU has a line break.
func (db *DB) fillKeys(ctx context.Context) error {
	var lacking bool
	if err := db.Reader().QueryRowContext(ctx, sqlLacksKeys).Scan(&lacking); err != nil || !lacking {
		return sqlite.Classify(err)
	}
	for after := ""; ; {
		rows, err := sqlite.Rows(ctx, db.SQL(), scanProduct, sqlWithoutKey, after, keyBatch)
		if err != nil {
			return fmt.Errorf("read products without a key: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].ID
		err = db.DB.Write(ctx, func(tx *sqlite.Tx) error {
			t := &Tx{tx: tx}
			for _, p := range rows {
				key := product.Fold(p.SKU)
				if _, taken, err := t.ProductLike(p.SKU, p.ID); err != nil {
					return err
				} else if taken {
					key += "\n" + p.ID
				}
				if _, _, err := tx.Exec(sqlSetKey, key, searchText(p), p.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("give products their keys: %w", err)
		}
	}
}
