package reservationdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	sqlDecided = `SELECT held.value, COALESCE(r.product_id, ''), COALESCE(r.store_id, ''), COALESCE(r.quantity, 0), COALESCE(r.status, ''),
	COALESCE(r.reason, ''), COALESCE(r.version, 0), COALESCE(r.updated_at, ''), COALESCE(r.updated_by, ''), ` + detailsColumn + `
	FROM json_each(?) held LEFT JOIN reservations r ON r.id = held.value
	WHERE r.status IS NOT 'pending' OR r.confirmed IS NOT NULL`

	sqlRememberReturn = `INSERT INTO unacknowledged_returns (reservation_id) VALUES (?) ON CONFLICT DO NOTHING`
	sqlForgetReturn   = `DELETE FROM unacknowledged_returns WHERE reservation_id = ?1
	AND EXISTS (SELECT 1 FROM reservations WHERE id = ?1 AND version = ?2)`
	sqlUnacknowledgedReturns = `SELECT reservation_id FROM unacknowledged_returns WHERE reservation_id > ? ORDER BY reservation_id LIMIT ?`

	sqlSetTakesTotals = `INSERT INTO peers (name, takes_totals) VALUES ('stock', 1) ON CONFLICT DO UPDATE SET takes_totals = 1`
	sqlTakesTotals    = `SELECT EXISTS (SELECT 1 FROM peers WHERE name = 'stock' AND takes_totals = 1)`
)

// Decided implements reservation.Reader.
func (db *DB) Decided(ctx context.Context, ids []string) ([]reservation.Reservation, error) {
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (r reservation.Reservation, err error) {
		var d details
		err = s.Scan(&r.ID, &r.ProductID, &r.StoreID, &r.Quantity, &d.status, &r.Reason, &r.Version, engine.Time(&r.UpdatedAt), &r.UpdatedBy, &d.rest)
		if err != nil {
			return r, err
		}
		err = d.addTo(&r)
		return r, err
	}, sqlDecided, sqlite.List(ids))
	if err != nil {
		return nil, fmt.Errorf("read decided reservations: %w", err)
	}
	return list, nil
}

// RememberReturn implements reservation.Tx.
func (t *Tx) RememberReturn(id string) error {
	if _, _, err := t.tx.Exec(sqlRememberReturn, id); err != nil {
		return fmt.Errorf("remember return: %w", err)
	}
	return nil
}

// ForgetReturn implements reservation.Tx.
func (t *Tx) ForgetReturn(id string, version int64) error {
	if _, _, err := t.tx.Exec(sqlForgetReturn, id, version); err != nil {
		return fmt.Errorf("forget return: %w", err)
	}
	return nil
}

// UnacknowledgedReturns implements reservation.Reader.
func (db *DB) UnacknowledgedReturns(ctx context.Context, after string, limit int) ([]string, error) {
	ids, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (id string, err error) {
		err = s.Scan(&id)
		return id, err
	}, sqlUnacknowledgedReturns, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read unacknowledged returns: %w", err)
	}
	return ids, nil
}

// SetTakesTotals implements reservation.Tx.
func (t *Tx) SetTakesTotals() error {
	if _, _, err := t.tx.Exec(sqlSetTakesTotals); err != nil {
		return fmt.Errorf("set that stock takes totals: %w", err)
	}
	return nil
}

// TakesTotals implements reservation.Reader.
func (db *DB) TakesTotals(ctx context.Context) (takes bool, err error) {
	if err := db.Reader().QueryRowContext(ctx, sqlTakesTotals).Scan(&takes); err != nil {
		return false, fmt.Errorf("read whether stock takes totals: %w", sqlite.Classify(err))
	}
	return takes, nil
}
