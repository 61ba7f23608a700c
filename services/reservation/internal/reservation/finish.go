package reservation

import (
	"cmp"
	"context"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// ending is a request to end a reservation, whole or in part.
type ending struct {
	act    protocol.Status  // Confirmed or Cancelled
	units  []protocol.Units // nil: all that are held
	keep   bool             // of a confirm: the other units stay held
	reason string           // of a cancel
}

// Confirm sells units of a pending reservation, or all that are held when units is
// nil. With keep the others stay held, otherwise they are given back. Repeating a
// successful confirm of all units returns the same; a cancelled reservation is an
// InvalidState problem, an expired one ReservationExpired, whether or not the expiry
// has ended it yet. replayed reports that the reservation is the saved result of an
// earlier request.
func (s *Service) Confirm(
	ctx context.Context, id string, units []protocol.Units, keep bool, once idempotency.Request,
) (r Reservation, replayed bool, err error) {
	return s.finish(ctx, id, once, ending{act: protocol.Confirmed, units: units, keep: keep})
}

// Cancel gives units of a pending reservation back, or all that are held when units
// is nil; the rules are those of Confirm.
func (s *Service) Cancel(
	ctx context.Context, id string, units []protocol.Units, reason string, once idempotency.Request,
) (r Reservation, replayed bool, err error) {
	if reason, err = checkReason(reason); err != nil {
		return Reservation{}, false, err
	}
	return s.finish(ctx, id, once, ending{
		act: protocol.Cancelled, units: units, reason: cmp.Or(reason, inventory.ReasonManualCancellation),
	})
}

// checkReason returns a caller's reason as it is stored.
func checkReason(reason string) (string, error) {
	const maxReason = 200
	var checks problem.Checks
	reason = problem.UnixLines(reason)
	checks.Lines("reason", reason, 0, maxReason)
	checks.Require(!inventory.IsReservedReason(reason), "reason", "must not be %q, which only the system itself gives", reason)
	return reason, checks.Err()
}

func (s *Service) finish(
	ctx context.Context, id string, once idempotency.Request, e ending,
) (r Reservation, replayed bool, err error) {
	if err := checkUnits(e.units); err != nil {
		return Reservation{}, false, err
	}
	f, err := write(ctx, s, Needs{Reservations: []string{id}, Once: once}, func(c *change) (f finished, err error) {
		if f.result, f.replayed, err = idempotency.Replay(c.tx, once, c.saved); err != nil || f.replayed {
			return f, err
		}
		if f.result, err = c.get(id); err != nil {
			return f, err
		}
		if f.result, f.applied, err = c.finish(f.result, e, s.takesTotals()); err != nil {
			return f, err
		}
		return f, idempotency.Save(c.tx, once, c.saved, f.result)
	})
	if err != nil {
		return Reservation{}, false, err
	}
	switch {
	case f.applied && f.result.Status == protocol.Pending:
		s.counts.outcome(OutcomeUpdated)
	case f.applied:
		s.counts.outcome(outcomeOf(e.act))
	}
	// Also after a repetition: the first call's settle may have been lost.
	s.settle(ctx, []Reservation{f.result})
	return f.result, f.replayed, nil
}

// finished is the outcome of the transaction of a confirm or a cancel.
type finished struct {
	result   Reservation
	replayed bool // result was saved by an earlier request
	applied  bool // this call changed the reservation
}

// finish ends a reservation, or a part of it, unless the same act has ended it
// already.
func (c *change) finish(r Reservation, e ending, takesTotals bool) (Reservation, bool, error) {
	lines, expiresAt, at := r.protocolLines(), r.ExpiresAt.UnixMilli(), c.at.UnixMilli()
	var ended protocol.Ended
	if e.act == protocol.Confirmed {
		ended = protocol.Confirm(r.act(), lines, e.units, e.keep, expiresAt, at)
	} else {
		ended = protocol.Cancel(r.act(), lines, e.units, expiresAt, at)
	}
	switch ended.Ending {
	case protocol.EndApplied:
		if !protocol.MayDecide(ended.Lines, takesTotals) {
			return r, false, stockWithoutTotals()
		}
		r, err := c.applyEnd(r, ended, e)
		return r, true, err
	case protocol.EndRepeated:
		return r, false, nil
	case protocol.EndExpired:
		return r, false, expiredProblem(r)
	case protocol.EndSettled:
		return r, false, problem.New(problem.InvalidState, "The reservation is %s.", r.Status)
	case protocol.EndTooMany:
		return r, false, tooMany(e.units, ended.Line, r, "held", protocol.Line.Held)
	default: // EndNoLine
		return r, false, noLine(ended.Line)
	}
}

// applyEnd writes an end of a pending reservation, or of a part of it, and its
// event.
func (c *change) applyEnd(before Reservation, ended protocol.Ended, e ending) (Reservation, error) {
	r := before.withTotals(ended.Lines)
	r.Status = protocol.StatusOf(ended.Lines, ended.Act)
	if ended.Act != protocol.Pending {
		r.Reason = e.reason
		if ended.Act != r.Status {
			r.EndedBy = ended.Act
		}
	}
	r.UpdatedAt, r.UpdatedBy = c.at, c.meta.Actor
	r.Version++
	r = r.WithLines(r.AllLines())
	if err := c.saveTotals(before, r); err != nil {
		return r, err
	}
	if ended.Act == protocol.Pending {
		return r, c.appendEvent(r.Version, r.updatedEvent(e))
	}
	return r, c.appendEvent(r.Version, r.endedEvent(ended.Act))
}

// saveTotals stores a pending reservation after a decision about its units. Totals
// that follow from the status are not stored: a whole end is one short statement.
func (c *change) saveTotals(before, after Reservation) error {
	if before.FollowsStatus() && after.FollowsStatus() {
		return c.tx.SetStatus(after)
	}
	return c.tx.SetTotals(before, after)
}

// updatedEvent returns the event of a decision that leaves units held.
func (r Reservation) updatedEvent(e ending) inventory.ReservationUpdated {
	product, store, quantity := r.Row()
	return inventory.ReservationUpdated{
		ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, CustomerID: r.CustomerID,
		Change: string(e.act), Units: eventUnits(e.units), Reason: e.reason, ReservationState: r.state(),
	}
}

// endedEvent returns the event of a reservation that the act has ended at its last
// update.
func (r Reservation) endedEvent(act protocol.Status) events.Body {
	product, store, quantity := r.Row()
	at := clock.Text(r.UpdatedAt)
	switch act {
	case protocol.Confirmed:
		return inventory.ReservationConfirmed{
			ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, ConfirmedAt: at,
			CustomerID: r.CustomerID, ReservationState: r.state(),
		}
	case protocol.Cancelled:
		return inventory.ReservationCancelled{
			ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, Reason: r.Reason,
			CustomerID: r.CustomerID, ReservationState: r.state(),
		}
	default:
		return inventory.ReservationExpired{
			ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, ExpiredAt: at,
			CustomerID: r.CustomerID, ReservationState: r.state(),
		}
	}
}
