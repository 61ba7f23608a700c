package catalogdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
)

const (
	whereListed   = `WHERE deleted_at IS NULL`
	whereCategory = ` AND category = ?`
	// instr, unlike LIKE, gives no character of the caller's a meaning.
	whereText = ` AND instr(search_text, ?) > 0`

	sqlCount = `SELECT COUNT(*) FROM products `
	sqlTotal = `SELECT COALESCE(SUM(products), 0) FROM product_totals WHERE scope = ?`
)

// listOf is the list of the products that match f, by id, which is the order in
// which they were created.
func listOf(f product.Filter) sqlite.ListQuery {
	where, args, scope := whereListed, []any{}, "all"
	if f.Category != nil {
		where, args, scope = where+whereCategory, append(args, *f.Category), "in "+*f.Category
	}
	total, totals := sqlTotal, []any{scope}
	if f.Text != "" {
		where, args = where+whereText, append(args, product.Fold(f.Text))
		total, totals = sqlCount+where, args
	}
	return sqlite.ListQuery{
		Keys: selectProduct + where, Parts: [][]any{args}, After: "id > ?", Order: "id", Total: total, Totals: totals,
	}
}

// List implements product.Reader.
func (db *DB) List(ctx context.Context, f product.Filter, page paging.Page) (paging.List[product.Product], error) {
	list, err := sqlite.ReadList(ctx, db.DB, listOf(f), page, scanProduct, func(p product.Product) paging.Key {
		return paging.Key{p.ID}
	})
	if err != nil {
		return list, fmt.Errorf("list products: %w", err)
	}
	return list, nil
}
