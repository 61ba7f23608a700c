package stockdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	// The store '' has the totals of all stores.
	selectTotals    = `SELECT t.store_id, t.rows, u.quantity, u.reserved, u.unavailable, t.low, u.out FROM store_totals t JOIN store_units u USING (store_id) `
	sqlTotalsOfAll  = selectTotals + `WHERE t.rows > 0 AND t.store_id > '' ORDER BY t.store_id`
	sqlTotalsOfSome = selectTotals + `WHERE t.rows > 0 AND t.store_id IN (SELECT value FROM json_each(?)) ORDER BY t.store_id`
)

// TotalsOfStores implements ledger.Reader.
func (db *DB) TotalsOfStores(ctx context.Context, stores []string) ([]ledger.StoreTotals, error) {
	query, args := sqlTotalsOfAll, []any(nil)
	if stores != nil {
		query, args = sqlTotalsOfSome, []any{sqlite.List(stores)}
	}
	totals, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (t ledger.StoreTotals, err error) {
		err = s.Scan(&t.StoreID, &t.Rows, &t.Quantity, &t.Reserved, &t.Unavailable, &t.Low, &t.Out)
		return t, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the totals of stores: %w", err)
	}
	return totals, nil
}
