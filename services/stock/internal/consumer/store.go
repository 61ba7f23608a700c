package consumer

import (
	"context"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/services/stock/internal/ledger"
)

// store applies an event of a store to the local copy.
func (c Consumer) store(ctx context.Context, e events.Event) error {
	// Both payloads have id and version.
	s, err := events.PayloadAs[inventory.StoreDeleted](e)
	if err != nil {
		return err
	}
	if s.ID == "" || s.ID != e.AggregateID || s.Version < 1 {
		return fmt.Errorf("%w: id or version of the store is missing", events.ErrMalformed)
	}
	return c.ledger.ApplyStore(ctx, ledger.Store{ID: s.ID, Deleted: e.Type == inventory.TypeStoreDeleted, Version: s.Version})
}
