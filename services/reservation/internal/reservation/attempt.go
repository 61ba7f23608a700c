package reservation

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
)

// attempt is a create under one id.
type attempt struct {
	number int // from 1
	once   idempotency.Request
	draft  Reservation
	asked  *Request // of the draft; nil for units of one row
}

// needs are the records that the transactions of the attempt read.
func (a attempt) needs() Needs {
	return Needs{Reservations: []string{a.draft.ID}, Once: a.once, Attempt: true}
}

// attemptEnd is how an attempt ended: with a reservation, unless next is set.
type attemptEnd struct {
	result   Reservation
	replayed bool // result was saved by an earlier request
	recorded bool // the row of this attempt is in the database; valid also beside an error
	inserted bool // this attempt inserted it
	next     int  // the attempt to make instead when this one's id is used up; otherwise 0
}

// draft is the reservation that an attempt wants to record.
func (s *Service) draft(ctx context.Context, p CreateParams, once idempotency.Request, attempt int) Reservation {
	now, actor := s.clock.Now(), events.Actor(ctx, inventory.ActorReservation)
	newID := s.newID
	if once.Asked() {
		newID = func() string { return derivedID(once, attempt) }
	}
	r := Reservation{
		ID: newID(), ProductID: p.ProductID, StoreID: p.StoreID, CustomerID: p.CustomerID, Reference: p.Reference, Quantity: p.Quantity,
		TTLSeconds: int64(p.TTL / time.Second), Status: protocol.Pending, Version: 1, Actor: actor, UpdatedBy: actor,
		ExpiresAt: clock.Truncate(now.Add(p.TTL)), CreatedAt: clock.Truncate(now), UpdatedAt: clock.Truncate(now),
	}
	if p.Request != nil {
		r.RequestHash = p.Request.Hash()
		r = r.WithLines(p.Request.asked()) // until stock chose others
	}
	return r
}

// attemptSpace makes the derived ids differ from any other name-based UUID.
var attemptSpace = uuid.MustParse("5ad3e3a0-6d5c-4b7e-9a43-3e1f6a3f5d10")

// derivedID returns the id of an attempt of a request with a key: the same in every
// retry, in both services, after any loss (UUIDv5, RFC 9562, section 5.5). The lengths
// keep two different pairs of caller and key from spelling the same name.
func derivedID(once idempotency.Request, attempt int) string {
	name := fmt.Sprintf("%d:%s%d:%s%d", len(once.Caller), once.Caller, len(once.Key), once.Key, attempt)
	return uuid.NewSHA1(attemptSpace, []byte(name)).String()
}

// foundBefore is the data of the database about an attempt before stock is asked.
type foundBefore struct {
	result    Reservation // saved for the key
	saved     bool        // there is such a result
	row       protocol.Status
	forgotten bool // the row is older than results are kept
}

// look reads the saved result and the row under the attempt's id. A request
// without a key has an id that is new.
func (s *Service) look(ctx context.Context, a attempt) (f foundBefore, err error) {
	if !a.once.Asked() {
		return f, nil
	}
	document, found, err := s.repo.FindResult(ctx, a.once)
	if err != nil {
		return f, err
	}
	if found {
		if f.result, err = idempotency.Decode(document, a.once, s.saved); err != nil {
			return f, err
		}
	}
	row, _, err := s.repo.Reservation(ctx, a.draft.ID)
	if err != nil {
		return f, err
	}
	oldest := clock.Truncate(s.clock.Now().Add(-idempotency.Promised))
	f.saved, f.row, f.forgotten = found, row.Status, !row.CreatedAt.After(oldest)
	return f, nil
}

// skip returns the attempt that is recorded for the key, or records the one after
// this.
func (s *Service) skip(ctx context.Context, a attempt) (attemptEnd, error) {
	if !a.once.Asked() {
		return attemptEnd{next: a.number + 1}, nil
	}
	recorded, err := s.repo.Attempt(ctx, a.once)
	if err != nil || recorded > a.number {
		return attemptEnd{next: recorded}, err
	}
	next, err := write(ctx, s, a.needs(), func(c *change) (int, error) { return c.leave(a) })
	return attemptEnd{next: next}, err
}

// leave records that this attempt is over, and returns the one that a retry goes
// on with: the next one, or a later one that is recorded already.
func (c *change) leave(a attempt) (next int, err error) {
	if !a.once.Asked() {
		return a.number + 1, nil
	}
	recorded, err := c.tx.Attempt(a.once)
	if err != nil || recorded > a.number {
		return recorded, err
	}
	return a.number + 1, c.tx.SetAttempt(a.once, a.number+1)
}
