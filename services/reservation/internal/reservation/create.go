package reservation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/protocol"
)

const (
	// maxAttempts bounds how many ids one request looks at. It needs more than
	// three only while other requests with its key run. Each attempt that is
	// over is recorded, so the next request goes on after it.
	maxAttempts = 8
	// decideLimit bounds the decision after an unknown outcome, which is made
	// even when the client has gone.
	decideLimit = 5 * time.Second
	retryAfter  = time.Second
)

// CreateParams asks for a reservation.
type CreateParams struct {
	ProductID  string
	StoreID    string
	CustomerID string
	Quantity   int64
	TTL        time.Duration
}

// Create reserves: it asks stock for a hold and records the reservation. What
// it does at each point is decided by package protocol. replayed tells that
// the reservation is the saved result of an earlier request.
func (s *Service) Create(ctx context.Context, p CreateParams, once idempotency.Request) (r Reservation, replayed bool, err error) {
	if err := p.Validate(); err != nil {
		return Reservation{}, false, err
	}
	number := 1
	for range maxAttempts {
		a := &createAttempt{service: s, once: once, number: number, draft: s.draft(ctx, p, once, number)}
		if err := a.run(ctx); a.next == 0 || err != nil {
			return a.result, a.replayed, err
		}
		number = a.next
	}
	return Reservation{}, false, stockUnavailable(errors.New("other requests used up each attempt's id"))
}

// Validate returns a ValidationError problem with everything that is wrong with
// p.
func (p CreateParams) Validate() error {
	var checks problem.Checks
	checks.Word("product_id", p.ProductID, 1, 64)
	checks.StoreID("store_id", p.StoreID)
	checks.Text("customer_id", p.CustomerID, 1, 128)
	checks.Range("quantity", p.Quantity, 1, MaxQuantity)
	checks.Require(p.TTL >= MinTTL && p.TTL <= MaxTTL, "ttl_minutes", "must be from 1 to %d", int(MaxTTL.Minutes()))
	return checks.Err()
}

// draft is the reservation that an attempt wants to record.
func (s *Service) draft(ctx context.Context, p CreateParams, once idempotency.Request, attempt int) Reservation {
	now, actor := s.clock.Now(), events.Actor(ctx, events.ActorReservation)
	newID := s.newID
	if once.Asked() {
		newID = func() string { return derivedID(once, attempt) }
	}
	return Reservation{
		ID: newID(), ProductID: p.ProductID, StoreID: p.StoreID, CustomerID: p.CustomerID, Quantity: p.Quantity,
		TTLSeconds: int64(p.TTL / time.Second), Status: protocol.Pending, Version: 1, Actor: actor, UpdatedBy: actor,
		ExpiresAt: events.FormatTime(now.Add(p.TTL)), CreatedAt: events.FormatTime(now), UpdatedAt: events.FormatTime(now),
	}
}

// attemptSpace makes the derived ids differ from any other name-based UUID.
var attemptSpace = uuid.MustParse("5ad3e3a0-6d5c-4b7e-9a43-3e1f6a3f5d10")

// derivedID returns the id of an attempt of a request with a key: the same in
// every retry, in both services, whatever was lost in between (UUIDv5,
// RFC 9562, section 5.5). The lengths keep two different pairs of caller and
// key from spelling the same name.
func derivedID(once idempotency.Request, attempt int) string {
	name := fmt.Sprintf("%d:%s%d:%s%d", len(once.Caller), once.Caller, len(once.Key), once.Key, attempt)
	return uuid.NewSHA1(attemptSpace, []byte(name)).String()
}

// createAttempt is a create under one id.
type createAttempt struct {
	service  *Service
	once     idempotency.Request
	number   int // from 1
	draft    Reservation
	result   Reservation
	replayed bool
	recorded bool // the row is in the database
	next     int  // the attempt to make instead, when this one's id is used up; otherwise 0
}

