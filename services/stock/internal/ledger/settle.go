package ledger

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
)

// MaxSettledLines bounds the lines of a settlement: those of the hold, and the
// rows that took returned units of other stores.
const MaxSettledLines = 10 * MaxLines

// SettlementOutcome is the effect of a settlement, for the metrics.
type SettlementOutcome string

// settlementOutcomes are the words for the kinds of progress.
var settlementOutcomes = map[protocol.Progress]SettlementOutcome{
	protocol.ProgressApplied:       "applied",
	protocol.ProgressRepeated:      "repeated",
	protocol.ProgressOvertaken:     "overtaken",
	protocol.ProgressTombstoned:    "tombstoned",
	protocol.ProgressContradiction: "contradiction",
}

// SettlementOutcomes are all of them.
func SettlementOutcomes() []SettlementOutcome {
	return slices.Sorted(maps.Values(settlementOutcomes))
}

// SettleParams is a decision of a reservation about the units of its hold.
type SettleParams struct {
	ReservationID string
	Target        protocol.Target
	Reason        string // of a release: inventory.ReasonCancelled, ReasonExpired or ReasonAborted
	Actor         string // the actor of the decision; empty: unknown
	Traceparent   string
}

func (p *SettleParams) check(checks *problem.Checks) {
	checks.Word("reservation_id", p.ReservationID, 1, 64)
	checks.Text("actor", p.Actor, 0, maxActor)
	if p.Target.Whole != "" || len(p.Target.Lines) == 0 {
		checks.Require(p.Target.Whole == protocol.Commit || p.Target.Whole == protocol.Release,
			"settlement", "must be commit or release")
		checks.Require(len(p.Target.Lines) == 0, "lines", "must be left out of a settlement of all units")
		return
	}
	if len(p.Target.Lines) > MaxSettledLines {
		checks.Range("lines", int64(len(p.Target.Lines)), 1, MaxSettledLines)
		return
	}
	named := make(map[RowKey]bool, len(p.Target.Lines))
	for _, l := range p.Target.Lines {
		checkKey(checks, l.ProductID, "store_id", l.StoreID)
		checks.Range("quantity", l.Quantity, 0, MaxQuantity)
		checks.Range("committed", l.Committed, 0, MaxQuantity)
		checks.Range("released", l.Released, 0, MaxQuantity)
		checks.Range("returned", l.Returned, 0, MaxQuantity)
		checks.Range("restocked", l.Restocked, 0, MaxSettledLines*MaxQuantity)
		key := RowKey{l.ProductID, l.StoreID}
		checks.Require(!named[key], "lines", "must not name the same row twice")
		named[key] = true
	}
}

// Settle settles the holds of reservations, in one transaction, and returns the
// progress of each. A settlement that is repeated or overtaken changes nothing. A
// contradiction is refused, counted and logged: it would mean that the protocol
// was violated.
func (s *Service) Settle(ctx context.Context, list []SettleParams) ([]protocol.Progress, error) {
	var checks problem.Checks
	checks.Range("settlements", int64(len(list)), 1, MaxHolds)
	for i := range list {
		list[i].check(&checks)
	}
	if err := checks.Err(); err != nil {
		return nil, err
	}
	made, err := write(ctx, s, settleNeeds(list), func(c *change) ([]protocol.Progress, error) {
		made := make([]protocol.Progress, len(list))
		for i := range list {
			c.meta.Actor = cmp.Or(list[i].Actor, inventory.ActorReservation)
			c.meta.Traceparent = list[i].Traceparent
			var err error
			if made[i], err = c.settle(&list[i]); err != nil {
				return nil, err
			}
		}
		return made, nil
	})
	if err != nil {
		return nil, err
	}
	for i, progress := range made {
		s.countSettlement(progress)
		if progress == protocol.ProgressContradiction {
			s.contradiction(ctx, list[i])
		}
	}
	return made, nil
}

// SettleByEvent is Settle for one reservation whose hold was most likely settled by
// the direct call before the event arrived: it reads the hold first, and writes
// only if there is something to do.
func (s *Service) SettleByEvent(ctx context.Context, p SettleParams) error {
	hold, _, err := s.repo.Hold(ctx, p.ReservationID)
	if err != nil {
		return err
	}
	switch progress := protocol.SettleTo(hold.State, hold.Lines, p.Target).Progress; progress {
	case protocol.ProgressRepeated, protocol.ProgressOvertaken:
		s.countSettlement(progress)
		return nil
	}
	_, err = s.Settle(ctx, []SettleParams{p})
	return err
}

func (s *Service) countSettlement(progress protocol.Progress) {
	if s.counts.Settlement != nil {
		s.counts.Settlement(settlementOutcomes[progress])
	}
}

