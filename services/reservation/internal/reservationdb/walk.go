package reservationdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const sqlNotPending = `SELECT held.value, COALESCE(r.status, ''), COALESCE(r.reason, ''), COALESCE(r.updated_at, ''), COALESCE(r.updated_by, '')
	FROM json_each(?) held LEFT JOIN reservations r ON r.id = held.value WHERE r.status IS NOT 'pending'`

// NotPending implements reservation.Reader.
func (db *DB) NotPending(ctx context.Context, ids []string) ([]reservation.Reservation, error) {
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (r reservation.Reservation, err error) {
		err = s.Scan(&r.ID, (*string)(&r.Status), &r.Reason, sqlite.Time(&r.UpdatedAt), &r.UpdatedBy)
		return r, err
	}, sqlNotPending, sqlite.List(ids))
	if err != nil {
		return nil, fmt.Errorf("read reservations that are not pending: %w", err)
	}
	return list, nil
}
