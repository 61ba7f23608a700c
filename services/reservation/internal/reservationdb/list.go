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
	// A list consists of parts: by the lines in the records, and by the other ones. The
	// parts are merged by their keys alone, which the indexes have.
	rowsOfKeys       = selectPlaced + `KEYS CROSS JOIN reservations r ON r.rowid = k.place`
	keysPending      = `SELECT r.expires_at, r.rowid AS place FROM reservations r INDEXED BY ix_reservations_store_id_expires_at WHERE r.store_id = ? AND r.status = 'pending'`
	keysPendingLines = `SELECT l.expires_at, l.place FROM reservation_lines l INDEXED BY ix_reservation_lines_pending
	WHERE l.store_id = ? AND l.status = 'pending' AND l.listed = 1`
	keysOfRow      = `SELECT r.rowid AS place FROM reservations r WHERE r.store_id = ? AND r.product_id = ? AND r.status = ?`
	keysOfRowLines = `SELECT l.place FROM reservation_lines l INDEXED BY ix_reservation_lines_row
	WHERE l.requested > 0 AND l.store_id = ? AND l.product_id = ? AND l.status = ?`

	// The conditions that all stores of a reservation, one of which is known to be, are
	// among those of the caller.
	recordVisible = ` AND (r.line_count = 1 OR NOT EXISTS (SELECT 1 FROM reservation_lines o
	WHERE o.reservation_id = r.id AND o.store_id NOT IN (SELECT value FROM json_each(?))))`
	lineVisible = ` AND (SELECT o.store_id FROM reservations o WHERE o.id = l.reservation_id) IN (SELECT value FROM json_each(?))
	AND NOT EXISTS (SELECT 1 FROM reservation_lines o WHERE o.reservation_id = l.reservation_id AND o.store_id NOT IN (SELECT value FROM json_each(?)))`
)

// listOfPending is the list of a store's pending reservations, of which all stores are
// within those, nil: all.
func listOfPending(storeID string, within []string) sqlite.ListQuery {
	keys, arguments := keysPending, []any{storeID}
	lines, ofLines := keysPendingLines, []any{storeID}
	if within != nil {
		stores := sqlite.List(within)
		keys, arguments = keys+recordVisible, append(arguments, stores)
		lines, ofLines = lines+lineVisible, append(ofLines, stores, stores)
	}
	return sqlite.ListQuery{
		Keys: keys, Parts: [][]any{arguments}, After: "(r.expires_at, r.rowid) > (?, ?)", Order: "expires_at, place", Rows: rowsOfKeys,
		Others: []sqlite.ListPart{{Keys: lines, Arguments: ofLines, After: "(l.expires_at, l.place) > (?, ?)"}},
		Total:  "SELECT (SELECT COUNT(*) FROM (" + keys + ")) + (SELECT COUNT(*) FROM (" + lines + "))",
		Totals: append(arguments[:len(arguments):len(arguments)], ofLines...),
	}
}

// listOfRow is the list of a stock row's reservations, with two parts for each
// status.
func listOfRow(f reservation.RowFilter) sqlite.ListQuery {
	statuses := []string{string(f.Status)}
	if f.Status == protocol.Absent {
		statuses = []string{string(protocol.Pending), string(protocol.Confirmed), string(protocol.Cancelled), string(protocol.Expired)}
	}
	keys, lines, stores := keysOfRow, keysOfRowLines, []any(nil)
	if f.Stores != nil {
		keys, lines, stores = keys+recordVisible, lines+lineVisible, []any{sqlite.List(f.Stores)}
	}
	q := sqlite.ListQuery{Keys: keys, After: "r.rowid > ?", Order: "place", Rows: rowsOfKeys}
	for _, status := range statuses {
		row := []any{f.StoreID, f.ProductID, status}
		q.Parts = append(q.Parts, slices.Concat(row, stores))
		q.Others = append(q.Others, sqlite.ListPart{Keys: lines, Arguments: slices.Concat(row, stores, stores), After: "l.place > ?"})
	}
	// Pending reservations are counted, those that came to an end were.
	q.Total, q.Totals = totalSettled(f, statuses)
	if slices.Contains(statuses, string(protocol.Pending)) {
		q.Total += " + (SELECT COUNT(*) FROM (" + keys + ")) + (SELECT COUNT(*) FROM (" + lines + "))"
		row := []any{f.StoreID, f.ProductID, string(protocol.Pending)}
		q.Totals = slices.Concat(q.Totals, row, stores, row, stores, stores)
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
func (db *DB) Pending(ctx context.Context, storeID string, within []string, page paging.Page) (paging.List[reservation.Reservation], error) {
	return db.list(ctx, listOfPending(storeID, within), page, func(p placed) paging.Key { return paging.Key{clock.Text(p.ExpiresAt), p.place} })
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
