package reservation

import (
	"cmp"
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// Confirm turns a pending reservation into a sale. Repeating a successful confirm
// returns the same; a cancelled reservation is an InvalidState problem, an expired
// one ReservationExpired, whether or not the expiry has ended it yet. replayed
// reports that the reservation is the saved result of an earlier request.
func (s *Service) Confirm(ctx context.Context, id string, once idempotency.Request) (Reservation, bool, error) {
	return s.finish(ctx, id, once, protocol.Confirmed, "")
}

// Cancel gives a pending reservation up; the rules are those of Confirm.
func (s *Service) Cancel(ctx context.Context, id, reason string, once idempotency.Request) (Reservation, bool, error) {
	const maxReason = 200
	var checks problem.Checks
	reason = problem.UnixLines(reason)
	checks.Lines("reason", reason, 0, maxReason)
	checks.Require(!inventory.IsReservedReason(reason), "reason", "must not be %q, which only the system itself gives", reason)
	if err := checks.Err(); err != nil {
		return Reservation{}, false, err
	}
	return s.finish(ctx, id, once, protocol.Cancelled, cmp.Or(reason, inventory.ReasonManualCancellation))
}

func (s *Service) finish(
	ctx context.Context, id string, once idempotency.Request, to protocol.Status, reason string,
) (r Reservation, replayed bool, err error) {
	f, err := write(ctx, s, func(c *change) (f finished, err error) {
		if f.result, f.replayed, err = idempotency.Replay(c.tx, once, c.saved); err != nil || f.replayed {
			return f, err
		}
		if f.result, err = c.get(id); err != nil {
			return f, err
		}
		if f.result.Status != to {
			if err := c.checkPending(f.result); err != nil {
				return f, err
			}
			if f.result, err = c.endReservation(f.result, to, reason); err != nil {
				return f, err
			}
			f.ended = true
		}
		return f, idempotency.Save(c.tx, once, c.saved, f.result)
	})
	if err != nil {
		return Reservation{}, false, err
	}
	if f.ended {
		s.counts.outcome(outcomeOf(to))
	}
	// Also after a repetition: the first call's settle may have been lost.
	s.settle(ctx, []Reservation{f.result})
	return f.result, f.replayed, nil
}

// finished is the outcome of the transaction of a confirm or a cancel.
type finished struct {
	result   Reservation
	replayed bool // result was saved by an earlier request
	ended    bool // this call ended the reservation
}

// checkPending refuses to end a reservation that is over already.
func (c *change) checkPending(r Reservation) error {
	switch {
	case r.Status == protocol.Expired, r.Status == protocol.Pending && !r.ExpiresAt.After(c.at):
		return problem.New(problem.ReservationExpired, "The reservation expired at %s.", clock.Text(r.ExpiresAt))
	case r.Status != protocol.Pending:
		return problem.New(problem.InvalidState, "The reservation is %s.", r.Status)
	default:
		return nil
	}
}

// endReservation writes the end of a pending reservation and its event.
func (c *change) endReservation(r Reservation, to protocol.Status, reason string) (Reservation, error) {
	r = r.ended(to)
	r.Reason, r.UpdatedAt, r.UpdatedBy = reason, c.at, c.meta.Actor
	r.Version++
	if err := c.tx.SetStatus(r); err != nil {
		return r, err
	}
	product, store, quantity := r.Row()
	switch to {
	case protocol.Confirmed:
		return r, c.appendEvent(r.Version, inventory.ReservationConfirmed{
			ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, ConfirmedAt: clock.Text(c.at),
			CustomerID: r.CustomerID, ReservationState: r.state(),
		})
	case protocol.Cancelled:
		return r, c.appendEvent(r.Version, inventory.ReservationCancelled{
			ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, Reason: reason,
			CustomerID: r.CustomerID, ReservationState: r.state(),
		})
	default:
		return r, c.appendEvent(r.Version, inventory.ReservationExpired{
			ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, ExpiredAt: clock.Text(c.at),
			CustomerID: r.CustomerID, ReservationState: r.state(),
		})
	}
}
