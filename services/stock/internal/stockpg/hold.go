package stockpg

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsHold = `reservation_id, customer_id, ttl_seconds, expires_at, state, created_at, settled_at, lines::text, in_parts, request`
	loadHolds   = `SELECT ` + columnsHold + ` FROM holds WHERE reservation_id = ANY($1)`

	newHolds = `unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[],
	$10::text[], $11::bigint[]) AS n (reservation_id, customer_id, ttl_seconds, expires_at, state, created_at, settled_at, lines, in_parts,
	request, settled)`
	insertHolds = `INSERT INTO holds (reservation_id, customer_id, ttl_seconds, expires_at, state, created_at, settled_at, lines, in_parts,
	request, settled) SELECT n.reservation_id, n.customer_id, n.ttl_seconds, n.expires_at, n.state, n.created_at, n.settled_at,
	n.lines::jsonb, n.in_parts, n.request, n.settled FROM ` + newHolds
	updateHolds = `UPDATE holds h SET state = n.state, settled_at = n.settled_at, lines = n.lines::jsonb, in_parts = n.in_parts,
	settled = n.settled FROM ` + newHolds + ` WHERE h.reservation_id = n.reservation_id`

	sqlHold = `SELECT ` + columnsHold + ` FROM holds WHERE reservation_id = $1`
	sqlHeld = `SELECT reservation_id, created_at, settled FROM holds WHERE state = 'held' AND (created_at, reservation_id) < ($1, $2)
	ORDER BY created_at DESC, reservation_id DESC LIMIT $3`
)

// storedHold is a hold, and whether it was settled to totals.
type storedHold struct {
	ledger.Hold
	inParts bool
}

// savedLine is a line in the document of a hold.
type savedLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Committed int64  `json:"committed"`
	Released  int64  `json:"released"`
	Returned  int64  `json:"returned"`
	Restocked int64  `json:"restocked"`
}

// savedRequest is the request of a hold, and the units that it asks for on each
// line.
type savedRequest struct {
	Request   *ledger.Request `json:"request"`
	Requested []int64         `json:"requested"`
}

// document returns a value of this package as JSON.
func document(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // of texts and numbers
	}
	return string(text)
}

func linesDocument(h storedHold) string {
	lines := make([]savedLine, len(h.Lines))
	for i, l := range h.Lines {
		lines[i] = savedLine{l.ProductID, l.StoreID, l.Quantity, l.Committed, l.Released, l.Returned, l.Restocked}
	}
	return document(lines)
}

func requestDocument(h storedHold) *string {
	if h.Request == nil {
		return nil
	}
	return postgres.Nullable(document(savedRequest{h.Request, h.Requested}))
}

// settledUnits returns the units of a hold that were committed or released.
func settledUnits(h storedHold) (units int64) {
	for _, l := range h.Lines {
		units += l.Committed + l.Released
	}
	return units
}

var holds = &postgres.Set[string, storedHold]{
	Name: "holds",
	Load: loadHolds,
	Keys: idArguments,
	Scan: func(s postgres.Scanner) (string, storedHold, error) {
		h, err := scanHold(s)
		return h.ReservationID, h, err
	},
	Insert: insertHolds,
	Update: updateHolds,
	Columns: func(list []storedHold) []any {
		text := func(of func(storedHold) string) []string { return postgres.Column(list, of) }
		return []any{
			text(func(h storedHold) string { return h.ReservationID }),
			text(func(h storedHold) string { return h.CustomerID }),
			postgres.Column(list, func(h storedHold) int64 { return h.TTLSeconds }),
			text(func(h storedHold) string { return clock.Text(h.ExpiresAt) }),
			text(func(h storedHold) string { return string(h.State) }),
			text(func(h storedHold) string { return clock.Text(h.CreatedAt) }),
			postgres.Column(list, func(h storedHold) *string { return postgres.Nullable(clock.Text(h.SettledAt)) }),
			text(linesDocument),
			postgres.Column(list, func(h storedHold) bool { return h.inParts }),
			postgres.Column(list, requestDocument),
			postgres.Column(list, settledUnits),
		}
	},
}

