package reservation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

const (
	// maxAttempts bounds how many ids one request looks at. It needs more than
	// three only while other requests with its key run. Each attempt that is
	// over is recorded, so the next request goes on after it.
	maxAttempts = 8
	// decideLimit limits the time of the decision after an unknown outcome, which runs
	// even when the client has gone.
	decideLimit = 5 * time.Second
	retryAfter  = time.Second
)

// CreateParams asks for a reservation.
type CreateParams struct {
	ProductID  string
	StoreID    string
	CustomerID string
	Reference  string // may be empty
	Quantity   int64
	TTL        time.Duration
	Request    *Request // normalized; instead of ProductID, StoreID and Quantity
}

// AskFor sets the lines that p asks for.
func (p *CreateParams) AskFor(r Request) {
	r = r.Normalized()
	p.Request = &r
	if row, is := r.IsRow(); is {
		p.ProductID, p.StoreID, p.Quantity, p.Request = row.ProductID, row.StoreID, row.Quantity, nil
	}
}

// Stores returns the stores that p asks for units of.
func (p CreateParams) Stores() []string {
	if p.Request != nil {
		return p.Request.Stores()
	}
	return []string{p.StoreID}
}

// Create reserves: it asks stock for a hold and records the reservation. Package
// protocol decides each step. replayed reports that the reservation is the saved
// result of an earlier request.
func (s *Service) Create(ctx context.Context, p CreateParams, once idempotency.Request) (r Reservation, replayed bool, err error) {
	if err := p.Validate(s.maxLife); err != nil {
		return Reservation{}, false, err
	}
	number := 1
	for range maxAttempts {
		a := attempt{number: number, once: once, draft: s.draft(ctx, p, once, number), asked: p.Request}
		found, err := s.look(ctx, a)
		if err != nil {
			return Reservation{}, false, err
		}
		var end attemptEnd
		switch protocol.Choose(found.saved, found.forgotten, found.row) {
		case protocol.ChooseReplay:
			return found.result, true, nil
		case protocol.ChooseAsk:
			end, err = s.ask(ctx, a)
		case protocol.ChooseAdopt:
			end, err = s.record(ctx, a)
		default: // ChooseNext
			end, err = s.skip(ctx, a)
		}
		if err != nil || end.next == 0 {
			return end.result, end.replayed, err
		}
		number = end.next
	}
	return Reservation{}, false, stockUnavailable(errors.New("other requests used up each attempt's id"))
}

// Validate returns a ValidationError problem with everything that is wrong with
// p. longest is the longest life of a reservation.
func (p CreateParams) Validate(longest time.Duration) error {
	var checks problem.Checks
	if p.Request == nil {
		checks.Word("product_id", p.ProductID, 1, 64)
		checks.StoreID("store_id", p.StoreID)
	}
	checks.Text("customer_id", p.CustomerID, 1, 128)
	if p.Reference != "" {
		checks.Text("reference", p.Reference, 1, MaxReference)
	}
	if p.Request == nil {
		checks.Range("quantity", p.Quantity, 1, MaxQuantity)
	} else {
		p.Request.validate(&checks)
	}
	checks.Require(p.TTL >= MinTTL && p.TTL <= longest, "ttl_minutes", "must be from 1 to %d", int(longest.Minutes()))
	return checks.Err()
}

