package stockpg

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	// Rows with the last movement until a time, removed rows as well.
	selectAt = `SELECT k.product_id, k.store_id, COALESCE(m.kind, 'deleted') <> 'deleted', COALESCE(m.quantity, 0),
	COALESCE(m.version, 0), COALESCE(m.unavailable, ''), p.id, p.sku, p.name, p.deleted, p.version
FROM (SELECT s.product_id, s.store_id FROM stock s WHERE `
	joinAt = `) k JOIN products p ON p.id = k.product_id LEFT JOIN LATERAL (SELECT m.kind, m.quantity, m.version, m.unavailable FROM movements m WHERE m.product_id = k.product_id
	AND m.store_id = k.store_id AND m.created_at <= $1 ORDER BY m.created_at DESC, m.seq DESC LIMIT 1) m ON TRUE`

	sqlRowAt           = selectAt + `s.product_id = $2 AND s.store_id = $3` + joinAt
	sqlRowsOfProductAt = selectAt + `s.product_id = $2 AND ($3::text[] IS NULL OR s.store_id = ANY($3))` + joinAt + ` ORDER BY k.store_id`
	sqlRowsOfStoreAt   = selectAt + `s.store_id = $2 AND s.product_id > $3 ORDER BY s.product_id LIMIT $4` + joinAt + ` ORDER BY k.product_id`
)

// pastRow is a row at a time, and whether it was there.
type pastRow struct {
	ledger.PastRow
	there bool
}

func scanPastRow(s postgres.Scanner) (r pastRow, err error) {
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
	r, err := scanPastRow(db.Reader().QueryRow(ctx, sqlRowAt, clock.Text(at), productID, storeID))
	r, found, err := postgres.Found(ctx, r, err)
	if err != nil {
		err = fmt.Errorf("read a stock row at a time: %w", err)
	}
	return r.PastRow, found, err
}

// RowsOfProductAt implements ledger.Reader.
func (db *DB) RowsOfProductAt(ctx context.Context, productID string, stores []string, at time.Time) ([]ledger.PastRow, error) {
	list, err := postgres.Rows(ctx, db.SQL(), scanPastRow, sqlRowsOfProductAt, clock.Text(at), productID, stores)
	if err != nil {
		return nil, fmt.Errorf("read stock of a product at a time: %w", err)
	}
	return thoseThere(list), nil
}

// RowsOfStoreAt implements ledger.Reader.
func (db *DB) RowsOfStoreAt(ctx context.Context, storeID string, at time.Time, page paging.Page) (paging.List[ledger.PastRow], error) {
	after := ""
	if page.After != nil {
		after, _ = page.After[0].(string)
	}
	list, err := postgres.Rows(ctx, db.SQL(), scanPastRow, sqlRowsOfStoreAt, clock.Text(at), storeID, after, page.Limit+1)
	if err != nil {
		return paging.List[ledger.PastRow]{}, fmt.Errorf("read stock of a store at a time: %w", err)
	}
	found := paging.Of(page, list, 0, func(r pastRow) paging.Key { return paging.Key{r.ProductID} })
	return paging.List[ledger.PastRow]{Items: thoseThere(found.Items), Next: found.Next}, nil
}

func thoseThere(list []pastRow) []ledger.PastRow {
	there := make([]ledger.PastRow, 0, len(list))
	for _, r := range list {
		if r.there {
			there = append(there, r.PastRow)
		}
	}
	return there
}
