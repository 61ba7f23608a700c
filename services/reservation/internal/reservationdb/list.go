package reservationdb

import (
	"context"
	"fmt"
	"slices"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	// The rowid is the order in which reservations were recorded.
	selectPlaced = `SELECT ` + columns + `, r.rowid AS place FROM `
	keysPending  = selectPlaced + `reservations r INDEXED BY ix_reservations_store_id_expires_at WHERE store_id = ? AND status = 'pending'`
	// The parts of a list are merged by their places alone, which the index has.
	keysOfRow = `SELECT rowid AS place FROM reservations WHERE store_id = ? AND product_id = ? AND status = ?`
	rowsOfRow = selectPlaced + `KEYS CROSS JOIN reservations r ON r.rowid = k.place`

	// Pending reservations are counted, those that came to an end were.
	totalPending = `SELECT COUNT(*) FROM reservations WHERE store_id = ? AND status = 'pending'`
	totalOfRow   = `SELECT COALESCE(SUM(reservations), 0) + (
	SELECT COUNT(*) FROM reservations WHERE store_id = ?2 AND product_id = ?1 AND status = 'pending' AND ?4)
	FROM settled_totals WHERE product_id = ?1 AND store_id = ?2 AND status IN (SELECT value FROM json_each(?3))`
	sqlCountSettled = `INSERT INTO settled_totals VALUES (?1, ?2, ?3, 1), ('', ?2, ?3, 1)
	ON CONFLICT DO UPDATE SET reservations = reservations + 1`
	sqlCountByStatus = `SELECT status, SUM(reservations) FROM settled_totals WHERE product_id = '' GROUP BY status
	UNION ALL SELECT 'pending', COUNT(*) FROM reservations INDEXED BY ix_reservations_expires_at WHERE status = 'pending'`
	sqlCountByStatusIn = `SELECT status, SUM(reservations) FROM settled_totals
	WHERE product_id = '' AND store_id IN (SELECT value FROM json_each(?1)) GROUP BY status
	UNION ALL SELECT 'pending', COUNT(*) FROM reservations
	WHERE status = 'pending' AND store_id IN (SELECT value FROM json_each(?1))`
)

// listOfPending is the list of a store's pending reservations.
func listOfPending(storeID string) sqlite.ListQuery {
	return sqlite.ListQuery{
		Keys: keysPending, Parts: [][]any{{storeID}}, After: "(expires_at, rowid) > (?, ?)", Order: "expires_at, place",
		Total: totalPending, Totals: []any{storeID},
	}
}

// listOfRow is the list of a stock row's reservations, with a part for each
// status.
func listOfRow(f reservation.RowFilter) sqlite.ListQuery {
	statuses := []string{string(f.Status)}
	if f.Status == protocol.Absent {
		statuses = []string{string(protocol.Pending), string(protocol.Confirmed), string(protocol.Cancelled), string(protocol.Expired)}
	}
	q := sqlite.ListQuery{
		Keys: keysOfRow, After: "rowid > ?", Order: "place", Rows: rowsOfRow,
		Total: totalOfRow, Totals: []any{f.ProductID, f.StoreID, sqlite.List(statuses), slices.Contains(statuses, string(protocol.Pending))},
	}
	for _, status := range statuses {
		q.Parts = append(q.Parts, []any{f.StoreID, f.ProductID, status})
	}
	return q
}

// placed is a reservation with its place in the table.
type placed struct {
	reservation.Reservation
	place int64
}

func scanPlaced(s sqlite.Scanner) (p placed, err error) {
	var d details
	if err := s.Scan(append(d.columns(&p.Reservation), &p.place)...); err != nil {
		return p, err
	}
	err = d.addTo(&p.Reservation)
	return p, err
}

// Pending implements reservation.Reader.
func (db *DB) Pending(ctx context.Context, storeID string, page paging.Page) (paging.List[reservation.Reservation], error) {
	return db.list(ctx, listOfPending(storeID), page, func(p placed) paging.Key { return paging.Key{clock.Text(p.ExpiresAt), p.place} })
}

// OfRow implements reservation.Reader.
func (db *DB) OfRow(ctx context.Context, f reservation.RowFilter, page paging.Page) (paging.List[reservation.Reservation], error) {
	return db.list(ctx, listOfRow(f), page, func(p placed) paging.Key { return paging.Key{p.place} })
}

func (db *DB) list(
	ctx context.Context, q sqlite.ListQuery, page paging.Page, key func(placed) paging.Key,
) (list paging.List[reservation.Reservation], err error) {
	read, err := sqlite.ReadList(ctx, db.SQL(), q, page, scanPlaced, key)
	if err != nil {
		return list, fmt.Errorf("read reservations: %w", err)
	}
	return paging.Map(read, func(p placed) reservation.Reservation { return p.Reservation }), nil
}

// CountByStatus implements reservation.Reader.
func (db *DB) CountByStatus(ctx context.Context, stores []string) (map[protocol.Status]int64, error) {
	query, args := sqlCountByStatus, []any(nil)
	if stores != nil {
		query, args = sqlCountByStatusIn, []any{sqlite.List(stores)}
	}
	counts := map[protocol.Status]int64{}
	_, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (struct{}, error) {
		var status string
		var n int64
		err := s.Scan(&status, &n)
		counts[protocol.Status(status)] = n
		return struct{}{}, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("count reservations: %w", err)
	}
	return counts, nil
}