func scanHold(s postgres.Scanner) (h storedHold, err error) {
	var lines string
	var request *string
	err = s.Scan(&h.ReservationID, &h.CustomerID, &h.TTLSeconds, engine.Time(&h.ExpiresAt), (*string)(&h.State), engine.Time(&h.CreatedAt),
		engine.Time(&h.SettledAt), &lines, &h.inParts, &request)
	if err != nil {
		return h, err
	}
	if h.Lines, err = linesOf(lines); err != nil {
		return h, err
	}
	if request != nil {
		var saved savedRequest
		if err := json.Unmarshal([]byte(*request), &saved); err != nil {
			return h, fmt.Errorf("decode the request of a hold: %w", err)
		}
		h.Request, h.Requested = saved.Request, saved.Requested
	}
	return h, nil
}

// linesOf reads the lines of a document, nil for none.
func linesOf(text string) (lines []ledger.Line, err error) {
	var saved []savedLine
	if err := json.Unmarshal([]byte(text), &saved); err != nil {
		return nil, fmt.Errorf("decode the lines of a hold: %w", err)
	}
	for _, l := range saved {
		lines = append(lines, ledger.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		})
	}
	return lines, nil
}

// Hold implements ledger.Tx.
func (t *Tx) Hold(reservationID string) (ledger.Hold, bool, error) {
	h, found, err := holds.Get(t.tx, reservationID)
	if err != nil {
		return ledger.Hold{}, false, fmt.Errorf("read hold: %w", err)
	}
	h.Lines = slices.Clone(h.Lines)
	return h.Hold, found, nil
}

// InsertHold implements ledger.Tx.
func (t *Tx) InsertHold(h ledger.Hold) (inserted bool, err error) {
	_, found, err := holds.Get(t.tx, h.ReservationID)
	if err == nil && !found {
		h.Lines = slices.Clone(h.Lines)
		err = holds.Put(t.tx, h.ReservationID, storedHold{Hold: h})
	}
	if err != nil {
		return false, fmt.Errorf("insert hold: %w", err)
	}
	return !found, nil
}

// SettleHold implements ledger.Tx.
func (t *Tx) SettleHold(reservationID string, state protocol.Hold, at time.Time) error {
	h, found, err := holds.Get(t.tx, reservationID)
	if err != nil {
		return fmt.Errorf("settle hold: %w", err)
	}
	if !found || h.State != protocol.HoldHeld || h.inParts {
		return ledger.ErrConflict
	}
	h.State, h.SettledAt, h.Lines = state, at, slices.Clone(h.Lines)
	for i := range h.Lines {
		if l := &h.Lines[i]; state == protocol.HoldCommitted {
			l.Committed = l.Quantity
		} else {
			l.Released = l.Quantity
		}
	}
	return t.putHold(h)
}

// SetTotals implements ledger.Tx.
func (t *Tx) SetTotals(seen ledger.Hold, lines []ledger.Line, state protocol.Hold, at time.Time) error {
	h, found, err := holds.Get(t.tx, seen.ReservationID)
	if err != nil {
		return fmt.Errorf("set the totals of a hold: %w", err)
	}
	if !found || !slices.Equal(h.Lines, seen.Lines) {
		return ledger.ErrConflict
	}
	h.State, h.Lines, h.inParts = state, slices.Clone(lines), true
	switch {
	case state == protocol.HoldHeld:
		h.SettledAt = time.Time{}
	case h.SettledAt.IsZero():
		h.SettledAt = at
	}
	return t.putHold(h)
}

func (t *Tx) putHold(h storedHold) error {
	if err := holds.Put(t.tx, h.ReservationID, h); err != nil {
		return fmt.Errorf("settle hold: %w", err)
	}
	return nil
}

// Hold implements ledger.Reader.
func (db *DB) Hold(ctx context.Context, reservationID string) (ledger.Hold, bool, error) {
	h, err := scanHold(db.Reader().QueryRow(ctx, sqlHold, reservationID))
	h, found, err := postgres.Found(ctx, h, err)
	if err != nil {
		err = fmt.Errorf("read hold: %w", err)
	}
	return h.Hold, found, err
}

// Held implements ledger.Reader.
func (db *DB) Held(ctx context.Context, before ledger.HeldHold, limit int) ([]ledger.HeldHold, error) {
	list, err := postgres.Rows(ctx, db.SQL(), func(s postgres.Scanner) (h ledger.HeldHold, err error) {
		err = s.Scan(&h.ReservationID, engine.Time(&h.CreatedAt), &h.Settled)
		return h, err
	}, sqlHeld, clock.Text(before.CreatedAt), before.ReservationID, limit)
	if err != nil {
		return nil, fmt.Errorf("read held holds: %w", err)
	}
	return list, nil
}
