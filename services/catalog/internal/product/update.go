package product

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/sku"
)

// UpdateParams asks to replace all details of a product.
type UpdateParams struct {
	ID      string
	Details Details
	Version *int64 // the version that the caller saw; nil: any
}

// Update gives a product new details. A SKU that another product has, in this or
// another case or normal form, is a Conflict problem.
func (s *Service) Update(ctx context.Context, u UpdateParams) (p Product, err error) {
	u.Details = u.Details.normal()
	if err := u.Details.check(); err != nil {
		return Product{}, err
	}
	needs := Needs{IDs: []string{u.ID}, SKUs: []string{u.Details.SKU}}
	err = s.write(ctx, needs, func(c *change) error {
		current, err := c.current(u.ID, u.Version)
		if err != nil {
			return err
		}
		details := u.Details
		if details.SKU == sku.Normal(current.SKU) {
			details.SKU = current.SKU // earlier releases stored other normal forms
		} else if err := c.requireFree(details.SKU, current.ID); err != nil {
			return err
		}
		p, err = c.replace(current, details)
		return err
	})
	if err != nil {
		return Product{}, err
	}
	s.stock.Changed(ctx, Kept{Product: p})
	return p, nil
}

// replace gives a product other details, which are checked.
func (c *change) replace(p Product, d Details) (Product, error) {
	p.Details, p.Version, p.UpdatedAt = d, p.Version+1, c.at
	if err := c.tx.UpdateProduct(p); err != nil {
		return Product{}, err
	}
	return p, c.appendEvent(p.Version, inventory.ProductUpdated{Product: p.event()})
}
