package reservation

import (
	"cmp"
	"context"

	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/protocol"
)

// Confirm turns a pending reservation into a sale. Repeating a confirm that
// worked answers the same; a reservation that was cancelled is an InvalidState
// problem, one whose time is over ReservationExpired, whether or not the
// expiry has seen it yet. replayed tells that the reservation is the saved
// result of an earlier request.
func (s *Service) Confirm(ctx context.Context, id string, once idempotency.Request) (Reservation, bool, error) {
	return s.finish(ctx, id, once, protocol.Confirmed, "")
}

// Cancel gives a pending reservation up; the rules are those of Confirm.
func (s *Service) Cancel(ctx context.Context, id, reason string, once idempotency.Request) (Reservation, bool, error) {
	const maxReason = 200
	var checks problem.Checks
	reason = problem.UnixLines(reason)
	checks.Lines("reason", reason, 0, maxReason)
	checks.Require(!events.IsReservedReason(reason), "reason", "must not be %q, which only the system itself gives", reason)
	if err := checks.Err(); err != nil {
		return Reservation{}, false, err
	}
	return s.finish(ctx, id, once, protocol.Cancelled, cmp.Or(reason, events.ReasonManualCancellation))
}

func (s *Service) finish(
	ctx context.Context, id string, once idempotency.Request, to protocol.Status, reason string,
) (r Reservation, replayed bool, err error) {
	ended := false
	err = s.write(ctx, func(c *change) error {
		var err error
		ended = false
		if replayed, err = idempotency.Replay(c.tx, once, &r); err != nil || replayed {
			return err
		}
		if r, err = c.get(id); err != nil {
			return err
		}
		if r.Status != to {
			if err := c.checkPending(r); err != nil {
				return err
			}
			if r, err = c.end(r, to, reason); err != nil {
				return err
			}
			ended = true
		}
		return idempotency.Save(c.tx, once, r)
	})
	if err != nil {
		return Reservation{}, false, err
	}
	if ended {
		s.counts.outcome(Outcome(to)) // they have the same names
	}
	// Also after a repetition: the first call's settle may have been lost.
	s.settle(ctx, []Reservation{r})
	return r, replayed, nil
}

// checkPending refuses to end a reservation that is over already.
func (c *change) checkPending(r Reservation) error {
	switch {
	case r.Status == protocol.Expired, r.Status == protocol.Pending && r.ExpiresAt <= c.at:
		return problem.New(problem.ReservationExpired, "The reservation's time was over at %s.", r.ExpiresAt)
	case r.Status != protocol.Pending:
		return problem.New(problem.InvalidState, "The reservation is %s.", r.Status)
	default:
		return nil
	}
}

// end writes the end of a pending reservation and its event.
func (c *change) end(r Reservation, to protocol.Status, reason string) (Reservation, error) {
	r.Status, r.Reason, r.UpdatedAt, r.UpdatedBy = to, reason, c.at, c.meta.Actor
	r.Version++
	if err := c.tx.SetStatus(r); err != nil {
		return r, err
	}
	switch to {
	case protocol.Confirmed:
		return r, c.append(r.Version, events.ReservationConfirmed{
			ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, ConfirmedAt: c.at,
		})
	case protocol.Cancelled:
		return r, c.append(r.Version, events.ReservationCancelled{
			ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Reason: reason,
		})
	default:
		return r, c.append(r.Version, events.ReservationExpired{
			ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, ExpiredAt: c.at,
		})
	}
}
