package stockpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	isLow = `s.listed AND s.available <= COALESCE(s.reorder_point, 10)` // as in the index: ledger.DefaultReorderPoint
	isOut = `s.listed AND s.available = 0`
	isOK  = `s.listed AND s.available > COALESCE(s.reorder_point, 10)`

	columnsMovement = `m.product_id, m.store_id, m.kind, m.change, m.quantity, m.version, m.reason, COALESCE(m.actor, ''),
	COALESCE(m.reservation_id, ''), m.created_at, COALESCE(m.reference, ''), COALESCE(m.transfer_id, ''), COALESCE(m.count_id, ''),
	COALESCE(m.from_state, ''), COALESCE(m.to_state, ''), m.units, COALESCE(m.unavailable, ''), m.seq`
)

// statement is a query with its arguments.
type statement struct {
	text string
	args []any
}

// rowsOf returns the rows of lists, whose keys end with their product and store.
func rowsOf(lists []list, p place) statement {
	var q query
	keys := q.keys(lists, p)
	l := lists[0]
	product, store, names := "k.k1", "k.k2", []string{"k.k1", "k.k2"}
	if len(l.order) > len(names) {
		product, store, names = "k.k2", "k.k3", append(names, "k.k3")
	}
	text := "SELECT " + columnsRow + " FROM (" + keys + ") k JOIN stock s ON s.product_id = " + product + " AND s.store_id = " + store +
		" JOIN products p ON p.id = s.product_id ORDER BY " + l.sorted(names)
	return statement{text, q.args}
}

// total returns how many rows a list has.
func (l list) total() statement {
	var q query
	c := l.where
	if l.stores != nil {
		c.and(l.storeColumn+" = ANY(?::text[])", l.stores)
	}
	text := "SELECT COUNT(*) FROM " + l.from + " WHERE " + q.text(c)
	return statement{text, q.args}
}

func placeOf(page paging.Page) place {
	return place{after: page.After, limit: page.Limit + 1, offset: page.Offset}
}

// listOfStore is the list of a store's rows.
func listOfStore(storeID string) list {
	return list{from: "stock s", where: condition{"s.store_id = ? AND NOT s.removed", []any{storeID}}, order: []string{"s.product_id", "s.store_id"}}
}

// listOfLow is the list of the rows that are low. It is sorted by a value that
// changes, so a page after a key has every row whose available units did not
// change.
func listOfLow(f ledger.LowStockFilter) list {
	l := list{from: "stock s", order: []string{"s.available", "s.product_id", "s.store_id"}, stores: f.Stores, storeColumn: "s.store_id"}
	if f.Threshold != nil {
		l.where.and("s.listed AND s.available <= ?", *f.Threshold)
	} else {
		l.where.and(isLow)
	}
	return l
}

// listOfMovements is the list of a row's movements that match f, newest first:
// sorted by time, which is the order of seq within a row.
func listOfMovements(f ledger.MovementFilter) list {
	l := list{from: "movements m", order: []string{"m.created_at", "m.seq"}, back: true}
	l.where.and("m.product_id = ? AND m.store_id = ?", f.ProductID, f.StoreID)
	if f.Actor != "" {
		l.where.and("m.actor = ?", f.Actor)
	}
	return l
}

// movementsOf returns the movements of lists.
func movementsOf(lists []list, p place) statement {
	var q query
	keys := q.keys(lists, p)
	text := "SELECT " + columnsMovement + " FROM (" + keys + ") k JOIN movements m ON m.seq = k.k2 ORDER BY " + lists[0].sorted([]string{"k.k1", "k.k2"})
	return statement{text, q.args}
}

// readList reads a page and the number of all, in one snapshot.
func readList[T any](
	ctx context.Context, db *DB, page, total statement, of paging.Page, scan func(postgres.Scanner) (T, error), key func(T) paging.Key,
) (found paging.List[T], err error) {
	err = db.SQL().Snapshot(ctx, func(s *postgres.Snapshot) error {
		var all int64
		if err := s.QueryRow(total.text, total.args...).Scan(&all); err != nil {
			return err
		}
		list, err := each(s, page, scan)
		found = paging.Of(of, list, all, key)
		return err
	})
	return found, err
}

// each returns the results of scan for each record.
func each[T any](s *postgres.Snapshot, st statement, scan func(postgres.Scanner) (T, error)) (found []T, err error) {
	err = s.Each(func(record postgres.Scanner) error {
		value, err := scan(record)
		found = append(found, value)
		return err
	}, st.text, st.args...)
	return found, err
}

// RowsOfStore implements ledger.Reader.
func (db *DB) RowsOfStore(ctx context.Context, storeID string, page paging.Page) (paging.List[ledger.Row], error) {
	l := listOfStore(storeID)
	p := placeOf(page)
	if p.after != nil {
		p.after = paging.Key{p.after[0], storeID}
	}
	found, err := readList(ctx, db, rowsOf([]list{l}, p), l.total(), page, scanRow, func(r ledger.Row) paging.Key {
		return paging.Key{r.ProductID}
	})
	if err != nil {
		return found, fmt.Errorf("read stock of a store: %w", err)
	}
	return found, nil
}

// LowStock implements ledger.Reader.
func (db *DB) LowStock(ctx context.Context, f ledger.LowStockFilter, page paging.Page) (paging.List[ledger.Row], error) {
	l := listOfLow(f)
	found, err := readList(ctx, db, rowsOf([]list{l}, placeOf(page)), l.total(), page, scanRow, func(r ledger.Row) paging.Key {
		return paging.Key{r.Available(), r.ProductID, r.StoreID}
	})
	if err != nil {
		return found, fmt.Errorf("read low stock: %w", err)
	}
	return found, nil
}

// placed is a movement with its place in the table.
type placed struct {
	ledger.Movement
	seq int64
}

func scanPlaced(s postgres.Scanner) (m placed, err error) {
	var states string
	err = s.Scan(&m.ProductID, &m.StoreID, (*string)(&m.Kind), &m.Change, &m.Quantity, &m.Version, &m.Reason, &m.Actor, &m.ReservationID,
		engine.Time(&m.CreatedAt), &m.Reference, &m.TransferID, &m.CountID, (*string)(&m.From), (*string)(&m.To), &m.Units, &states, &m.seq)
	if err == nil {
		m.Unavailable, err = ledger.ParseUnavailable(states)
	}
	return m, err
}

func keyOfMovement(m placed) paging.Key { return paging.Key{clock.Text(m.CreatedAt), m.seq} }

// Movements implements ledger.Reader.
func (db *DB) Movements(ctx context.Context, f ledger.MovementFilter, page paging.Page) (paging.List[ledger.Movement], error) {
	l := listOfMovements(f)
	found, err := readList(ctx, db, movementsOf([]list{l}, placeOf(page)), l.total(), page, scanPlaced, keyOfMovement)
	if err != nil {
		return paging.List[ledger.Movement]{}, fmt.Errorf("read movements: %w", err)
	}
	return paging.Map(found, func(m placed) ledger.Movement { return m.Movement }), nil
}
