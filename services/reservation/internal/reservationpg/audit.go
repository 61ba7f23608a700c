package reservationpg

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxaudit"
	"inventory.example/pkg/outbox/outboxpg"
	"inventory.example/pkg/postgres"
	"inventory.example/services/reservation/internal/reservation"
)

const sqlStatuses = `SELECT ` + columns + ` FROM reservations r WHERE r.id > $1 ORDER BY r.id LIMIT $2`

// scanner is a function as a Scanner.
type scanner func(dest ...any) error

// Scan implements postgres.Scanner.
func (s scanner) Scan(dest ...any) error { return s(dest...) }

var histories = outboxaudit.History[reservation.Reservation]{
	Query: `SELECT ` + columns + `, ` + outboxaudit.EventColumns + ` FROM reservations r LEFT JOIN outbox e ON e.aggregate_id = r.id ORDER BY r.id, e.seq`,
	Scan: func(scan func(own ...any) error) (reservation.Reservation, error) {
		return scanReservation(scanner(scan))
	},
	Same: func(a, b reservation.Reservation) bool { return a.ID == b.ID },
}

// snapshot implements reservation.Snapshot.
type snapshot struct {
	*postgres.Snapshot
	now time.Time
}

// Snapshot implements reservation.Reader.
func (db *DB) Snapshot(ctx context.Context, read func(reservation.Snapshot) error) error {
	return db.DB.Snapshot(ctx, func(s *postgres.Snapshot) error { return read(snapshot{s, db.Clock.Now()}) })
}

// Histories implements reservation.Snapshot.
func (s snapshot) Histories(each func(reservation.Reservation, []events.Event) error) error {
	return histories.Each(s.Snapshot, each)
}

// Strays implements reservation.Snapshot.
func (s snapshot) Strays(each func(events.Event) error) error {
	return outboxpg.EachStray(s.Snapshot, "reservations", each)
}

// Outbox implements reservation.Snapshot.
func (s snapshot) Outbox() (*audit.Check, audit.Outbox, error) {
	return outboxpg.Audit(s.Snapshot, s.now)
}

// Statuses implements reservation.Reader.
func (db *DB) Statuses(ctx context.Context, after string, limit int) ([]audit.Reservation, error) {
	list, err := postgres.Rows(ctx, db.SQL(), func(s postgres.Scanner) (audit.Reservation, error) {
		r, err := scanReservation(s)
		status := audit.Reservation{ID: r.ID, Status: string(r.Status)}
		if !r.FollowsStatus() {
			status.Lines = reservation.AuditLines(r.Lines)
		}
		return status, err
	}, sqlStatuses, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read statuses: %w", err)
	}
	return list, nil
}
