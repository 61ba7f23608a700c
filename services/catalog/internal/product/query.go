package product

import (
	"context"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// Filter selects products.
type Filter struct {
	Category *string // exactly this one; nil: any
	Text     string  // part of the name or the SKU, in any case and normal form; empty: any
}

// Get returns a product.
func (s *Service) Get(ctx context.Context, id string) (Product, error) {
	p, found, err := s.repo.Product(ctx, id)
	if err == nil && !found {
		err = noProduct("id")
	}
	return p, err
}

// GetBySKU returns the product that has a SKU.
func (s *Service) GetBySKU(ctx context.Context, text string) (Product, error) {
	p, found, err := s.repo.ProductBySKU(ctx, text)
	if err == nil && !found {
		err = noProduct("SKU")
	}
	return p, err
}

// List returns a page of the products that match, in the order of their
// creation.
func (s *Service) List(ctx context.Context, filter Filter, page paging.Page) (paging.List[Product], error) {
	var checks problem.Checks
	if filter.Category != nil {
		checks.Text("category", *filter.Category, 0, MaxCategory)
	}
	checks.Text("q", filter.Text, 0, MaxName)
	if err := checks.Err(); err != nil {
		return paging.List[Product]{}, err
	}
	return s.repo.List(ctx, filter, page)
}

// Fold returns text in a form in which characters that differ only in case or
// normal form are the same, see sku.Fold.
func Fold(text string) string { return sku.Fold(text) }
