package stockdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	selectHold = `SELECT reservation_id, COALESCE(product_id, ''), COALESCE(store_id, ''), quantity, customer_id, ttl_seconds,
	expires_at, state, created_at, settled_at FROM holds `

	sqlHold       = selectHold + `WHERE reservation_id = ? ORDER BY line`
	sqlHoldState  = `SELECT state FROM holds WHERE reservation_id = ? AND line = 0`
	sqlInsertLine = `INSERT INTO holds (reservation_id, line, product_id, store_id, quantity, customer_id, ttl_seconds,
	expires_at, state, created_at, settled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlHeld = `SELECT reservation_id, created_at FROM holds
	WHERE state = 'held' AND line = 0 AND (created_at, reservation_id) < (?, ?)
	ORDER BY created_at DESC, reservation_id DESC LIMIT ?`
	sqlSettleHold = `UPDATE holds SET state = ?, settled_at = ? WHERE reservation_id = ? AND state = 'held'`
)

// addLine reads one row of a hold into it.
func addLine(h *ledger.Hold, s sqlite.Scanner) error {
	var line ledger.Line
	var state string
	err := s.Scan(&h.ReservationID, &line.ProductID, &line.StoreID, &line.Quantity, &h.CustomerID, &h.TTLSeconds,
		sqlite.Time(&h.ExpiresAt), &state, sqlite.Time(&h.CreatedAt), sqlite.Time(&h.SettledAt))
	if err != nil {
		return err
	}
	h.State = protocol.Hold(state)
	if line.ProductID != "" { // otherwise a tombstone
		h.Lines = append(h.Lines, line)
	}
	return nil
}

// Hold implements ledger.Tx.
func (t *Tx) Hold(reservationID string) (h ledger.Hold, ok bool, err error) {
	err = t.tx.Query(func(s sqlite.Scanner) error { return addLine(&h, s) }, sqlHold, reservationID)
	if err != nil {
		return ledger.Hold{}, false, fmt.Errorf("read hold: %w", err)
	}
	return h, h.State != protocol.HoldAbsent, nil
}

// InsertHold implements ledger.Tx.
func (t *Tx) InsertHold(h ledger.Hold) (inserted bool, err error) {
	lines := h.Lines
	if len(lines) == 0 {
		lines = []ledger.Line{{}}
	}
	for i, l := range lines {
		changed, _, err := t.tx.Exec(sqlInsertLine, h.ReservationID, i, sqlite.Nullable(l.ProductID), sqlite.Nullable(l.StoreID), l.Quantity,
			h.CustomerID, h.TTLSeconds, clock.Text(h.ExpiresAt), string(h.State), clock.Text(h.CreatedAt), sqlite.Nullable(clock.Text(h.SettledAt)))
		if err != nil {
			return false, fmt.Errorf("insert hold: %w", err)
		}
		if changed == 0 { // every hold has a line 0, so this is the first
			return false, nil
		}
	}
	return true, nil
}

// SettleHold implements ledger.Tx.
func (t *Tx) SettleHold(reservationID string, state protocol.Hold, at time.Time) error {
	settled, _, err := t.tx.Exec(sqlSettleHold, string(state), clock.Text(at), reservationID)
	if err != nil {
		return fmt.Errorf("settle hold: %w", err)
	}
	if settled == 0 {
		return ledger.ErrConflict
	}
	return nil
}

// HoldState implements ledger.Reader.
func (db *DB) HoldState(ctx context.Context, reservationID string) (protocol.Hold, error) {
	var state string
	err := db.Reader().QueryRowContext(ctx, sqlHoldState, reservationID).Scan(&state)
	state, _, err = sqlite.Found(state, err)
	if err != nil {
		return "", fmt.Errorf("read hold state: %w", err)
	}
	return protocol.Hold(state), nil
}

// Hold implements ledger.Reader.
func (db *DB) Hold(ctx context.Context, reservationID string) (h ledger.Hold, ok bool, err error) {
	_, err = sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (struct{}, error) {
		return struct{}{}, addLine(&h, s)
	}, sqlHold, reservationID)
	if err != nil {
		return ledger.Hold{}, false, fmt.Errorf("read hold: %w", err)
	}
	return h, h.State != protocol.HoldAbsent, nil
}

// Held implements ledger.Reader.
func (db *DB) Held(ctx context.Context, before ledger.HeldHold, limit int) ([]ledger.HeldHold, error) {
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (h ledger.HeldHold, err error) {
		err = s.Scan(&h.ReservationID, sqlite.Time(&h.CreatedAt))
		return h, err
	}, sqlHeld, clock.Text(before.CreatedAt), before.ReservationID, limit)
	if err != nil {
		return nil, fmt.Errorf("read held holds: %w", err)
	}
	return list, nil
}
