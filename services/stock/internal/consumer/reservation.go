package consumer

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/services/stock/internal/ledger"
)

// reservation settles the hold of a reservation that ended.
func (c Consumer) reservation(ctx context.Context, e events.Event) error {
	p := ledger.SettleParams{ReservationID: e.AggregateID, Actor: e.Actor, Traceparent: events.Traceparent(ctx)}
	switch e.Type {
	case inventory.TypeReservationConfirmed:
		p.Settlement = protocol.Commit
	case inventory.TypeReservationExpired:
		p.Settlement, p.Reason = protocol.Release, inventory.ReasonExpired
	case inventory.TypeReservationCancelled:
		cancelled, err := events.PayloadAs[inventory.ReservationCancelled](e)
		if err != nil {
			return err
		}
		p.Settlement, p.Reason = protocol.Release, inventory.ReleaseReason(cancelled.Reason)
	}
	return c.ledger.SettleByEvent(ctx, p)
}
