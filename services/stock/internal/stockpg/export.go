package stockpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlAllRows = selectRow + `WHERE (s.product_id, s.store_id) > ($1, $2) AND NOT s.removed
	ORDER BY s.product_id, s.store_id LIMIT $3`
	sqlAllMovements = `SELECT ` + columnsMovement + ` FROM movements m WHERE m.seq > $1 ORDER BY m.seq LIMIT $2`
)

// AllRows implements ledger.Reader.
func (db *DB) AllRows(ctx context.Context, page paging.Page) (paging.List[ledger.Row], error) {
	after := page.After
	if after == nil {
		after = paging.Key{"", ""}
	}
	list, err := postgres.Rows(ctx, db.SQL(), scanRow, sqlAllRows, after[0], after[1], page.Limit+1)
	if err != nil {
		return paging.List[ledger.Row]{}, fmt.Errorf("read all rows: %w", err)
	}
	return paging.Of(page, list, 0, func(r ledger.Row) paging.Key { return paging.Key{r.ProductID, r.StoreID} }), nil
}

// AllMovements implements ledger.Reader.
func (db *DB) AllMovements(ctx context.Context, page paging.Page) (paging.List[ledger.Movement], error) {
	after := page.After
	if after == nil {
		after = paging.Key{int64(0)}
	}
	list, err := postgres.Rows(ctx, db.SQL(), scanPlaced, sqlAllMovements, after[0], page.Limit+1)
	if err != nil {
		return paging.List[ledger.Movement]{}, fmt.Errorf("read all movements: %w", err)
	}
	found := paging.Of(page, list, 0, func(m placed) paging.Key { return paging.Key{m.seq} })
	return paging.Map(found, func(m placed) ledger.Movement { return m.Movement }), nil
}