// run makes the attempt. It sets next or result unless it returns an error.
func (a *createAttempt) run(ctx context.Context) error {
	switch step, err := a.look(ctx, protocol.Choose); {
	case err != nil:
		return err
	case step != protocol.Ask:
		return a.take(ctx, step)
	}
	a.service.creates.begin(a.draft.ID)
	defer func() { a.service.creates.end(a.draft.ID, a.recorded) }()

	answer, err := a.service.holder.Hold(ctx, a.draft)
	switch {
	case errors.Is(err, ErrNothingDone):
		a.service.counts.outcome(OutcomeUnavailable)
		return stockUnavailable(err)
	case err != nil:
		return a.decide(ctx, err)
	}
	switch answer.Outcome {
	case HoldGranted:
		a.draft.ExpiresAt = answer.ExpiresAt
		return a.record(ctx)
	case HoldSettled:
		step, err := a.look(ctx, protocol.Refused)
		if err != nil {
			return err
		}
		return a.take(ctx, step)
	case HoldMismatch:
		return idempotency.Reused()
	case HoldInsufficient:
		a.service.counts.outcome(OutcomeInsufficient)
		return problem.Insufficient(answer.Available, a.draft.Quantity)
	case HoldNoRow:
		a.service.counts.outcome(OutcomeNoRow)
		return problem.New(problem.NotFound, "There is no stock of product %s in store %s.", a.draft.ProductID, a.draft.StoreID)
	case HoldProductDeleted:
		a.service.counts.outcome(OutcomeDeleted)
		return problem.New(problem.ProductDeleted, "Product %s was deleted: it takes no more reservations.", a.draft.ProductID)
	default:
		return fmt.Errorf("unknown hold outcome %d", answer.Outcome)
	}
}

// look reads the saved result and the row under the attempt's id, and asks the
// protocol what to do. A request without a key has an id that nobody knows.
func (a *createAttempt) look(
	ctx context.Context, rule func(saved, forgotten bool, row protocol.Status) protocol.Step,
) (protocol.Step, error) {
	if !a.once.Asked() {
		return rule(false, false, protocol.Absent), nil
	}
	reader := resultReader{ctx, a.service.repo, a.once}
	saved, err := idempotency.Replay(reader, a.once, &a.result)
	if err != nil {
		return 0, err
	}
	row, _, err := a.service.repo.Reservation(ctx, a.draft.ID)
	if err != nil {
		return 0, err
	}
	oldest := events.FormatTime(a.service.clock.Now().Add(-idempotency.Promised))
	return rule(saved, row.CreatedAt <= oldest, row.Status), nil
}

// take does a step that look found.
func (a *createAttempt) take(ctx context.Context, step protocol.Step) error {
	switch step {
	case protocol.Replay:
		a.replayed = true
		return nil
	case protocol.Adopt:
		return a.record(ctx)
	case protocol.NextAttempt:
		return a.findNext(ctx)
	default:
		return fmt.Errorf("unexpected step %d of reservation %s", step, a.draft.ID)
	}
}

// findNext sets next to the attempt that is recorded for the key, or records the
// one after this.
func (a *createAttempt) findNext(ctx context.Context) error {
	if !a.once.Asked() {
		a.next = a.number + 1
		return nil
	}
	recorded, err := a.service.repo.Attempt(ctx, a.once)
	if err != nil {
		return err
	}
	if a.next = recorded; recorded > a.number {
		return nil
	}
	return a.service.write(ctx, a.leave)
}

// leave records that this attempt is over: a retry goes on with the next one,
// or with a later one that is recorded already.
func (a *createAttempt) leave(c *change) error {
	a.next = a.number + 1
	if !a.once.Asked() {
		return nil
	}
	recorded, err := c.tx.Attempt(a.once)
	if err != nil {
		return err
	}
	if recorded > a.number {
		a.next = recorded
		return nil
	}
	return c.tx.SetAttempt(a.once, a.next)
}

