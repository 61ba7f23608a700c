// Package consumer turns the events that stock consumes into calls of the
// ledger.
package consumer

import (
	"context"
	"errors"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// Group is the consumer group of stock.
const Group = "stock"

// Types are the event types that Handle knows.
var Types = []events.Type{
	inventory.TypeProductCreated, inventory.TypeProductUpdated, inventory.TypeProductDeleted,
	inventory.TypeStoreUpdated, inventory.TypeStoreDeleted,
	inventory.TypeReservationConfirmed, inventory.TypeReservationCancelled, inventory.TypeReservationExpired,
	inventory.TypeReservationUpdated, inventory.TypeReservationReturned,
}

// Consumer handles events with the ledger.
type Consumer struct{ ledger *ledger.Service }

// New returns a Consumer.
func New(service *ledger.Service) Consumer { return Consumer{service} }

// Handle is an events.Handler. The failure of a database that is down, or that let
// another change come first, is temporary and never the event's fault.
func (c Consumer) Handle(ctx context.Context, e events.Event) error {
	var err error
	switch e.Type {
	case inventory.TypeProductCreated, inventory.TypeProductUpdated, inventory.TypeProductDeleted:
		err = c.product(ctx, e)
	case inventory.TypeStoreUpdated, inventory.TypeStoreDeleted:
		err = c.store(ctx, e)
	case inventory.TypeReservationConfirmed, inventory.TypeReservationCancelled, inventory.TypeReservationExpired,
		inventory.TypeReservationUpdated, inventory.TypeReservationReturned:
		err = c.reservation(ctx, e)
	default:
		return fmt.Errorf("unexpected event type %s", e.Type)
	}
	if problem.CodeOf(err) == problem.StorageUnavailable || errors.Is(err, ledger.ErrConflict) {
		return events.Temporary(err)
	}
	return err
}
