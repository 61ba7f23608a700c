package reservationdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	selectReservation = `SELECT ` + columns + ` FROM reservations r `

	sqlReservation = selectReservation + `WHERE id = ?`
	sqlDue         = `SELECT id FROM reservations WHERE status = 'pending' AND expires_at <= ?
	ORDER BY expires_at LIMIT ?`
	sqlNextDue = `SELECT COALESCE(MIN(expires_at), '') FROM reservations WHERE status = 'pending'`

	sqlInsertReservation = `INSERT INTO reservations (id, product_id, store_id, customer_id, quantity, ttl_seconds, status,
	reason, version, expires_at, created_at, updated_at, actor, updated_by, reference,
	line_count, requested, granted, request_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING`
	sqlSetStatus = `UPDATE reservations SET status = ?, reason = ?, version = ?, updated_at = ?, updated_by = ?
	WHERE id = ? AND status = 'pending' AND version = ?`
	sqlSetExpiry = `UPDATE reservations SET expires_at = ?, version = ?, updated_at = ?, updated_by = ?
	WHERE id = ? AND status = 'pending' AND version = ?`
	sqlSetReference = `UPDATE reservations SET reference = ? WHERE id = ? AND reference IS NULL AND version = ?`
)

func scanReservation(s sqlite.Scanner) (r reservation.Reservation, err error) {
	var d details
	if err := s.Scan(d.columns(&r)...); err != nil {
		return r, err
	}
	err = d.addTo(&r)
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
	first := firstLineOf(r)
	changed, _, err := t.tx.Exec(sqlInsertReservation, r.ID, first.productID, first.storeID, r.CustomerID, first.quantity, r.TTLSeconds,
		string(r.Status), r.Reason, r.Version, clock.Text(r.ExpiresAt), clock.Text(r.CreatedAt), clock.Text(r.UpdatedAt),
		sqlite.Nullable(r.Actor), sqlite.Nullable(r.UpdatedBy), sqlite.Nullable(r.Reference), first.count, first.requested,
		first.granted, sqlite.Nullable(r.RequestHash))
	if err != nil {
		return false, fmt.Errorf("insert reservation: %w", err)
	}
	if changed == 0 {
		return false, nil
	}
	if err := t.insertLines(r, 1); err != nil {
		return true, err
	}
	return true, t.countSettled(r)
}

// SetStatus implements reservation.Tx.
func (t *Tx) SetStatus(r reservation.Reservation) error {
	changed, _, err := t.tx.Exec(sqlSetStatus, string(r.Status), r.Reason, r.Version, clock.Text(r.UpdatedAt), sqlite.Nullable(r.UpdatedBy),
		r.ID, r.Version-1)
	if err != nil {
		return fmt.Errorf("set status: %w", err)
	}
	if changed == 0 {
		return reservation.ErrConflict
	}
	return t.countSettled(r)
}

// SetExpiry implements reservation.Tx.
func (t *Tx) SetExpiry(r reservation.Reservation) error {
	changed, _, err := t.tx.Exec(sqlSetExpiry, clock.Text(r.ExpiresAt), r.Version, clock.Text(r.UpdatedAt), sqlite.Nullable(r.UpdatedBy),
		r.ID, r.Version-1)
	if err != nil {
		return fmt.Errorf("set expiry: %w", err)
	}
	if changed == 0 {
		return reservation.ErrConflict
	}
	return nil
}

// SetReference implements reservation.Tx.
func (t *Tx) SetReference(r reservation.Reservation) error {
	changed, _, err := t.tx.Exec(sqlSetReference, r.Reference, r.ID, r.Version)
	if err != nil {
		return fmt.Errorf("set reference: %w", err)
	}
	if changed == 0 {
		return reservation.ErrConflict
	}
	return nil
}

// Reservation implements reservation.Reader.
func (db *DB) Reservation(ctx context.Context, id string) (reservation.Reservation, bool, error) {
	return find(db.Reader().QueryRowContext(ctx, sqlReservation, id))
}

// Due implements reservation.Reader.
func (db *DB) Due(ctx context.Context, at time.Time, limit int) ([]string, error) {
	ids, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (id string, err error) {
		err = s.Scan(&id)
		return id, err
	}, sqlDue, clock.Text(at), limit)
	if err != nil {
		return nil, fmt.Errorf("read due reservations: %w", err)
	}
	return ids, nil
}

// NextDue implements reservation.Reader.
func (db *DB) NextDue(ctx context.Context) (next time.Time, err error) {
	if err := db.Reader().QueryRowContext(ctx, sqlNextDue).Scan(engine.Time(&next)); err != nil {
		return time.Time{}, fmt.Errorf("read next due reservation: %w", sqlite.Classify(err))
	}
	return next, nil
}
