package reservation

import (
	"context"
	"slices"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
)

// ReturnParams are sold units that the customer brings back.
type ReturnParams struct {
	ID        string
	Units     []protocol.Units
	Restock   bool   // adds them to the quantity of their row
	ToStoreID string // with Restock: to the row of the same product in this store; empty: their own
	Reason    string
}

// Validate returns a ValidationError problem with everything that is wrong with p.
func (p ReturnParams) Validate() error {
	var checks problem.Checks
	checks.Require(p.Units != nil, "lines", "is required")
	if p.ToStoreID != "" {
		checks.StoreID("to_store_id", p.ToStoreID)
		checks.Require(p.Restock, "to_store_id", "must not be given without restock")
	}
	if err := checks.Err(); err != nil {
		return err
	}
	if _, err := checkReason(p.Reason); err != nil {
		return err
	}
	return checkUnits(p.Units)
}

// Return takes sold units back, never more than were sold and not yet returned. The
// status stays. Stock learns of it like of an end; until it has acknowledged the
// return, the walk sends it again. replayed reports that the reservation is the saved
// result of an earlier request.
func (s *Service) Return(ctx context.Context, p ReturnParams, once idempotency.Request) (r Reservation, replayed bool, err error) {
	if err := p.Validate(); err != nil {
		return Reservation{}, false, err
	}
	p.Reason = problem.UnixLines(p.Reason)
	if err := s.checkTarget(ctx, p, once); err != nil {
		return Reservation{}, false, err
	}
	f, err := write(ctx, s, Needs{Reservations: []string{p.ID}, Once: once, Returns: true}, func(c *change) (f finished, err error) {
		if f.result, f.replayed, err = idempotency.Replay(c.tx, once, c.saved); err != nil || f.replayed {
			return f, err
		}
		if f.result, err = c.get(p.ID); err != nil {
			return f, err
		}
		if f.result, err = c.returnUnits(f.result, p, s.takesTotals()); err != nil {
			return f, err
		}
		f.applied = true
		return f, idempotency.Save(c.tx, once, c.saved, f.result)
	})
	if err != nil {
		return Reservation{}, false, err
	}
	if f.applied {
		s.counts.outcome(OutcomeReturned)
		s.settleReturns(ctx, []Reservation{f.result})
	}
	return f.result, f.replayed, nil
}

// checkTarget asks stock about the store that is to take the units, before the return
// is decided: stock refuses no settlement. A request that has a saved result is a
// replay, which needs no stock.
func (s *Service) checkTarget(ctx context.Context, p ReturnParams, once idempotency.Request) error {
	if p.ToStoreID == "" {
		return nil
	}
	if once.Asked() {
		if _, saved, err := s.repo.FindResult(ctx, once); err != nil || saved {
			return err
		}
	}
	products := make([]string, len(p.Units))
	for i, u := range p.Units {
		products[i] = u.ProductID
	}
	slices.Sort(products)
	return s.holder.CheckReturn(ctx, p.ToStoreID, slices.Compact(products))
}

func (c *change) returnUnits(before Reservation, p ReturnParams, takesTotals bool) (Reservation, error) {
	returned := protocol.Return(before.protocolLines(), p.Units, p.Restock, p.ToStoreID)
	switch returned.Returning {
	case protocol.ReturnApplied:
	case protocol.ReturnTooMany:
		return before, tooMany(p.Units, returned.Line, before, "sold and not yet returned", func(l protocol.Line) int64 {
			return l.Committed - l.Returned
		})
	default: // ReturnNoLine
		return before, noLine(returned.Line)
	}
	if !protocol.MayDecide(returned.Lines, takesTotals) {
		return before, stockWithoutTotals()
	}
	r := before.withTotals(returned.Lines)
	r.UpdatedAt, r.UpdatedBy = c.at, c.meta.Actor
	r.Version++
	if err := c.tx.SetTotals(before, r); err != nil {
		return r, err
	}
	if err := c.tx.RememberReturn(r.ID); err != nil {
		return r, err
	}
	product, store, quantity := r.Row()
	return r, c.appendEvent(r.Version, inventory.ReservationReturned{
		ReservationID: r.ID, ProductID: product, StoreID: store, Quantity: quantity, CustomerID: r.CustomerID,
		Units: eventUnits(p.Units), Restock: p.Restock, ToStoreID: p.ToStoreID, Reason: p.Reason, ReservationState: r.state(),
	})
}

// settleReturns notifies stock of reservations with returns, and forgets that it had
// not acknowledged them. When stock does not respond, a walk does the same.
func (s *Service) settleReturns(ctx context.Context, list []Reservation) {
	err := s.holder.Settle(ctx, list)
	if err == nil {
		err = s.forgetReturns(ctx, list)
	}
	if err != nil {
		s.unsettled()
	}
}

// forgetReturns notes that stock has acknowledged the returns of these versions of
// reservations. A later return stays remembered.
func (s *Service) forgetReturns(ctx context.Context, list []Reservation) error {
	needs := Needs{Returns: true}
	for _, r := range list {
		needs.Reservations = append(needs.Reservations, r.ID)
	}
	_, err := write(context.WithoutCancel(ctx), s, needs, func(c *change) (struct{}, error) {
		for _, r := range list {
			if err := c.tx.ForgetReturn(r.ID, r.Version); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}
