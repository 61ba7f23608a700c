package stockdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	rowsOfKeys = `SELECT ` + columnsRow + `
FROM KEYS CROSS JOIN stock s ON s.product_id = k.product_id AND s.store_id = k.store_id CROSS JOIN products p ON p.id = s.product_id`

	keysOfStore = `SELECT product_id, store_id FROM stock WHERE store_id = ? AND removed = 0`
	// In the parts of a list of several stores, and in the list of all, the indexes
	// are named, because their conditions are the same.
	keysLow      = `SELECT available, product_id, store_id FROM stock `
	isLow        = `listed = 1 AND available <= COALESCE(reorder_point, 10)` // as in the index: ledger.DefaultReorderPoint
	lowOfAll     = keysLow + `INDEXED BY ix_stock_low WHERE ` + isLow
	lowOfStore   = keysLow + `INDEXED BY ix_stock_store_id_low WHERE ` + isLow + ` AND store_id = ?`
	underOfAll   = keysLow + `INDEXED BY ix_stock_available WHERE listed = 1 AND available <= ?`
	underOfStore = keysLow + `INDEXED BY ix_stock_store_id_available WHERE listed = 1 AND available <= ? AND store_id = ?`
	amongStores  = ` AND store_id IN (SELECT value FROM json_each(?))`

	// The store '' has the totals of all.
	totalRows = `SELECT COALESCE(SUM(rows), 0) FROM store_totals WHERE store_id IN (SELECT value FROM json_each(?))`
	totalLow  = `SELECT COALESCE(SUM(low), 0) FROM store_totals WHERE store_id IN (SELECT value FROM json_each(?))`
	// Rows with fewer available units than ?1: of each level the buckets before
	// that of ?1, without those that a bucket of the next level includes.
	totalUnder = `SELECT COALESCE(SUM(t.rows), 0)
	FROM json_each(?2) s CROSS JOIN json_each('[0, 1, 2, 3, 4]') l CROSS JOIN available_totals t
	ON t.store_id = s.value AND t.level = l.value
	AND t.bucket >= ?1 >> (6 * l.value + 6) << 6 AND t.bucket < ?1 >> (6 * l.value)`

	columnsMovement = `product_id, store_id, kind, change, quantity, version, reason, COALESCE(actor, ''),
	COALESCE(reservation_id, ''), created_at, COALESCE(reference, ''), COALESCE(transfer_id, ''), COALESCE(count_id, ''),
	COALESCE(from_state, ''), COALESCE(to_state, ''), COALESCE(units, 0), COALESCE(unavailable, ''), seq`
	keysMovements  = `SELECT ` + columnsMovement + ` FROM movements WHERE product_id = ? AND store_id = ?`
	totalMovements = `SELECT COALESCE(SUM(movements), 0) FROM movement_totals WHERE product_id = ? AND store_id = ?`
	byActor        = ` AND actor = ?`
)

// maxMerged limits the stores whose rows are merged. A key of more stores sees
// so much of the whole list that filtering that list costs less.
const maxMerged = 64

// allStores is the list of stores whose totals are those of all.
var allStores = []string{""}

// listOfStore is the list of a store's rows.
func listOfStore(storeID string) sqlite.ListQuery {
	return sqlite.ListQuery{
		Keys: keysOfStore, Parts: [][]any{{storeID}}, After: "product_id > ?", Order: "product_id", Rows: rowsOfKeys,
		Total: totalRows, Totals: []any{sqlite.List([]string{storeID})},
	}
}

