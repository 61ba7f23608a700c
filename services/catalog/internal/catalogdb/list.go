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

	sqlTotal = `SELECT COALESCE(SUM(products), 0) FROM product_totals WHERE scope = ?`
)

// listOf is the list of the products of a category, or of all, by id, which is
// the order in which they were created.
func listOf(category *string) sqlite.ListQuery {
	where, args, scope := whereListed, []any{}, "all"
	if category != nil {
		where, args, scope = where+whereCategory, append(args, *category), "in "+*category
	}
	return sqlite.ListQuery{
		Keys: selectProduct + where, Parts: [][]any{args}, After: "id > ?", Order: "id", Total: sqlTotal, Totals: []any{scope},
	}
}

// List implements product.Reader.
func (db *DB) List(ctx context.Context, f product.Filter, page paging.Page) (paging.List[product.Product], error) {
	read := func() (paging.List[product.Product], error) {
		return sqlite.ReadList(ctx, db.SQL(), listOf(f.Category), page, scanProduct, keyOf)
	}
	if f.Text != "" {
		read = func() (paging.List[product.Product], error) { return db.search(ctx, f, page) }
	}
	list, err := read()
	if err != nil {
		return list, fmt.Errorf("list products: %w", err)
	}
	return list, nil
}

func keyOf(p product.Product) paging.Key { return paging.Key{p.ID} }
