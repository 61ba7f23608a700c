package product

import (
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/idempotency"
)

// Create creates a product. A SKU that another product has, in this or another
// case or normal form, is a Conflict problem. replayed reports that the product
// is the saved result of an earlier request.
func (s *Service) Create(ctx context.Context, d Details, once idempotency.Request) (p Product, replayed bool, err error) {
	d = d.normal()
	if err := d.check(); err != nil {
		return Product{}, false, err
	}
	id := s.newID()
	needs := Needs{IDs: []string{id}, SKUs: []string{d.SKU}, Results: []idempotency.Request{once}}
	err = s.write(ctx, needs, func(c *change) error {
		var err error
		// A repeated request gets its first result even when the product is deleted.
		if p, replayed, err = idempotency.Replay(c.tx, once, s.saved); err != nil || replayed {
			return err
		}
		if p, err = c.create(id, d); err != nil {
			return err
		}
		return idempotency.Save(c.tx, once, s.saved, p)
	})
	return p, replayed, err
}

// create creates a product from checked details.
func (c *change) create(id string, d Details) (Product, error) {
	if err := c.requireFree(d.SKU, ""); err != nil {
		return Product{}, err
	}
	p := Product{ID: id, Details: d, Version: 1, CreatedAt: c.at, UpdatedAt: c.at}
	if err := c.tx.InsertProduct(p); err != nil {
		return Product{}, err
	}
	return p, c.appendEvent(p.Version, inventory.ProductCreated{Product: p.event()})
}
