package consumer

import (
	"context"
	"encoding/json"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/services/stock/internal/ledger"
)

// decision is the part of the payloads of reservation's events that settles a
// hold. Events of the releases before totals have no lines.
type decision struct {
	Reason  string `json:"reason"`
	Aborted bool   `json:"aborted"`
	Lines   []struct {
		ProductID string `json:"product_id"`
		StoreID   string `json:"store_id"`
		Quantity  int64  `json:"quantity"`
		Confirmed int64  `json:"confirmed"`
		Released  int64  `json:"released"`
		Returned  int64  `json:"returned"`
		Restocked int64  `json:"restocked"`
	} `json:"lines"`
}

// target returns the totals of the decision, or, if it has none, the settlement of
// all units. An aborted create does not know the lines of its hold.
func (d decision) target(whole protocol.Settlement) protocol.Target {
	if len(d.Lines) == 0 || d.Aborted {
		return protocol.Target{Whole: whole}
	}
	lines := make([]protocol.Line, len(d.Lines))
	for i, l := range d.Lines {
		lines[i] = protocol.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Confirmed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		}
	}
	return protocol.Target{Lines: lines}
}

// reservation settles the hold of a reservation to the totals of its decision.
func (c Consumer) reservation(ctx context.Context, e events.Event) error {
	p := ledger.SettleParams{ReservationID: e.AggregateID, Actor: e.Actor, Traceparent: events.Traceparent(ctx)}
	var d decision
	if err := json.Unmarshal(e.Payload, &d); err != nil {
		return fmt.Errorf("%w: payload of %s: %w", events.ErrMalformed, e.Type, err)
	}
	var whole protocol.Settlement
	switch e.Type {
	case inventory.TypeReservationConfirmed:
		whole = protocol.Commit
	case inventory.TypeReservationExpired:
		whole, p.Reason = protocol.Release, inventory.ReasonExpired
	case inventory.TypeReservationCancelled:
		whole, p.Reason = protocol.Release, inventory.ReleaseReason(d.Reason)
	default: // has lines
		if len(d.Lines) == 0 {
			return fmt.Errorf("%w: the payload of %s has no lines", events.ErrMalformed, e.Type)
		}
	}
	p.Target = d.target(whole)
	return c.ledger.SettleByEvent(ctx, p)
}
