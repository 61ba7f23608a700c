package stockclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/reservation/internal/reservation"
)

var outcomes = map[string]reservation.HoldOutcome{
	stockwire.OutcomeGranted:      reservation.HoldGranted,
	stockwire.OutcomeSettled:      reservation.HoldSettled,
	stockwire.OutcomeMismatch:     reservation.HoldMismatch,
	stockwire.OutcomeInsufficient: reservation.HoldInsufficient,
	stockwire.OutcomeNoRow:        reservation.HoldNoRow,
}

// Hold implements reservation.Holder.
func (c *Client) Hold(ctx context.Context, r reservation.Reservation, asked *reservation.Request) (reservation.HoldAnswer, error) {
	ctx, span := c.options.Tracer.Within(ctx, tracing.Client, "hold")
	defer span.End()
	hold := stockwire.Hold{
		ReservationID: r.ID, CustomerID: r.CustomerID, TTLSeconds: r.TTLSeconds, ExpiresAt: clock.Text(r.ExpiresAt),
		Actor: r.Actor, Traceparent: events.Traceparent(ctx),
	}
	product := r.ProductID
	switch {
	case asked == nil:
		hold.Lines = []stockwire.Line{{ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity}}
	case asked.IsRows() && r.Reference == "":
		hold.Lines = wireLines(asked.Lines)
	default:
		hold.Request = wireRequest(*asked, r.Reference)
	}
	if asked != nil && len(asked.Lines) > 0 {
		product = cmp.Or(asked.Lines[0].ProductID, asked.Lines[0].SKU)
	}
	result, err := c.askHold(ctx, product, hold)
	if err != nil {
		span.Fail(err)
		return reservation.HoldAnswer{}, err
	}
	span.SetString("inventory.outcome", result.Outcome)
	outcome, known := outcomes[result.Outcome]
	if !known {
		return reservation.HoldAnswer{}, fmt.Errorf("stock returned an unknown outcome %q", result.Outcome)
	}
	if outcome == reservation.HoldNoRow && result.ProductDeleted {
		outcome = reservation.HoldProductDeleted
	}
	expiresAt, err := clock.ParseText(result.ExpiresAt)
	if err != nil {
		return reservation.HoldAnswer{}, fmt.Errorf("stock returned a malformed expires_at: %w", err)
	}
	answer := reservation.HoldAnswer{
		Outcome: outcome, ExpiresAt: expiresAt, Line: result.Line, UnknownStore: result.UnknownStore, NearestStore: result.NearestStore,
	}
	if len(result.Lines) > 0 {
		answer.Lines = heldLines(result.Lines)
	}
	if outcome == reservation.HoldInsufficient {
		answer.Short = shortLines(r, result)
	}
	if hold.Request != nil && outcome == reservation.HoldGranted && answer.Lines == nil {
		return reservation.HoldAnswer{}, errors.New("stock granted a request without its lines")
	}
	return answer, checkAnswer(answer, asked)
}

// checkAnswer refuses a response that does not fit the request.
func checkAnswer(a reservation.HoldAnswer, asked *reservation.Request) error {
	lines := 1
	if asked != nil {
		lines = len(asked.Lines)
	}
	fits := func(line int) bool { return line >= 0 && line < lines }
	if !fits(a.Line) || slices.ContainsFunc(a.Short, func(l reservation.ShortLine) bool { return !fits(l.Line) }) {
		return fmt.Errorf("stock refused line %d of %d, %v", a.Line, lines, a.Short)
	}
	return nil
}

// shortLines returns the short lines of a refusal. About a single line, and from a
// stock of the previous release, it has the first one only.
func shortLines(r reservation.Reservation, result stockwire.HoldResult) []reservation.ShortLine {
	if len(result.Short) == 0 {
		lines := r.AskedLines()
		if result.Line < 0 || result.Line >= len(lines) {
			return []reservation.ShortLine{{Line: result.Line}} // refused by checkAnswer
		}
		l := lines[result.Line]
		return []reservation.ShortLine{{
			Line: result.Line, ProductID: l.ProductID, StoreID: l.StoreID, Requested: l.Requested, Available: result.Available,
		}}
	}
	short := make([]reservation.ShortLine, len(result.Short))
	for i, l := range result.Short {
		short[i] = reservation.ShortLine(l)
	}
	return short
}

