package product

import (
	"context"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

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
// normal form are the same, in any script: texts are compared by comparing their
// folded forms. Lower case alone is not enough: Σ has two (Unicode, simple case
// folding).
func Fold(text string) string { return norm.NFC.String(strings.Map(fold, norm.NFC.String(text))) }

func fold(r rune) rune {
	if r <= unicode.MaxASCII {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	// The runes that differ only in case form a ring; the least represents all.
	// A Latin letter replaces signs such as the Kelvin sign.
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}