// record writes the reservation after its hold was granted, or takes the row
// that the repair or another request put there.
func (a *createAttempt) record(ctx context.Context) error {
	var step protocol.Step
	err := a.service.write(ctx, func(c *change) error {
		a.next = 0
		saved, err := idempotency.Replay(c.tx, a.once, &a.result)
		if err != nil {
			return err
		}
		// The row is almost always absent: inserting it is the look-up.
		var inserted bool
		if !saved {
			if inserted, err = c.insert(a.draft); err != nil {
				return err
			}
		}
		var row Reservation
		if !inserted {
			if row, _, err = c.tx.Reservation(a.draft.ID); err != nil {
				return err
			}
		}
		switch step = protocol.Granted(saved, row.Status); step {
		case protocol.Insert:
			a.result = a.draft
			return idempotency.Save(c.tx, a.once, a.result)
		case protocol.Adopt:
			return a.adopt(c, row)
		case protocol.NextAttempt:
			return a.leave(c)
		default:
			return nil
		}
	})
	if err != nil {
		a.service.unsettled() // the hold stands, and its retry may never come
		return err
	}
	a.replayed = step == protocol.Replay
	a.recorded = step == protocol.Insert || step == protocol.Adopt
	if step == protocol.Insert {
		a.service.counts.outcome(OutcomeCreated)
		a.service.scheduled(a.draft.ExpiresAt)
	}
	return nil
}

// adopt makes a row that is there the answer to the request, provided that it
// is what the request asked for.
func (a *createAttempt) adopt(c *change, row Reservation) error {
	if !row.same(a.draft) {
		return idempotency.Reused()
	}
	a.result = row
	return idempotency.Save(c.tx, a.once, row)
}

// decide settles a create whose outcome in stock is unknown: unless the row
// appeared meanwhile, the id becomes a cancelled reservation, so that a hold
// which comes late, or came and whose answer was lost, is released.
func (a *createAttempt) decide(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), decideLimit)
	defer cancel()
	var step protocol.Step
	var saved bool
	var reused error
	aborted := a.draft
	err := a.service.write(ctx, func(c *change) (err error) {
		// A result of another request under this key is told to the caller, but
		// the id must be decided all the same.
		if saved, reused = idempotency.Replay(c.tx, a.once, &a.result); reused != nil &&
			problem.CodeOf(reused) != problem.IdempotencyKeyReused {
			return reused
		}
		row, _, err := c.tx.Reservation(a.draft.ID)
		if err != nil {
			return err
		}
		step = protocol.TimedOut(row.Status)
		switch {
		case step == protocol.InsertAborted:
			if aborted, err = c.insertAborted(a.draft); err != nil {
				return err
			}
			return a.leave(c)
		case step == protocol.Adopt && !saved && reused == nil:
			return a.adopt(c, row)
		default:
			return nil
		}
	})
	if err != nil {
		a.service.unsettled()
		return err
	}
	a.recorded, a.next = true, 0 // the retry goes on, not this request
	if step == protocol.InsertAborted {
		a.service.counts.outcome(OutcomeAborted)
		a.service.settle(ctx, []Reservation{aborted})
	}
	switch a.replayed = saved; {
	case reused != nil:
		return reused
	case saved || step == protocol.Adopt:
		return nil
	default:
		return stockUnavailable(cause)
	}
}

// insert records a pending reservation, unless its id has a row, and reports
// whether it did.
func (c *change) insert(r Reservation) (inserted bool, err error) {
	if inserted, err = c.tx.Insert(r); err != nil || !inserted {
		return false, err
	}
	return true, c.append(r.Version, events.ReservationCreated{
		ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, CustomerID: r.CustomerID,
		ExpiresAt: r.ExpiresAt,
	})
}

// insertAborted records a reservation that never came to be. Its id has no row.
func (c *change) insertAborted(r Reservation) (Reservation, error) {
	c.meta.Actor = events.ActorReservation // no caller asked for the cancellation
	r.Status, r.Reason, r.UpdatedAt, r.UpdatedBy = protocol.Cancelled, events.ReasonAborted, c.at, c.meta.Actor
	inserted, err := c.tx.Insert(r)
	if err == nil && !inserted {
		err = ErrConflict // the id had no row when it was read
	}
	if err != nil {
		return r, err
	}
	return r, c.append(r.Version, events.ReservationCancelled{
		ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Reason: r.Reason, Aborted: true,
	})
}

// resultReader looks up saved results outside a transaction.
type resultReader struct {
	ctx  context.Context
	repo Reader
	once idempotency.Request
}

func (r resultReader) FindResult(_, _ string) (idempotency.Saved, bool, error) {
	return r.repo.Result(r.ctx, r.once)
}

func stockUnavailable(cause error) error {
	return problem.Unavailable(problem.StockUnavailable, retryAfter, cause,
		"Stock does not answer at the moment. Send the request again; with the same Idempotency-Key it reserves once.")
}