func (c *Client) sendHolds(ctx context.Context, i *instance, holds []stockwire.Hold) ([]stockwire.HoldResult, error) {
	if c.several() && i.down.lasts(c.options.Clock.Now()) { // since these holds wait
		return nil, nothingDone(&awayError{errPause})
	}
	var answer stockwire.HoldsAnswer
	// A request for several holds is shown in the trace of the first one; the
	// others' traces have their own spans around it.
	ctx = events.WithTraceparent(ctx, holds[0].Traceparent)
	send := func() error {
		return c.post(ctx, i, stockwire.HoldsPath, c.options.HoldTimeout, stockwire.HoldsRequest{Holds: holds}, &answer)
	}
	err := send()
	if refusesActors(err) {
		for at := range holds {
			holds[at].Actor = ""
		}
		err = send()
	}
	if err != nil {
		return nil, err
	}
	c.noteTotals(answer.Totals)
	if len(answer.Results) != len(holds) {
		return nil, fmt.Errorf("stock returned %d of %d holds", len(answer.Results), len(holds))
	}
	return answer.Results, nil
}

// FindHold implements reservation.Holder.
func (c *Client) FindHold(ctx context.Context, id string) (reservation.Reservation, protocol.Hold, error) {
	var hold stockwire.FoundHold
	err := c.get(ctx, holdPath(id), &hold)
	var p *problem.Error
	switch {
	case errors.As(err, &p) && p.Code == problem.NotFound:
		return reservation.Reservation{}, protocol.HoldAbsent, nil
	case err != nil:
		return reservation.Reservation{}, "", problem.Unavailable(problem.StockUnavailable, time.Second, err, "Stock does not respond.")
	}
	expiresAt, err := clock.ParseText(hold.ExpiresAt)
	if err != nil {
		return reservation.Reservation{}, "", fmt.Errorf("hold of %s has a malformed expires_at: %w", id, err)
	}
	r := reservation.Reservation{ID: id, CustomerID: hold.CustomerID, TTLSeconds: hold.TTLSeconds, ExpiresAt: expiresAt}
	if hold.Request != nil {
		r.Reference = hold.Request.Reference
	}
	if asked := askedRequest(hold); asked != nil {
		r.RequestHash = asked.Hash()
	}
	state := protocol.Hold(hold.State)
	if state == protocol.HoldHeld {
		if len(hold.Lines) == 0 {
			return r, "", fmt.Errorf("hold of %s is held and has no lines", id)
		}
		r = r.WithLines(heldLines(hold.Lines))
	}
	return r, state, nil
}

func heldLines(list []stockwire.HeldLine) []reservation.Line {
	lines := make([]reservation.Line, len(list))
	for i, l := range list {
		lines[i] = reservation.Line{
			Line:      protocol.Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity},
			Requested: max(l.Quantity, l.Requested),
		}
	}
	return lines
}

// Held implements reservation.Holder.
func (c *Client) Held(ctx context.Context, after string) (reservation.HeldPage, error) {
	var answer stockwire.HeldAnswer
	path := stockwire.HoldsPath
	if after != "" {
		path += "?after=" + url.QueryEscape(after)
	}
	if err := c.get(ctx, path, &answer); err != nil {
		return reservation.HeldPage{}, err
	}
	if len(answer.Settled) != 0 && len(answer.Settled) != len(answer.ReservationIDs) {
		return reservation.HeldPage{}, fmt.Errorf("stock returned the settled units of %d of %d holds", len(answer.Settled), len(answer.ReservationIDs))
	}
	c.noteTotals(answer.Totals)
	return reservation.HeldPage{IDs: answer.ReservationIDs, Settled: answer.Settled, Next: answer.Next}, nil
}
