package stockdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlAuditRows = `SELECT product_id, store_id, quantity, reserved, version FROM stock ORDER BY product_id, store_id`
	sqlAuditHeld = `SELECT product_id, store_id, SUM(quantity) FROM holds
	WHERE state = 'held' AND product_id IS NOT NULL GROUP BY product_id, store_id`
	sqlAuditMovements = `SELECT product_id, store_id, change, quantity, version FROM movements ORDER BY seq`
	sqlHoldStates     = `SELECT reservation_id, state FROM holds WHERE reservation_id > ? AND line = 0
	ORDER BY reservation_id LIMIT ?`
)

// snapshot implements ledger.Snapshot.
type snapshot struct {
	*sqlite.Snapshot
	now time.Time
}

// Snapshot implements ledger.Reader.
func (db *DB) Snapshot(ctx context.Context, read func(ledger.Snapshot) error) error {
	return db.DB.Snapshot(ctx, func(s *sqlite.Snapshot) error { return read(snapshot{s, db.Clock.Now()}) })
}

// Rows implements ledger.Snapshot.
func (s snapshot) Rows(each func(ledger.Row) error) error {
	err := s.Each(func(row sqlite.Scanner) error {
		var r ledger.Row
		if err := row.Scan(&r.ProductID, &r.StoreID, &r.Quantity, &r.Reserved, &r.Version); err != nil {
			return err
		}
		return each(r)
	}, sqlAuditRows)
	if err != nil {
		return fmt.Errorf("audit rows: %w", err)
	}
	return nil
}

// Held implements ledger.Snapshot.
func (s snapshot) Held(each func(ledger.Line) error) error {
	err := s.Each(func(row sqlite.Scanner) error {
		var l ledger.Line
		if err := row.Scan(&l.ProductID, &l.StoreID, &l.Quantity); err != nil {
			return err
		}
		return each(l)
	}, sqlAuditHeld)
	if err != nil {
		return fmt.Errorf("audit holds: %w", err)
	}
	return nil
}

// Movements implements ledger.Snapshot.
func (s snapshot) Movements(each func(ledger.Movement) error) error {
	err := s.Each(func(row sqlite.Scanner) error {
		var m ledger.Movement
		if err := row.Scan(&m.ProductID, &m.StoreID, &m.Change, &m.Quantity, &m.Version); err != nil {
			return err
		}
		return each(m)
	}, sqlAuditMovements)
	if err != nil {
		return fmt.Errorf("audit movements: %w", err)
	}
	return nil
}

// Events implements ledger.Snapshot.
func (s snapshot) Events(each func(e events.Event) error) error {
	return outboxsqlite.EachEvent(s.Snapshot, each)
}

// Outbox implements ledger.Snapshot.
func (s snapshot) Outbox() (*audit.Check, audit.Outbox, error) {
	return outboxsqlite.Audit(s.Snapshot, s.now)
}

// HoldStates implements ledger.Reader.
func (db *DB) HoldStates(ctx context.Context, after string, limit int) ([]audit.Hold, error) {
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (h audit.Hold, err error) {
		err = s.Scan(&h.ID, &h.State)
		return h, err
	}, sqlHoldStates, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read hold states: %w", err)
	}
	return list, nil
}
