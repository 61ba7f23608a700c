// Package consumer turns the events that reservation listens to into calls of
// its core.
package consumer

import (
	"context"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

// Group is the consumer group of reservation.
const Group = "reservation"

// Types are the event types that Handle knows.
var Types = []events.Type{inventory.TypeStockReserved}

// Consumer handles events with the service.
type Consumer struct{ service *reservation.Service }

// New returns a Consumer.
func New(service *reservation.Service) Consumer { return Consumer{service} }

// Handle is an events.Handler: the event of a hold repairs a create that broke
// off. Stock or the database being away, or another change that came first, is
// temporary, never the event's fault.
func (c Consumer) Handle(ctx context.Context, e events.Event) error {
	reserved, err := events.PayloadAs[inventory.StockReserved](e)
	if err != nil {
		return err
	}
	if reserved.ReservationID == "" {
		return fmt.Errorf("%w: reservation_id is missing", events.ErrMalformed)
	}
	err = c.service.Repair(ctx, reserved.ReservationID, e.CreatedAt)
	switch problem.CodeOf(err) {
	case problem.StockUnavailable, problem.StorageUnavailable, problem.Conflict:
		return events.Temporary(err)
	default:
		return err
	}
}