// ask asks stock for the hold and acts on the result.
func (s *Service) ask(ctx context.Context, a attempt) (end attemptEnd, err error) {
	s.inFlight.begin(a.draft.ID)
	defer func() { s.inFlight.endHandler(a.draft.ID, end.recorded) }()

	answer, err := s.holder.Hold(ctx, a.draft, a.asked)
	switch {
	case errors.Is(err, ErrNothingDone):
		s.counts.outcome(OutcomeUnavailable)
		return attemptEnd{}, stockUnavailable(err)
	case err != nil:
		return s.decide(ctx, a, err)
	}
	switch answer.Outcome {
	case HoldGranted:
		a.draft.ExpiresAt = answer.ExpiresAt
		if answer.Lines != nil {
			a.draft = a.draft.WithLines(answer.Lines)
		}
		return s.record(ctx, a)
	case HoldSettled:
		return s.lookAgain(ctx, a)
	case HoldMismatch:
		return attemptEnd{}, idempotency.Reused()
	case HoldInsufficient:
		s.counts.outcome(OutcomeInsufficient)
		return attemptEnd{}, a.insufficient(answer)
	case HoldNoRow:
		s.counts.outcome(OutcomeNoRow)
		if answer.UnknownStore != "" {
			return attemptEnd{}, a.unknownStore(answer)
		}
		return attemptEnd{}, a.noRow(answer.Line)
	case HoldProductDeleted:
		s.counts.outcome(OutcomeDeleted)
		return attemptEnd{}, a.productDeleted(answer.Line)
	default:
		return attemptEnd{}, fmt.Errorf("unknown hold outcome %d", answer.Outcome)
	}
}

// lookAgain looks once more after stock reported the hold as settled: a row that
// was written since may be the result.
func (s *Service) lookAgain(ctx context.Context, a attempt) (attemptEnd, error) {
	found, err := s.look(ctx, a)
	if err != nil {
		return attemptEnd{}, err
	}
	switch protocol.Refused(found.saved, found.forgotten, found.row) {
	case protocol.RecourseReplay:
		return attemptEnd{result: found.result, replayed: true}, nil
	case protocol.RecourseAdopt:
		return s.record(ctx, a)
	default: // RecourseNext
		return s.skip(ctx, a)
	}
}

// record writes the reservation after its hold was granted, or adopts the row
// that the repair or another request inserted.
func (s *Service) record(ctx context.Context, a attempt) (attemptEnd, error) {
	end, err := write(ctx, s, a.needs(), func(c *change) (attemptEnd, error) { return c.record(a) })
	if err != nil {
		s.unsettled() // the units are held, and the retry may never come
		return attemptEnd{}, err
	}
	if end.inserted {
		s.counts.outcome(OutcomeCreated)
		s.scheduled(a.draft.ExpiresAt)
	}
	return end, nil
}

func (c *change) record(a attempt) (end attemptEnd, err error) {
	var replayed bool
	if end.result, replayed, err = idempotency.Replay(c.tx, a.once, c.saved); err != nil {
		return end, err
	}
	// The row is almost always absent: inserting it is the look-up.
	if !replayed {
		if end.inserted, err = c.insert(a.draft); err != nil {
			return end, err
		}
	}
	var row Reservation
	if !end.inserted {
		if row, _, err = c.tx.Reservation(a.draft.ID); err != nil {
			return end, err
		}
	}
	switch protocol.Granted(replayed, row.Status) {
	case protocol.RecordInsert:
		end.result, end.recorded = a.draft, true
		err = idempotency.Save(c.tx, a.once, c.saved, a.draft)
	case protocol.RecordAdopt:
		end.recorded = true
		end.result, err = c.adopt(a, row)
	case protocol.RecordReplay:
		end.replayed = true
	default: // RecordNext
		end.next, err = c.leave(a)
	}
	return end, err
}

// adopt saves an existing reservation as the result of the request, provided that it
// matches the request. It returns the result.
func (c *change) adopt(a attempt, row Reservation) (Reservation, error) {
	// The hold by which a repair recorded the row has no reference.
	if row.Reference == "" && a.draft.Reference != "" && row.Actor == inventory.ActorReservation {
		row.Reference = a.draft.Reference
		if err := c.tx.SetReference(row); err != nil {
			return row, err
		}
	}
	if !row.same(a.draft) {
		return row, idempotency.Reused()
	}
	return row, idempotency.Save(c.tx, a.once, c.saved, row)
}

