package stockpg

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxpg"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlAuditRows = `SELECT product_id, store_id, quantity, reserved, incoming, version, damaged, quality_control, safety_stock, other, removed
	FROM stock ORDER BY product_id, store_id`
	sqlAuditHeld = `SELECT l.product_id, l.store_id, SUM(l.quantity - l.committed - l.released)::bigint
	FROM holds h CROSS JOIN LATERAL jsonb_to_recordset(h.lines)
		AS l (product_id text, store_id text, quantity bigint, committed bigint, released bigint)
	WHERE h.state = 'held' AND l.quantity > 0 GROUP BY l.product_id, l.store_id`
	sqlAuditMovements = `SELECT product_id, store_id, change, quantity, version, COALESCE(from_state, ''), COALESCE(to_state, ''),
	units, COALESCE(unavailable, ''), COALESCE(transfer_id, ''), COALESCE(count_id, '') FROM movements ORDER BY seq`
	sqlAuditInParts = `SELECT ` + columnsHold + ` FROM holds WHERE in_parts ORDER BY reservation_id`
	sqlHoldStates   = `SELECT ` + columnsHold + ` FROM holds WHERE reservation_id > $1 ORDER BY reservation_id LIMIT $2`
)

// snapshot implements ledger.Snapshot.
type snapshot struct {
	*postgres.Snapshot
	now time.Time
}

// Snapshot implements ledger.Reader.
func (db *DB) Snapshot(ctx context.Context, read func(ledger.Snapshot) error) error {
	return db.SQL().Snapshot(ctx, func(s *postgres.Snapshot) error { return read(snapshot{s, db.Clock.Now()}) })
}

// Rows implements ledger.Snapshot.
func (s snapshot) Rows(each func(ledger.Row) error) error {
	err := s.Each(func(record postgres.Scanner) error {
		var r ledger.Row
		if err := record.Scan(&r.ProductID, &r.StoreID, &r.Quantity, &r.Reserved, &r.Incoming, &r.Version, &r.Unavailable.Damaged,
			&r.Unavailable.QualityControl, &r.Unavailable.SafetyStock, &r.Unavailable.Other, &r.Removed); err != nil {
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
	err := s.Each(func(record postgres.Scanner) error {
		var l ledger.Line
		if err := record.Scan(&l.ProductID, &l.StoreID, &l.Quantity); err != nil {
			return err
		}
		return each(l)
	}, sqlAuditHeld)
	if err != nil {
		return fmt.Errorf("audit holds: %w", err)
	}
	return nil
}

// linesInParts returns the lines of a hold that have units, by product and store.
func linesInParts(lines []ledger.Line) []ledger.Line {
	lines = slices.DeleteFunc(lines, func(l ledger.Line) bool { return l.Quantity == 0 && l.Restocked == 0 })
	slices.SortFunc(lines, func(a, b ledger.Line) int {
		return cmp.Or(cmp.Compare(a.ProductID, b.ProductID), cmp.Compare(a.StoreID, b.StoreID))
	})
	return lines
}

// InParts implements ledger.Snapshot.
func (s snapshot) InParts(each func(ledger.Hold) error) error {
	err := s.Each(func(record postgres.Scanner) error {
		h, err := scanHold(record)
		if err != nil {
			return err
		}
		return each(ledger.Hold{ReservationID: h.ReservationID, State: h.State, Lines: linesInParts(h.Lines)})
	}, sqlAuditInParts)
	if err != nil {
		return fmt.Errorf("audit holds settled in parts: %w", err)
	}
	return nil
}

// Movements implements ledger.Snapshot.
func (s snapshot) Movements(each func(ledger.Movement) error) error {
	err := s.Each(func(record postgres.Scanner) error {
		var m ledger.Movement
		var states string
		err := record.Scan(&m.ProductID, &m.StoreID, &m.Change, &m.Quantity, &m.Version, (*string)(&m.From), (*string)(&m.To), &m.Units,
			&states, &m.TransferID, &m.CountID)
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
	return outboxpg.EachEvent(s.Snapshot, each)
}

// Outbox implements ledger.Snapshot.
func (s snapshot) Outbox() (*audit.Check, audit.Outbox, error) {
	return outboxpg.Audit(s.Snapshot, s.now)
}

// HoldStates implements ledger.Reader.
func (db *DB) HoldStates(ctx context.Context, after string, limit int) ([]audit.Hold, error) {
	list, err := postgres.Rows(ctx, db.SQL(), func(s postgres.Scanner) (state audit.Hold, err error) {
		h, err := scanHold(s)
		state = audit.Hold{ID: h.ReservationID, State: string(h.State)}
		if h.inParts {
			for _, l := range linesInParts(h.Lines) {
				state.Lines = append(state.Lines, audit.Line{
					ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
					Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked,
				})
			}
		}
		return state, err
	}, sqlHoldStates, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read hold states: %w", err)
	}
	return list, nil
}
