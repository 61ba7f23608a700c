package reservationpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	sqlDecided = `SELECT ` + columns + ` FROM reservations r
WHERE r.id = ANY($1) AND (r.status <> 'pending' OR r.line_count > 1 OR r.confirmed > 0 OR r.released > 0)`
	sqlUnknown = `SELECT held.id FROM unnest($1::text[]) AS held (id) WHERE NOT EXISTS (SELECT FROM reservations r WHERE r.id = held.id)`

	sqlUnacknowledgedReturns = `SELECT reservation_id FROM unacknowledged_returns WHERE reservation_id > $1 ORDER BY reservation_id LIMIT $2`
	sqlTakesTotals           = `SELECT EXISTS (SELECT FROM peers WHERE name = 'stock' AND takes_totals)`
)

// Decided implements reservation.Reader.
func (db *DB) Decided(ctx context.Context, ids []string) (decided []reservation.Reservation, err error) {
	err = db.DB.Snapshot(ctx, func(s *postgres.Snapshot) error {
		err := s.Each(func(record postgres.Scanner) error {
			id, err := scanText(record)
			decided = append(decided, reservation.Reservation{ID: id})
			return err
		}, sqlUnknown, ids)
		if err != nil {
			return err
		}
		return s.Each(func(record postgres.Scanner) error {
			r, err := scanReservation(record)
			if err == nil && (!isPending(r) || !r.FollowsStatus()) {
				decided = append(decided, decision(r))
			}
			return err
		}, sqlDecided, ids)
	})
	if err != nil {
		return nil, fmt.Errorf("read decided reservations: %w", err)
	}
	return decided, nil
}

// decision returns the fields of a reservation that Decided returns.
func decision(r reservation.Reservation) reservation.Reservation {
	return reservation.Reservation{
		ID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Lines: r.Lines, Status: r.Status, EndedBy: r.EndedBy,
		Reason: r.Reason, Version: r.Version, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	}
}

// unacknowledged are the ids of reservations with a return that stock has not
// acknowledged.
var unacknowledged = &postgres.Set[string, string]{
	Name: "unacknowledged_returns",
	Load: `SELECT reservation_id FROM unacknowledged_returns WHERE reservation_id = ANY($1)`,
	Keys: func(ids []string) []any { return []any{ids} },
	Scan: func(s postgres.Scanner) (id, same string, err error) {
		id, err = scanText(s)
		return id, id, err
	},
	Insert:  `INSERT INTO unacknowledged_returns (reservation_id) SELECT * FROM unnest($1::text[])`,
	Delete:  `DELETE FROM unacknowledged_returns WHERE reservation_id = ANY($1)`,
	Columns: func(ids []string) []any { return []any{ids} },
}

// RememberReturn implements reservation.Tx.
func (t *Tx) RememberReturn(id string) error {
	if err := unacknowledged.Put(t.tx, id, id); err != nil {
		return fmt.Errorf("remember return: %w", err)
	}
	return nil
}

// ForgetReturn implements reservation.Tx.
func (t *Tx) ForgetReturn(id string, version int64) error {
	r, found, err := t.find(id)
	if err == nil && found && r.Version == version {
		err = unacknowledged.Remove(t.tx, id)
	}
	if err != nil {
		return fmt.Errorf("forget return: %w", err)
	}
	return nil
}

// UnacknowledgedReturns implements reservation.Reader.
func (db *DB) UnacknowledgedReturns(ctx context.Context, after string, limit int) ([]string, error) {
	ids, err := postgres.Rows(ctx, db.SQL(), scanText, sqlUnacknowledgedReturns, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read unacknowledged returns: %w", err)
	}
	return ids, nil
}

// peers are the names of services that take totals.
var peers = &postgres.Log[string]{
	Name: "peers",
	Insert: `INSERT INTO peers (name, takes_totals) SELECT DISTINCT name, true FROM unnest($1::text[]) AS name
ON CONFLICT (name) DO UPDATE SET takes_totals = true`,
	Columns: func(names []string) []any { return []any{names} },
}

// SetTakesTotals implements reservation.Tx.
func (t *Tx) SetTakesTotals() error {
	if err := peers.Append(t.tx, "stock"); err != nil {
		return fmt.Errorf("set that stock takes totals: %w", err)
	}
	return nil
}

// TakesTotals implements reservation.Reader.
func (db *DB) TakesTotals(ctx context.Context) (takes bool, err error) {
	if err := db.Reader().QueryRow(ctx, sqlTakesTotals).Scan(&takes); err != nil {
		return false, fmt.Errorf("read whether stock takes totals: %w", postgres.Classify(ctx, err))
	}
	return takes, nil
}
