package stockdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	// Totals that are NULL follow from the state.
	selectHold = `SELECT reservation_id, COALESCE(product_id, ''), COALESCE(store_id, ''), quantity, customer_id, ttl_seconds,
	expires_at, state, created_at, settled_at, COALESCE(committed, IIF(state = 'committed', quantity, 0)),
	COALESCE(released, IIF(state = 'released', quantity, 0)), COALESCE(returned, 0), COALESCE(restocked, 0),
	COALESCE(request, '') FROM holds `

	sqlHold       = selectHold + `WHERE reservation_id = ? ORDER BY line`
	sqlInsertLine = `INSERT INTO holds (reservation_id, line, product_id, store_id, quantity, customer_id, ttl_seconds,
	expires_at, state, created_at, settled_at, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlHeld = `SELECT reservation_id, created_at, COALESCE((SELECT SUM(p.committed + p.released) FROM holds p INDEXED BY ix_holds_in_part
		WHERE p.reservation_id = h.reservation_id AND p.state = 'held' AND p.committed IS NOT NULL), 0) FROM holds h
	WHERE state = 'held' AND line = 0 AND (created_at, reservation_id) < (?, ?)
	ORDER BY created_at DESC, reservation_id DESC LIMIT ?`
	sqlSettleHold = `UPDATE holds SET state = ?, settled_at = ? WHERE reservation_id = ? AND state = 'held' AND committed IS NULL`

	sqlSetTotals = `UPDATE holds SET state = ?1, settled_at = IIF(?1 = 'held', NULL, COALESCE(settled_at, ?2)),
	committed = ?3, released = ?4, returned = ?5, restocked = ?6
	WHERE reservation_id = ?7 AND line = ?8 AND (COALESCE(committed, IIF(state = 'committed', quantity, 0)),
	COALESCE(released, IIF(state = 'released', quantity, 0)), COALESCE(returned, 0), COALESCE(restocked, 0)) = (?9, ?10, ?11, ?12)`
	sqlRestocks   = `SELECT product_id, store_id, restocked FROM restocks WHERE reservation_id = ? ORDER BY product_id, store_id`
	sqlSetRestock = `INSERT INTO restocks (reservation_id, product_id, store_id, restocked) VALUES (?1, ?2, ?3, ?4)
	ON CONFLICT DO UPDATE SET restocked = ?4 WHERE restocked = ?5`
)

// addLine reads one row of a hold into it. The request of its first line is kept
// for addRequest.
func addLine(h *ledger.Hold, request *string, s sqlite.Scanner) error {
	var line ledger.Line
	var state, text string
	err := s.Scan(&h.ReservationID, &line.ProductID, &line.StoreID, &line.Quantity, &h.CustomerID, &h.TTLSeconds,
		engine.Time(&h.ExpiresAt), &state, engine.Time(&h.CreatedAt), engine.Time(&h.SettledAt),
		&line.Committed, &line.Released, &line.Returned, &line.Restocked, &text)
	if err != nil {
		return err
	}
	if text != "" {
		*request = text
	}
	h.State = protocol.Hold(state)
	if line.ProductID != "" { // otherwise a tombstone
		h.Lines = append(h.Lines, line)
	}
	return nil
}

// addRestock reads a row that took returned units into a hold that was granted
// nothing of it.
func addRestock(h *ledger.Hold, s sqlite.Scanner) error {
	var line ledger.Line
	if err := s.Scan(&line.ProductID, &line.StoreID, &line.Restocked); err != nil {
		return err
	}
	for i, l := range h.Lines {
		if l.ProductID == line.ProductID && l.StoreID == line.StoreID { // it was granted nothing
			h.Lines[i].Restocked = line.Restocked
			return nil
		}
	}
	h.Lines = append(h.Lines, line)
	return nil
}

// tookReturns reports whether units of the hold were returned: only then have
// other rows taken some.
func tookReturns(h ledger.Hold) bool {
	return slices.ContainsFunc(h.Lines, func(l ledger.Line) bool { return l.Returned > 0 })
}

// Hold implements ledger.Tx.
func (t *Tx) Hold(reservationID string) (h ledger.Hold, ok bool, err error) {
	var request string
	err = t.tx.Query(func(s sqlite.Scanner) error { return addLine(&h, &request, s) }, sqlHold, reservationID)
	if err == nil {
		err = addRequest(&h, request)
	}
	if err == nil && tookReturns(h) {
		err = t.tx.Query(func(s sqlite.Scanner) error { return addRestock(&h, s) }, sqlRestocks, reservationID)
	}
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
	request, err := encodeRequest(h)
	if err != nil {
		return false, err
	}
	stored := 0
	for _, l := range lines {
		if l.Quantity == 0 && l.ProductID != "" {
			continue // was granted nothing: the request has it
		}
		changed, _, err := t.tx.Exec(sqlInsertLine, h.ReservationID, stored, sqlite.Nullable(l.ProductID), sqlite.Nullable(l.StoreID), l.Quantity,
			h.CustomerID, h.TTLSeconds, clock.Text(h.ExpiresAt), string(h.State), clock.Text(h.CreatedAt), sqlite.Nullable(clock.Text(h.SettledAt)),
			sqlite.Nullable(request))
		if err != nil {
			return false, fmt.Errorf("insert hold: %w", err)
		}
		if changed == 0 { // every hold has a line 0, so this is the first
			return false, nil
		}
		stored, request = stored+1, ""
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

// SetTotals implements ledger.Tx.
func (t *Tx) SetTotals(h ledger.Hold, lines []ledger.Line, state protocol.Hold, at time.Time) error {
	stored := 0 // lines of quantity 0 are in restocks
	for i, l := range lines {
		var before protocol.Totals
		if i < len(h.Lines) {
			before = h.Lines[i].Totals
		}
		var changed int64
		var err error
		switch {
		case l.Quantity > 0:
			changed, _, err = t.tx.Exec(sqlSetTotals, string(state), clock.Text(at), l.Committed, l.Released, l.Returned, l.Restocked,
				h.ReservationID, stored, before.Committed, before.Released, before.Returned, before.Restocked)
			stored++
		case l.Totals == before:
			continue
		default:
			changed, _, err = t.tx.Exec(sqlSetRestock, h.ReservationID, l.ProductID, l.StoreID, l.Restocked, before.Restocked)
		}
		if err != nil {
			return fmt.Errorf("set the totals of a hold: %w", err)
		}
		if changed == 0 {
			return ledger.ErrConflict
		}
	}
	return nil
}

// Hold implements ledger.Reader.
func (db *DB) Hold(ctx context.Context, reservationID string) (h ledger.Hold, ok bool, err error) {
	var request string
	_, err = sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (struct{}, error) {
		return struct{}{}, addLine(&h, &request, s)
	}, sqlHold, reservationID)
	if err == nil {
		err = addRequest(&h, request)
	}
	if err == nil && tookReturns(h) { // read later than the lines, so never fewer
		_, err = sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (struct{}, error) {
			return struct{}{}, addRestock(&h, s)
		}, sqlRestocks, reservationID)
	}
	if err != nil {
		return ledger.Hold{}, false, fmt.Errorf("read hold: %w", err)
	}
	return h, h.State != protocol.HoldAbsent, nil
}

// Held implements ledger.Reader.
func (db *DB) Held(ctx context.Context, before ledger.HeldHold, limit int) ([]ledger.HeldHold, error) {
	list, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (h ledger.HeldHold, err error) {
		err = s.Scan(&h.ReservationID, engine.Time(&h.CreatedAt), &h.Settled)
		return h, err
	}, sqlHeld, clock.Text(before.CreatedAt), before.ReservationID, limit)
	if err != nil {
		return nil, fmt.Errorf("read held holds: %w", err)
	}
	return list, nil
}