// listOfLow is the list of the rows that are low. It is sorted by a value that
// changes, so a page after a key has every row whose available units did not
// change.
func listOfLow(f ledger.LowStockFilter) sqlite.ListQuery {
	q := sqlite.ListQuery{
		After: "(available, product_id, store_id) > (?, ?, ?)", Order: "available, product_id, store_id", Rows: rowsOfKeys,
	}
	all, ofStore := lowOfAll, lowOfStore
	var args []any
	stores := f.Stores
	if stores == nil {
		stores = allStores
	}
	q.Total, q.Totals = totalLow, []any{sqlite.List(stores)}
	if f.Threshold != nil {
		all, ofStore, args = underOfAll, underOfStore, []any{*f.Threshold}
		q.Total, q.Totals = totalUnder, []any{*f.Threshold + 1, sqlite.List(stores)}
	}
	switch {
	case f.Stores == nil:
		q.Keys, q.Parts = all, [][]any{args}
	case len(f.Stores) > maxMerged:
		q.Keys, q.Parts = all+amongStores, [][]any{append(args, sqlite.List(f.Stores))}
	default:
		q.Keys = ofStore
		for _, store := range f.Stores {
			q.Parts = append(q.Parts, append(args[:len(args):len(args)], store))
		}
	}
	return q
}

// listOfMovements is the list of a row's movements that match f, newest first:
// sorted by time, which is the order of seq within a row.
func listOfMovements(f ledger.MovementFilter) sqlite.ListQuery {
	q := sqlite.ListQuery{
		Keys: keysMovements, Parts: [][]any{{f.ProductID, f.StoreID}}, After: "(created_at, seq) < (?, ?)",
		Order: "created_at DESC, seq DESC", Total: totalMovements, Totals: []any{f.ProductID, f.StoreID},
	}
	if f.Actor != "" {
		q.Keys, q.Total = q.Keys+byActor, q.Total+byActor
		q.Parts[0], q.Totals = append(q.Parts[0], f.Actor), append(q.Totals, f.Actor)
	}
	return q
}

// RowsOfStore implements ledger.Reader.
func (db *DB) RowsOfStore(ctx context.Context, storeID string, page paging.Page) (paging.List[ledger.Row], error) {
	list, err := sqlite.ReadList(ctx, db.SQL(), listOfStore(storeID), page, scanRow, func(r ledger.Row) paging.Key {
		return paging.Key{r.ProductID}
	})
	if err != nil {
		return list, fmt.Errorf("read stock of a store: %w", err)
	}
	return list, nil
}

// LowStock implements ledger.Reader.
func (db *DB) LowStock(ctx context.Context, f ledger.LowStockFilter, page paging.Page) (paging.List[ledger.Row], error) {
	list, err := sqlite.ReadList(ctx, db.SQL(), listOfLow(f), page, scanRow, func(r ledger.Row) paging.Key {
		return paging.Key{r.Available(), r.ProductID, r.StoreID}
	})
	if err != nil {
		return list, fmt.Errorf("read low stock: %w", err)
	}
	return list, nil
}

// placed is a movement with its position in the table.
type placed struct {
	ledger.Movement
	seq int64
}

func scanPlaced(s sqlite.Scanner) (m placed, err error) {
	var states string
	err = s.Scan(&m.ProductID, &m.StoreID, &m.Kind, &m.Change, &m.Quantity, &m.Version, &m.Reason, &m.Actor, &m.ReservationID, engine.Time(&m.CreatedAt),
		&m.Reference, &m.TransferID, &m.CountID, &m.From, &m.To, &m.Units, &states, &m.seq)
	if err == nil {
		m.Unavailable, err = ledger.ParseUnavailable(states)
	}
	return m, err
}

// Movements implements ledger.Reader.
func (db *DB) Movements(ctx context.Context, f ledger.MovementFilter, page paging.Page) (paging.List[ledger.Movement], error) {
	list, err := sqlite.ReadList(ctx, db.SQL(), listOfMovements(f), page, scanPlaced, func(m placed) paging.Key {
		return paging.Key{clock.Text(m.CreatedAt), m.seq}
	})
	if err != nil {
		return paging.List[ledger.Movement]{}, fmt.Errorf("read movements: %w", err)
	}
	return paging.Map(list, func(m placed) ledger.Movement { return m.Movement }), nil
}
