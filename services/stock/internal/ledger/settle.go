package ledger

import (
	"cmp"
	"context"
	"log/slog"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
)

// SettleParams is the end of a reservation.
type SettleParams struct {
	ReservationID string
	Settlement    protocol.Settlement
	Reason        string // of a release: inventory.ReasonCancelled, ReasonExpired or ReasonAborted
	Actor         string // the actor of the end; empty: unknown
	Traceparent   string
}

// Settle settles the holds of reservations, in one transaction, and returns the
// effect of each. A repetition changes nothing. A contradiction is refused,
// counted and logged: it would mean that the protocol was violated.
func (s *Service) Settle(ctx context.Context, list []SettleParams) ([]protocol.Effect, error) {
	var checks problem.Checks
	checks.Range("settlements", int64(len(list)), 1, MaxHolds)
	for _, p := range list {
		checks.Word("reservation_id", p.ReservationID, 1, 64)
		checks.Text("actor", p.Actor, 0, maxActor)
		checks.Require(p.Settlement == protocol.Commit || p.Settlement == protocol.Release,
			"settlement", "must be commit or release")
	}
	if err := checks.Err(); err != nil {
		return nil, err
	}
	effects, err := write(ctx, s, func(c *change) ([]protocol.Effect, error) {
		effects := make([]protocol.Effect, len(list))
		for i := range list {
			c.meta.Actor = cmp.Or(list[i].Actor, inventory.ActorReservation)
			c.meta.Traceparent = list[i].Traceparent
			var err error
			if effects[i], err = c.settle(&list[i]); err != nil {
				return nil, err
			}
		}
		return effects, nil
	})
	if err != nil {
		return nil, err
	}
	for i, effect := range effects {
		if effect == protocol.Contradiction {
			s.contradiction(ctx, list[i])
		}
	}
	return effects, nil
}

// SettleByEvent is Settle for one reservation whose hold was most likely settled by
// the direct call before the event arrived: it reads the hold first, and writes
// only if there is something to do.
func (s *Service) SettleByEvent(ctx context.Context, p SettleParams) error {
	state, err := s.repo.HoldState(ctx, p.ReservationID)
	if err != nil {
		return err
	}
	if _, effect := protocol.Settle(state, p.Settlement); effect == protocol.Repeated {
		return nil
	}
	_, err = s.Settle(ctx, []SettleParams{p})
	return err
}

func (s *Service) contradiction(ctx context.Context, p SettleParams) {
	if s.counts.Contradiction != nil {
		s.counts.Contradiction()
	}
	s.logger.ErrorContext(ctx, "settle refused: it contradicts the hold",
		slog.String("reservation_id", p.ReservationID), slog.String("settlement", string(p.Settlement)))
}

func (c *change) settle(p *SettleParams) (protocol.Effect, error) {
	hold, _, err := c.tx.Hold(p.ReservationID)
	if err != nil {
		return 0, err
	}
	state, effect := protocol.Settle(hold.State, p.Settlement)
	switch effect {
	case protocol.Applied:
		if err := c.tx.SettleHold(p.ReservationID, state, c.at); err != nil {
			return 0, err
		}
		for _, l := range hold.Lines {
			if err := c.settleLine(p, l); err != nil {
				return 0, err
			}
		}
	case protocol.Tombstoned:
		inserted, err := c.tx.InsertHold(Hold{ReservationID: p.ReservationID, State: state, CreatedAt: c.at, SettledAt: c.at, ExpiresAt: c.at})
		if err == nil && !inserted {
			err = ErrConflict // it was absent when it was read
		}
		if err != nil {
			return 0, err
		}
	}
	return effect, nil
}

// settleLine sells a line's units or makes them available again. A sale changes
// quantity and reserved alike, so only a release can let a row recover, and neither
// can make a row low.
func (c *change) settleLine(p *SettleParams, l Line) error {
	row, err := c.seenRow(l.ProductID, l.StoreID, nil)
	if err != nil {
		return err
	}
	if p.Settlement == protocol.Release {
		row = c.update(row, func(r *Row) { r.Reserved -= l.Quantity })
		err := c.appendEvent(row.Version, inventory.StockReleased{
			ReservationID: p.ReservationID, ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity, Reason: p.Reason,
		})
		if err != nil {
			return err
		}
		_, err = c.reportLow(row)
		return err
	}
	before := row.Quantity
	row = c.update(row, func(r *Row) {
		r.Quantity -= l.Quantity
		r.Reserved -= l.Quantity
	})
	if err := c.move(row, MovementSold, -l.Quantity, inventory.ReasonSale, p.ReservationID); err != nil {
		return err
	}
	return c.appendEvent(row.Version, inventory.StockUpdated{
		ProductID: l.ProductID, StoreID: l.StoreID, PreviousQuantity: before, NewQuantity: row.Quantity,
		Change: -l.Quantity, Reason: inventory.ReasonSale, ReservationID: p.ReservationID,
	})
}
