package stockdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	// Rows with the last movement until a time, removed rows as well.
	keysAt = `(SELECT s.product_id, s.store_id, (SELECT m.seq FROM movements m WHERE m.product_id = s.product_id
		AND m.store_id = s.store_id AND m.created_at <= ?1 ORDER BY m.created_at DESC, m.seq DESC LIMIT 1) AS seq FROM stock s WHERE `
	selectAt = `SELECT k.product_id, k.store_id, COALESCE(m.kind, 'deleted') <> 'deleted', COALESCE(m.quantity, 0),
	COALESCE(m.version, 0), COALESCE(m.unavailable, ''), p.id, p.sku, p.name, p.status = 'deleted', p.version
FROM `
	joinAt = ` CROSS JOIN products p ON p.id = k.product_id LEFT JOIN movements m ON m.seq = k.seq`

	sqlRowAt           = selectAt + keysAt + `s.product_id = ?2 AND s.store_id = ?3) k` + joinAt
	sqlRowsOfProductAt = selectAt + keysAt + `s.product_id = ?2
	AND (?3 IS NULL OR s.store_id IN (SELECT value FROM json_each(?3)))) k` + joinAt + ` ORDER BY k.store_id`
	sqlRowsOfStoreAt = selectAt + keysAt + `s.store_id = ?2 AND s.product_id > ?3 ORDER BY s.product_id LIMIT ?4) k` + joinAt + ` ORDER BY k.product_id`
)

// pastRow is a row at a time, and whether it was there.
type pastRow struct {
	ledger.PastRow
	there bool
}

func scanPastRow(s sqlite.Scanner) (r pastRow, err error) {
	var states string
	p := &r.Product
	err = s.Scan(&r.ProductID, &r.StoreID, &r.there, &r.Quantity, &r.Version, &states, &p.ID, &p.SKU, &p.Name, &p.Deleted, &p.Version)
	if err == nil {
		r.Unavailable, err = ledger.ParseUnavailable(states)
	}
	if !r.there {
		r.Version = 0
	}
	return r, err
}

// RowAt implements ledger.Reader.
func (db *DB) RowAt(ctx context.Context, productID, storeID string, at time.Time) (ledger.PastRow, bool, error) {
	row := db.Reader().QueryRowContext(ctx, sqlRowAt, clock.Text(at), productID, storeID)
	r, found, err := sqlite.Found(scanPastRow(row))
	if err != nil {
		err = fmt.Errorf("read a stock row at a time: %w", err)
	}
	return r.PastRow, found, err
}

// RowsOfProductAt implements ledger.Reader.
func (db *DB) RowsOfProductAt(ctx context.Context, productID string, stores []string, at time.Time) ([]ledger.PastRow, error) {
	rows, err := sqlite.Rows(ctx, db.SQL(), scanPastRow, sqlRowsOfProductAt, clock.Text(at), productID, sqlite.Stores(stores))
	if err != nil {
		return nil, fmt.Errorf("read stock of a product at a time: %w", err)
	}
	return thoseThere(rows), nil
}

// RowsOfStoreAt implements ledger.Reader.
func (db *DB) RowsOfStoreAt(ctx context.Context, storeID string, at time.Time, page paging.Page) (paging.List[ledger.PastRow], error) {
	after := ""
	if page.After != nil {
		after = page.After[0].(string)
	}
	rows, err := sqlite.Rows(ctx, db.SQL(), scanPastRow, sqlRowsOfStoreAt, clock.Text(at), storeID, after, page.Limit+1)
	if err != nil {
		return paging.List[ledger.PastRow]{}, fmt.Errorf("read stock of a store at a time: %w", err)
	}
	list := paging.Of(page, rows, 0, func(r pastRow) paging.Key { return paging.Key{r.ProductID} })
	return paging.List[ledger.PastRow]{Items: thoseThere(list.Items), Next: list.Next}, nil
}

func thoseThere(rows []pastRow) []ledger.PastRow {
	there := make([]ledger.PastRow, 0, len(rows))
	for _, r := range rows {
		if r.there {
			there = append(there, r.PastRow)
		}
	}
	return there
}
