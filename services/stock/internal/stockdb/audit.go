package stockdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlAuditRows = `SELECT product_id, store_id, quantity, reserved, incoming, version, damaged, quality_control, safety_stock, other, removed
	FROM stock ORDER BY product_id, store_id`
	sqlAuditHeld = `SELECT product_id, store_id, SUM(quantity - COALESCE(committed, 0) - COALESCE(released, 0)) FROM holds
	WHERE state = 'held' AND product_id IS NOT NULL GROUP BY product_id, store_id`
	sqlAuditMovements = `SELECT product_id, store_id, change, quantity, version, COALESCE(from_state, ''), COALESCE(to_state, ''),
	COALESCE(units, 0), COALESCE(unavailable, ''), COALESCE(transfer_id, ''), COALESCE(count_id, '') FROM movements ORDER BY seq`
	sqlHoldStates = `SELECT reservation_id, state, committed IS NOT NULL FROM holds WHERE reservation_id > ? AND line = 0
	ORDER BY reservation_id LIMIT ?`
	sqlAuditInParts = `SELECT reservation_id, state, product_id, store_id, quantity, committed, released, returned, restocked
	FROM holds WHERE committed IS NOT NULL
	UNION ALL SELECT r.reservation_id, h.state, r.product_id, r.store_id, 0, 0, 0, 0, r.restocked
	FROM restocks r JOIN holds h ON h.reservation_id = r.reservation_id AND h.line = 0 ORDER BY 1, 3, 4`
	sqlAuditLines = `SELECT reservation_id, product_id, store_id, quantity, committed, released, returned, restocked
	FROM holds WHERE committed IS NOT NULL AND reservation_id IN (SELECT value FROM json_each(?1))
	UNION ALL SELECT reservation_id, product_id, store_id, 0, 0, 0, 0, restocked
	FROM restocks WHERE reservation_id IN (SELECT value FROM json_each(?1)) ORDER BY 1, 2, 3`
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
		if err := row.Scan(&r.ProductID, &r.StoreID, &r.Quantity, &r.Reserved, &r.Incoming, &r.Version, &r.Unavailable.Damaged, &r.Unavailable.QualityControl,
			&r.Unavailable.SafetyStock, &r.Unavailable.Other, &r.Removed); err != nil {
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

// InParts implements ledger.Snapshot.
func (s snapshot) InParts(each func(ledger.Hold) error) error {
	var hold ledger.Hold
	err := s.Each(func(row sqlite.Scanner) error {
		var id, state string
		var l ledger.Line
		err := row.Scan(&id, &state, &l.ProductID, &l.StoreID, &l.Quantity, &l.Committed, &l.Released, &l.Returned, &l.Restocked)
		if err != nil {
			return err
		}
		if id != hold.ReservationID && hold.ReservationID != "" {
			if err := each(hold); err != nil {
				return err
			}
			hold = ledger.Hold{}
		}
		hold.ReservationID, hold.State, hold.Lines = id, protocol.Hold(state), append(hold.Lines, l)
		return nil
	}, sqlAuditInParts)
	if err == nil && hold.ReservationID != "" {
		err = each(hold)
	}
	if err != nil {
		return fmt.Errorf("audit holds settled in parts: %w", err)
	}
	return nil
}

// Movements implements ledger.Snapshot.
func (s snapshot) Movements(each func(ledger.Movement) error) error {
	err := s.Each(func(row sqlite.Scanner) error {
		var m ledger.Movement
		var states string
		err := row.Scan(&m.ProductID, &m.StoreID, &m.Change, &m.Quantity, &m.Version, &m.From, &m.To, &m.Units, &states, &m.TransferID, &m.CountID)
		if err == nil {
			m.Unavailable, err = ledger.ParseUnavailable(states)
		}
		if err != nil {
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
	var inParts []string
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (h audit.Hold, err error) {
		var hasTotals bool
		if err = s.Scan(&h.ID, &h.State, &hasTotals); hasTotals {
			inParts = append(inParts, h.ID)
		}
		return h, err
	}, sqlHoldStates, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read hold states: %w", err)
	}
	if len(inParts) == 0 {
		return list, nil
	}
	lines := map[string][]audit.Line{}
	_, err = sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (struct{}, error) {
		var id string
		var l audit.Line
		err := s.Scan(&id, &l.ProductID, &l.StoreID, &l.Quantity, &l.Committed, &l.Released, &l.Returned, &l.Restocked)
		lines[id] = append(lines[id], l)
		return struct{}{}, err
	}, sqlAuditLines, sqlite.List(inParts))
	if err != nil {
		return nil, fmt.Errorf("read the totals of holds: %w", err)
	}
	for i := range list {
		list[i].Lines = lines[list[i].ID]
	}
	return list, nil
}
