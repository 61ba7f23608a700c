package reservationpg

import (
	"context"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	sqlReservation = `SELECT ` + columns + ` FROM reservations r WHERE r.id = $1`
	due            = `status = 'pending' AND ttl_seconds >= 1` // of ix_reservations_expires_at
	sqlDue         = `SELECT id FROM reservations WHERE ` + due + ` AND expires_at <= $1 ORDER BY expires_at LIMIT $2`
	sqlNextDue     = `SELECT COALESCE((SELECT MIN(expires_at) FROM reservations WHERE ` + due + `), '')`
)

// Reservation implements reservation.Tx.
func (t *Tx) Reservation(id string) (reservation.Reservation, bool, error) {
	r, found, err := t.find(id)
	return r.Reservation, found, err
}

func (t *Tx) find(id string) (r record, found bool, err error) {
	if r, found, err = reservations.Get(t.tx, id); err != nil {
		err = fmt.Errorf("read reservation: %w", err)
	}
	return r, found, err
}

// Insert implements reservation.Tx.
func (t *Tx) Insert(r reservation.Reservation) (inserted bool, err error) {
	if _, found, err := t.find(r.ID); err != nil || found {
		return false, err
	}
	if err := t.put(record{Reservation: r}); err != nil {
		return false, fmt.Errorf("insert reservation: %w", err)
	}
	return true, t.countSettled(r)
}

// change alters a reservation of which the change has read a version, and returns
// ErrConflict when the reservation is at another one, or allowed refuses it.
func (t *Tx) change(
	id string, version int64, allowed func(reservation.Reservation) bool, alter func(*reservation.Reservation),
) (after reservation.Reservation, err error) {
	r, found, err := t.find(id)
	switch {
	case err != nil:
		return after, err
	case !found || r.Version != version || !allowed(r.Reservation):
		return after, reservation.ErrConflict
	}
	alter(&r.Reservation)
	if err := t.put(r); err != nil {
		return after, fmt.Errorf("change reservation: %w", err)
	}
	return r.Reservation, nil
}

func isPending(r reservation.Reservation) bool { return r.Status == protocol.Pending }

// SetStatus implements reservation.Tx.
func (t *Tx) SetStatus(r reservation.Reservation) error {
	after, err := t.change(r.ID, r.Version-1, isPending, func(stored *reservation.Reservation) {
		stored.Status, stored.Reason, stored.Version, stored.UpdatedAt, stored.UpdatedBy = r.Status, r.Reason, r.Version, r.UpdatedAt, r.UpdatedBy
		if stored.Lines != nil {
			stored.Lines = slices.Clone(stored.Lines)
			for i, l := range stored.Lines {
				stored.Lines[i].Totals = reservation.TotalsOf(r.Status, l.Quantity)
			}
		}
	})
	if err != nil {
		return err
	}
	return t.countSettled(after)
}

// SetTotals implements reservation.Tx.
func (t *Tx) SetTotals(before, after reservation.Reservation) error {
	wasPending := isPending(before)
	allowed := func(stored reservation.Reservation) bool { return isPending(stored) == wasPending }
	_, err := t.change(after.ID, before.Version, allowed, func(stored *reservation.Reservation) {
		if wasPending {
			stored.Status, stored.Reason, stored.EndedBy = after.Status, after.Reason, after.EndedBy
		}
		stored.Version, stored.UpdatedAt, stored.UpdatedBy = after.Version, after.UpdatedAt, after.UpdatedBy
		*stored = stored.WithLines(after.AllLines())
	})
	if err != nil || !wasPending {
		return err
	}
	return t.countSettled(after)
}

// SetExpiry implements reservation.Tx.
func (t *Tx) SetExpiry(r reservation.Reservation) error {
	_, err := t.change(r.ID, r.Version-1, isPending, func(stored *reservation.Reservation) {
		stored.ExpiresAt, stored.Version, stored.UpdatedAt, stored.UpdatedBy = r.ExpiresAt, r.Version, r.UpdatedAt, r.UpdatedBy
	})
	return err
}

// SetReference implements reservation.Tx.
func (t *Tx) SetReference(r reservation.Reservation) error {
	hasNone := func(stored reservation.Reservation) bool { return stored.Reference == "" }
	_, err := t.change(r.ID, r.Version, hasNone, func(stored *reservation.Reservation) { stored.Reference = r.Reference })
	return err
}

// Reservation implements reservation.Reader.
func (db *DB) Reservation(ctx context.Context, id string) (reservation.Reservation, bool, error) {
	r, err := scanReservation(db.Reader().QueryRow(ctx, sqlReservation, id))
	r, found, err := postgres.Found(ctx, r, err)
	if err != nil {
		err = fmt.Errorf("read reservation: %w", err)
	}
	return r, found, err
}

// Due implements reservation.Reader.
func (db *DB) Due(ctx context.Context, at time.Time, limit int) ([]string, error) {
	ids, err := postgres.Rows(ctx, db.SQL(), scanText, sqlDue, clock.Text(at), limit)
	if err != nil {
		return nil, fmt.Errorf("read due reservations: %w", err)
	}
	return ids, nil
}

func scanText(s postgres.Scanner) (text string, err error) {
	err = s.Scan(&text)
	return text, err
}

// NextDue implements reservation.Reader.
func (db *DB) NextDue(ctx context.Context) (next time.Time, err error) {
	if err := db.Reader().QueryRow(ctx, sqlNextDue).Scan(engine.Time(&next)); err != nil {
		return time.Time{}, fmt.Errorf("read next due reservation: %w", postgres.Classify(ctx, err))
	}
	return next, nil
}
