package reservationdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxaudit"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
)

const sqlStatuses = `SELECT r.id, r.product_id, r.store_id, r.quantity, r.status, CASE WHEN r.confirmed IS NOT NULL THEN ` + detailsColumn + ` END
	FROM reservations r WHERE r.id > ? ORDER BY r.id LIMIT ?`

var histories = outboxaudit.History[reservation.Reservation]{
	Query: `SELECT r.id, r.product_id, r.store_id, r.customer_id, r.quantity, r.status, r.reason, r.version, r.expires_at, ` +
		detailsColumn + `, ` + outboxaudit.EventColumns + ` FROM reservations r LEFT JOIN events e ON e.aggregate_id = r.id ORDER BY r.id, e.seq`,
	Scan: func(scan func(own ...any) error) (r reservation.Reservation, err error) {
		var expiresAt string
		var d details
		err = scan(&r.ID, &r.ProductID, &r.StoreID, &r.CustomerID, &r.Quantity, &d.status, &r.Reason, &r.Version, &expiresAt, &d.rest)
		if err == nil {
			err = d.addTo(&r)
		}
		if parsed, damaged := clock.ParseText(expiresAt); damaged == nil {
			r.ExpiresAt = parsed // otherwise the events will disagree
		}
		return r, err
	},
	Same: func(a, b reservation.Reservation) bool { return a.ID == b.ID },
}

// snapshot implements reservation.Snapshot.
type snapshot struct {
	*sqlite.Snapshot
	now time.Time
}

// Snapshot implements reservation.Reader.
func (db *DB) Snapshot(ctx context.Context, read func(reservation.Snapshot) error) error {
	return db.DB.Snapshot(ctx, func(s *sqlite.Snapshot) error { return read(snapshot{s, db.Clock.Now()}) })
}

// Histories implements reservation.Snapshot.
func (s snapshot) Histories(each func(reservation.Reservation, []events.Event) error) error {
	return histories.Each(s.Snapshot, each)
}

// Strays implements reservation.Snapshot.
func (s snapshot) Strays(each func(events.Event) error) error {
	return outboxsqlite.EachStray(s.Snapshot, "reservations", each)
}

// Outbox implements reservation.Snapshot.
func (s snapshot) Outbox() (*audit.Check, audit.Outbox, error) {
	return outboxsqlite.Audit(s.Snapshot, s.now)
}

// Statuses implements reservation.Reader.
func (db *DB) Statuses(ctx context.Context, after string, limit int) ([]audit.Reservation, error) {
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (audit.Reservation, error) {
		var r reservation.Reservation
		var d details
		if err := s.Scan(&r.ID, &r.ProductID, &r.StoreID, &r.Quantity, &d.status, &d.rest); err != nil {
			return audit.Reservation{}, err
		}
		err := d.addTo(&r)
		return audit.Reservation{ID: r.ID, Status: d.status, Lines: reservation.AuditLines(r.Lines)}, err
	}, sqlStatuses, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read statuses: %w", err)
	}
	return list, nil
}
