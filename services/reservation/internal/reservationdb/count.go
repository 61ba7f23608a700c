package reservationdb

import (
	"context"
	"fmt"
	"slices"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	sqlCountSettled = `INSERT INTO settled_totals VALUES (?1, ?2, ?3, 1), ('', ?2, ?3, 1)
	ON CONFLICT DO UPDATE SET reservations = reservations + 1`
	sqlCountLine = `INSERT INTO settled_totals VALUES (?, ?, ?, 1)
	ON CONFLICT DO UPDATE SET reservations = reservations + 1`
	sqlCountBasket = `INSERT INTO settled_baskets VALUES (?, ?, ?, ?, 1)
	ON CONFLICT DO UPDATE SET reservations = reservations + 1`

	// basketVisible is the condition that all stores of a settled basket are among those
	// of the caller.
	basketVisible = `NOT EXISTS (SELECT 1 FROM json_each(stores) s WHERE s.value NOT IN (SELECT value FROM json_each(?)))`

	sqlCountByStatus = `SELECT status, SUM(reservations) FROM settled_totals WHERE product_id = '' GROUP BY status
	UNION ALL SELECT status, SUM(reservations) FROM settled_baskets WHERE product_id = '' AND store_id = '' GROUP BY status
	UNION ALL SELECT 'pending', COUNT(*) FROM reservations INDEXED BY ix_reservations_expires_at WHERE status = 'pending'`
	sqlCountByStatusIn = `SELECT status, SUM(reservations) FROM settled_totals
	WHERE product_id = '' AND store_id IN (SELECT value FROM json_each(?)) GROUP BY status
	UNION ALL SELECT status, SUM(reservations) FROM settled_baskets WHERE product_id = '' AND store_id = '' AND ` + basketVisible + ` GROUP BY status
	UNION ALL SELECT 'pending', COUNT(*) FROM reservations r
	WHERE status = 'pending' AND store_id IN (SELECT value FROM json_each(?))` + recordVisible
)

// totalSettled returns the start of a query for the number of a row's reservations, and
// its arguments: those that came to an end with these statuses.
func totalSettled(f reservation.RowFilter, statuses []string) (query string, arguments []any) {
	const of = `SELECT COALESCE(SUM(reservations), 0) FROM `
	const where = ` WHERE product_id = ? AND store_id = ? AND status IN (SELECT value FROM json_each(?))`
	row := []any{f.ProductID, f.StoreID, sqlite.List(statuses)}
	query, arguments = "SELECT ("+of+"settled_totals"+where+") + ("+of+"settled_baskets"+where, slices.Concat(row, row)
	if f.Stores != nil {
		query, arguments = query+" AND "+basketVisible, append(arguments, sqlite.List(f.Stores))
	}
	return query + ")", arguments
}

// countSettled counts a reservation that has just got its status, unless it is
// pending: for each of its rows, and once for its stores. None is counted twice: a
// settled reservation does not change.
func (t *Tx) countSettled(r reservation.Reservation) error {
	if r.Status == protocol.Pending {
		return nil
	}
	lines, stores := r.AskedLines(), r.Stores()
	first, status := lines[0], string(r.Status)
	if len(stores) > 1 {
		return t.countBasket(lines, stores, status)
	}
	if err := t.count(sqlCountSettled, first.ProductID, first.StoreID, status); err != nil {
		return err
	}
	for _, l := range lines[1:] {
		if err := t.count(sqlCountLine, l.ProductID, l.StoreID, status); err != nil {
			return err
		}
	}
	return nil
}

// countBasket is countSettled for lines in several stores.
func (t *Tx) countBasket(lines []reservation.Line, stores []string, status string) error {
	slices.Sort(stores)
	all := sqlite.List(stores)
	for _, l := range lines {
		if err := t.count(sqlCountBasket, l.ProductID, l.StoreID, all, status); err != nil {
			return err
		}
	}
	return t.count(sqlCountBasket, "", "", all, status)
}

func (t *Tx) count(query string, arguments ...any) error {
	if _, _, err := t.tx.Exec(query, arguments...); err != nil {
		return fmt.Errorf("count reservation: %w", err)
	}
	return nil
}

// CountByStatus implements reservation.Reader.
func (db *DB) CountByStatus(ctx context.Context, stores []string) (map[protocol.Status]int64, error) {
	query, args := sqlCountByStatus, []any(nil)
	if stores != nil {
		list := sqlite.List(stores)
		query, args = sqlCountByStatusIn, []any{list, list, list, list}
	}
	counts := map[protocol.Status]int64{}
	_, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (struct{}, error) {
		var status string
		var n int64
		err := s.Scan(&status, &n)
		counts[protocol.Status(status)] += n
		return struct{}{}, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("count reservations: %w", err)
	}
	return counts, nil
}