func (s *Service) contradiction(ctx context.Context, p SettleParams) {
	if s.counts.Contradiction != nil {
		s.counts.Contradiction()
	}
	s.logger.ErrorContext(ctx, "settle refused: it contradicts the hold",
		slog.String("reservation_id", p.ReservationID), slog.String("settlement", string(p.Target.Whole)), slog.Any("lines", p.Target.Lines))
}

func (c *change) settle(p *SettleParams) (protocol.Progress, error) {
	hold, _, err := c.tx.Hold(p.ReservationID)
	if err != nil {
		return 0, err
	}
	settled := protocol.SettleTo(hold.State, hold.Lines, p.Target)
	switch settled.Progress {
	case protocol.ProgressApplied:
		fits, err := c.restockFits(settled)
		if err != nil {
			return 0, err
		}
		if !fits {
			return protocol.ProgressContradiction, nil
		}
		return settled.Progress, c.applySettled(p, hold, settled)
	case protocol.ProgressTombstoned:
		inserted, err := c.tx.InsertHold(Hold{
			ReservationID: p.ReservationID, State: settled.State, CreatedAt: c.at, SettledAt: c.at, ExpiresAt: c.at,
		})
		if err == nil && !inserted {
			err = ErrConflict // it was absent when it was read
		}
		return settled.Progress, err
	default:
		return settled.Progress, nil
	}
}

// restockFits reports whether the returned units fit into their rows.
func (c *change) restockFits(settled protocol.Settled) (bool, error) {
	for i, m := range settled.Moves {
		if m.Restock == 0 {
			continue
		}
		row, _, err := c.row(settled.Lines[i].ProductID, settled.Lines[i].StoreID)
		if err != nil || row.Quantity-m.Commit+m.Restock > MaxQuantity {
			return false, err
		}
	}
	return true, nil
}

// applySettled moves the units and saves the totals. Rows that are created must be
// there before the totals that name them.
func (c *change) applySettled(p *SettleParams, hold Hold, settled protocol.Settled) error {
	for i := range settled.Lines {
		if err := c.moveUnits(p, settled.Lines[i], settled.Moves[i]); err != nil {
			return err
		}
	}
	if settledNothing(hold.Lines) && protocol.WholeOf(settled.Lines) != "" {
		return c.tx.SettleHold(p.ReservationID, settled.State, c.at)
	}
	return c.tx.SetTotals(hold, settled.Lines, settled.State, c.at)
}

// settledNothing reports whether all units of a hold are held.
func settledNothing(lines []Line) bool {
	for _, l := range lines {
		if l.Totals != (protocol.Totals{}) {
			return false
		}
	}
	return true
}

// moveUnits moves the units of one row: each kind of move is a version of the row
// with its event.
func (c *change) moveUnits(p *SettleParams, l Line, m protocol.Move) error {
	if m.Commit > 0 {
		if err := c.sell(p, l, m.Commit); err != nil {
			return err
		}
	}
	if m.Release > 0 {
		if err := c.release(p, l, m.Release); err != nil {
			return err
		}
	}
	if m.Restock > 0 {
		return c.restock(p, l, m.Restock)
	}
	return nil
}

// sell takes held units out of a row. Quantity and reserved fall alike, so the row
// neither recovers nor becomes low.
func (c *change) sell(p *SettleParams, l Line, units int64) error {
	row, err := c.seenRow(l.ProductID, l.StoreID, nil)
	if err != nil {
		return err
	}
	before := row.Quantity
	row = c.update(row, func(r *Row) {
		r.Quantity -= units
		r.Reserved -= units
	})
	if err := c.move(row, MovementSold, -units, inventory.ReasonSale, p.ReservationID); err != nil {
		return err
	}
	return c.appendEvent(row.Version, inventory.StockUpdated{
		ProductID: l.ProductID, StoreID: l.StoreID, PreviousQuantity: before, NewQuantity: row.Quantity,
		Change: -units, Reason: inventory.ReasonSale, ReservationID: p.ReservationID,
	})
}

// release makes held units of a row available again.
func (c *change) release(p *SettleParams, l Line, units int64) error {
	row, err := c.seenRow(l.ProductID, l.StoreID, nil)
	if err != nil {
		return err
	}
	reason := p.Reason
	if p.Target.Whole == "" { // the rest of a sale has no reason of its own
		reason = cmp.Or(reason, inventory.ReasonCancelled)
	}
	row = c.update(row, func(r *Row) { r.Reserved -= units })
	err = c.appendEvent(row.Version, inventory.StockReleased{
		ReservationID: p.ReservationID, ProductID: l.ProductID, StoreID: l.StoreID, Quantity: units, Reason: reason,
	})
	if err != nil {
		return err
	}
	_, err = c.reportLow(row)
	return err
}