// decided is the outcome of the transaction of a create with an unknown outcome.
type decided struct {
	decision protocol.Decision
	result   Reservation // saved for the key, or the row that was adopted
	saved    bool        // result was saved by an earlier request
	reused   error       // the key belongs to another request
	aborted  Reservation // the row that was inserted, when the decision is to abort
}

// decide ends an attempt whose outcome in stock is unknown: unless the reservation
// was recorded by another party, the id becomes a cancelled reservation, so that a
// hold that arrives late, or whose response was lost, is released. The retry
// continues with the next attempt, not this request.
func (s *Service) decide(ctx context.Context, a attempt, cause error) (attemptEnd, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), decideLimit)
	defer cancel()
	d, err := write(ctx, s, a.needs(), func(c *change) (decided, error) { return c.decide(a) })
	if err != nil {
		s.unsettled()
		return attemptEnd{}, err
	}
	if d.decision == protocol.DecideAbort {
		s.counts.outcome(OutcomeAborted)
		s.settle(ctx, []Reservation{d.aborted})
	}
	switch {
	case d.reused != nil:
		return attemptEnd{recorded: true}, d.reused
	case d.saved || d.decision == protocol.DecideAdopt:
		return attemptEnd{recorded: true, result: d.result, replayed: d.saved}, nil
	default:
		return attemptEnd{recorded: true}, stockUnavailable(cause)
	}
}

func (c *change) decide(a attempt) (d decided, err error) {
	// That another request used this key is an error for the caller, but the id
	// must be decided all the same.
	d.result, d.saved, d.reused = idempotency.Replay(c.tx, a.once, c.saved)
	if d.reused != nil && problem.CodeOf(d.reused) != problem.IdempotencyKeyReused {
		return d, d.reused
	}
	row, _, err := c.tx.Reservation(a.draft.ID)
	if err != nil {
		return d, err
	}
	switch d.decision = protocol.TimedOut(row.Status); d.decision {
	case protocol.DecideAbort:
		if d.aborted, err = c.insertAborted(a.draft); err == nil {
			_, err = c.leave(a)
		}
	case protocol.DecideAdopt:
		if !d.saved && d.reused == nil {
			d.result, err = c.adopt(a, row)
		}
	case protocol.DecideGiveUp: // the row is over: there is nothing to abort
	}
	return d, err
}

// insert records a pending reservation, unless its id has a row, and reports
// whether it did.
func (c *change) insert(r Reservation) (inserted bool, err error) {
	if inserted, err = c.tx.Insert(r); err != nil || !inserted {
		return false, err
	}
	product, store, quantity := r.Row()
	return true, c.appendEvent(r.Version, inventory.ReservationCreated{
		ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, CustomerID: r.CustomerID,
		ExpiresAt: clock.Text(r.ExpiresAt), ReservationState: r.state(),
	})
}

// insertAborted records a reservation that never came to be. Its id has no row.
func (c *change) insertAborted(r Reservation) (Reservation, error) {
	c.meta.Actor = inventory.ActorReservation // no caller asked for the cancellation
	r = r.ended(protocol.Cancelled)
	r.Reason, r.UpdatedAt, r.UpdatedBy = inventory.ReasonAborted, c.at, c.meta.Actor
	inserted, err := c.tx.Insert(r)
	if err == nil && !inserted {
		err = ErrConflict // the id had no row when it was read
	}
	if err != nil {
		return r, err
	}
	product, store, quantity := r.Row()
	return r, c.appendEvent(r.Version, inventory.ReservationCancelled{
		ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, Reason: r.Reason, Aborted: true,
		CustomerID: r.CustomerID, ReservationState: r.state(),
	})
}

func stockUnavailable(cause error) error {
	return problem.Unavailable(problem.StockUnavailable, retryAfter, cause,
		"Stock does not respond at the moment. Send the request again; with the same Idempotency-Key it reserves once.")
}
