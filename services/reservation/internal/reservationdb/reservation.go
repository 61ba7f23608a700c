package reservationdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/protocol"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	selectReservation = `SELECT id, product_id, store_id, customer_id, quantity, ttl_seconds, status, reason, version,
	expires_at, created_at, updated_at, COALESCE(actor, ''), COALESCE(updated_by, '') FROM reservations `
	wherePending = `WHERE store_id = ? AND status = 'pending' `
	// All states are named when any will do, so that the index serves both.
	whereRow = `WHERE product_id = ?1 AND store_id = ?2 AND status IN (SELECT value FROM json_each(?3)) `

	sqlReservation   = selectReservation + `WHERE id = ?`
	sqlPending       = selectReservation + wherePending + `ORDER BY expires_at, id LIMIT ? OFFSET ?`
	sqlCountPending  = `SELECT COUNT(*) FROM reservations ` + wherePending
	sqlOfRow         = selectReservation + whereRow + `ORDER BY id LIMIT ?4 OFFSET ?5`
	sqlCountOfRow    = `SELECT COUNT(*) FROM reservations ` + whereRow
	sqlCountByStatus = `SELECT status, COUNT(*) FROM reservations
	WHERE ?1 IS NULL OR store_id IN (SELECT value FROM json_each(?1)) GROUP BY status`
	sqlDue = `SELECT id FROM reservations WHERE status = 'pending' AND expires_at <= ?
	ORDER BY expires_at LIMIT ?`
	sqlNextDue = `SELECT COALESCE(MIN(expires_at), '') FROM reservations WHERE status = 'pending'`

	sqlInsertReservation = `INSERT INTO reservations (id, product_id, store_id, customer_id, quantity, ttl_seconds, status,
	reason, version, expires_at, created_at, updated_at, actor, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING`
	sqlSetStatus = `UPDATE reservations SET status = ?, reason = ?, version = ?, updated_at = ?, updated_by = ? WHERE id = ?`
)

func scanReservation(s sqlite.Scanner) (r reservation.Reservation, err error) {
	var status string
	err = s.Scan(&r.ID, &r.ProductID, &r.StoreID, &r.CustomerID, &r.Quantity, &r.TTLSeconds, &status, &r.Reason, &r.Version,
		&r.ExpiresAt, &r.CreatedAt, &r.UpdatedAt, &r.Actor, &r.UpdatedBy)
	r.Status = protocol.Status(status)
	return r, err
}

// find turns the absence of a reservation into false.
func find(row sqlite.Scanner) (reservation.Reservation, bool, error) {
	r, found, err := sqlite.Found(scanReservation(row))
	if err != nil {
		err = fmt.Errorf("read reservation: %w", err)
	}
	return r, found, err
}

// Reservation implements reservation.Tx.
func (t *Tx) Reservation(id string) (reservation.Reservation, bool, error) {
	return find(t.tx.QueryRow(sqlReservation, id))
}

// Insert implements reservation.Tx.
func (t *Tx) Insert(r reservation.Reservation) (inserted bool, err error) {
	changed, _, err := t.tx.Exec(sqlInsertReservation, r.ID, r.ProductID, r.StoreID, r.CustomerID, r.Quantity, r.TTLSeconds,
		string(r.Status), r.Reason, r.Version, r.ExpiresAt, r.CreatedAt, r.UpdatedAt,
		sqlite.Nullable(r.Actor), sqlite.Nullable(r.UpdatedBy))
	if err != nil {
		return false, fmt.Errorf("insert reservation: %w", err)
	}
	return changed > 0, nil
}

// SetStatus implements reservation.Tx.
func (t *Tx) SetStatus(r reservation.Reservation) error {
	if _, _, err := t.tx.Exec(sqlSetStatus, string(r.Status), r.Reason, r.Version, r.UpdatedAt, sqlite.Nullable(r.UpdatedBy), r.ID); err != nil {
		return fmt.Errorf("set status: %w", err)
	}
	return nil
}

// Reservation implements reservation.Reader.
func (db *DB) Reservation(ctx context.Context, id string) (reservation.Reservation, bool, error) {
	return find(db.Reader().QueryRowContext(ctx, sqlReservation, id))
}

// Pending implements reservation.Reader.
func (db *DB) Pending(ctx context.Context, storeID string, page reservation.Page) ([]reservation.Reservation, int64, error) {
	return db.page(ctx, sqlCountPending, sqlPending, page, storeID)
}

// OfRow implements reservation.Reader.
func (db *DB) OfRow(ctx context.Context, f reservation.RowFilter, page reservation.Page) ([]reservation.Reservation, int64, error) {
	statuses := []string{string(f.Status)}
	if f.Status == protocol.Absent {
		statuses = []string{string(protocol.Pending), string(protocol.Confirmed), string(protocol.Cancelled), string(protocol.Expired)}
	}
	return db.page(ctx, sqlCountOfRow, sqlOfRow, page, f.ProductID, f.StoreID, sqlite.List(statuses))
}

// page runs a count and a query with the same arguments; the query takes limit
// and offset after them.
func (db *DB) page(
	ctx context.Context, count, query string, page reservation.Page, args ...any,
) (list []reservation.Reservation, total int64, err error) {
	if err = db.Reader().QueryRowContext(ctx, count, args...).Scan(&total); err == nil {
		list, err = sqlite.Rows(ctx, db.DB, scanReservation, query, append(args, page.Limit, page.Offset)...)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read reservations: %w", sqlite.Classify(err))
	}
	return list, total, nil
}

// CountByStatus implements reservation.Reader.
func (db *DB) CountByStatus(ctx context.Context, stores []string) (map[protocol.Status]int64, error) {
	counts := map[protocol.Status]int64{}
	_, err := sqlite.Rows(ctx, db.DB, func(s sqlite.Scanner) (struct{}, error) {
		var status string
		var n int64
		err := s.Scan(&status, &n)
		counts[protocol.Status(status)] = n
		return struct{}{}, err
	}, sqlCountByStatus, sqlite.Stores(stores))
	if err != nil {
		return nil, fmt.Errorf("count reservations: %w", err)
	}
	return counts, nil
}

// Due implements reservation.Reader.
func (db *DB) Due(ctx context.Context, at string, limit int) ([]string, error) {
	ids, err := sqlite.Rows(ctx, db.DB, func(s sqlite.Scanner) (id string, err error) {
		err = s.Scan(&id)
		return id, err
	}, sqlDue, at, limit)
	if err != nil {
		return nil, fmt.Errorf("read due reservations: %w", err)
	}
	return ids, nil
}

// NextDue implements reservation.Reader.
func (db *DB) NextDue(ctx context.Context) (next string, err error) {
	if err := db.Reader().QueryRowContext(ctx, sqlNextDue).Scan(&next); err != nil {
		return "", fmt.Errorf("read next due reservation: %w", sqlite.Classify(err))
	}
	return next, nil
}
