package reservation

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// extended is the outcome of the transaction of an extend.
type extended struct {
	result   Reservation
	replayed bool // result was saved by an earlier request
	moved    bool // this call moved the time
}

// MaxLife returns the longest life of a reservation, with all its extends.
func (s *Service) MaxLife() time.Duration { return s.maxLife }

// Extend lets a pending reservation expire after ttl from now, unless it expires
// later already: the time never moves to an earlier one. A reservation that is over
// is an InvalidState problem, and a ReservationExpired one when its time was over,
// as for Confirm. replayed reports that the reservation is the saved result of an
// earlier request.
func (s *Service) Extend(
	ctx context.Context, id string, ttl time.Duration, once idempotency.Request,
) (r Reservation, replayed bool, err error) {
	var checks problem.Checks
	checks.Require(ttl >= MinTTL && ttl <= s.maxLife, "ttl_minutes", "must be from 1 to %d", int(s.maxLife.Minutes()))
	if err := checks.Err(); err != nil {
		return Reservation{}, false, err
	}
	e, err := write(ctx, s, Needs{Reservations: []string{id}, Once: once}, func(c *change) (extended, error) {
		return c.extend(id, ttl, s.maxLife, once)
	})
	if err != nil {
		return Reservation{}, false, err
	}
	if e.moved {
		s.counts.outcome(OutcomeExtended)
		s.scheduled(e.result.ExpiresAt)
	}
	return e.result, e.replayed, nil
}

func (c *change) extend(id string, ttl, maxLife time.Duration, once idempotency.Request) (e extended, err error) {
	if e.result, e.replayed, err = idempotency.Replay(c.tx, once, c.saved); err != nil || e.replayed {
		return e, err
	}
	if e.result, err = c.get(id); err != nil {
		return e, err
	}
	latest := e.result.CreatedAt.Add(maxLife)
	expiresAt, extension := protocol.Extend(e.result.act(), e.result.ExpiresAt.UnixMilli(), c.at.UnixMilli(),
		c.at.Add(ttl).UnixMilli(), latest.UnixMilli())
	switch extension {
	case protocol.ExtendMoved:
		if e.result, err = c.moveExpiry(e.result, time.UnixMilli(expiresAt).UTC()); err != nil {
			return e, err
		}
		e.moved = true
	case protocol.ExtendKept:
	case protocol.ExtendTooLong:
		return e, problem.Invalid("ttl_minutes", "must end at %s or before, when the longest life of the reservation is over", clock.Text(latest))
	case protocol.ExtendExpired:
		return e, expiredProblem(e.result)
	default: // ExtendSettled
		return e, problem.New(problem.InvalidState, "The reservation is %s.", e.result.Status)
	}
	return e, idempotency.Save(c.tx, once, c.saved, e.result)
}

// moveExpiry writes the new time of a pending reservation and its event.
func (c *change) moveExpiry(r Reservation, expiresAt time.Time) (Reservation, error) {
	before := r.ExpiresAt
	r.ExpiresAt, r.UpdatedAt, r.UpdatedBy = expiresAt, c.at, c.meta.Actor
	r.Version++
	if err := c.tx.SetExpiry(r); err != nil {
		return r, err
	}
	product, store, quantity := r.Row()
	return r, c.appendEvent(r.Version, inventory.ReservationExtended{
		ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, CustomerID: r.CustomerID,
		ExpiresAt: clock.Text(r.ExpiresAt), PreviousExpiresAt: clock.Text(before), ReservationState: r.state(),
	})
}
