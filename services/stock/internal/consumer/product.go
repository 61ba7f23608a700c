package consumer

import (
	"context"
	"fmt"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/services/stock/internal/ledger"
)

// product applies an event of a product to the local copy.
func (c Consumer) product(ctx context.Context, e events.Event) error {
	// All three payloads have id, sku and version; a deletion has no name.
	p, err := events.PayloadAs[inventory.ProductUpdated](e)
	if err != nil {
		return err
	}
	if p.ID == "" || p.ID != e.AggregateID || p.Version < 1 {
		return fmt.Errorf("%w: id or version of the product is missing", events.ErrMalformed)
	}
	return c.ledger.ApplyProduct(ctx, ledger.Product{
		ID: p.ID, SKU: p.SKU, Name: p.Name, Deleted: e.Type == inventory.TypeProductDeleted, Version: p.Version,
	})
}
