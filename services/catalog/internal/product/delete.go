package product

import (
	"context"

	"inventory.example/pkg/contract/inventory"
)

// DeleteParams asks for the end of a product.
type DeleteParams struct {
	ID      string
	Version *int64 // the version that the caller saw; nil: any
}

// Delete deletes a product: queries no longer find it, and its SKU is free. The
// deletion is its last version, so that a consumer can distinguish it from an
// update that arrives late.
func (s *Service) Delete(ctx context.Context, d DeleteParams) error {
	var p Product
	err := s.write(ctx, Needs{IDs: []string{d.ID}}, func(c *change) error {
		var err error
		if p, err = c.current(d.ID, d.Version); err != nil {
			return err
		}
		p.Version, p.UpdatedAt = p.Version+1, c.at
		if err := c.tx.DeleteProduct(p); err != nil {
			return err
		}
		return c.appendEvent(p.Version, inventory.ProductDeleted{ID: p.ID, SKU: p.SKU, Version: p.Version})
	})
	if err != nil {
		return err
	}
	s.stock.Changed(ctx, Kept{Product: p, Deleted: true})
	return nil
}
