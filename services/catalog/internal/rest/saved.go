package rest

import (
	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/catalog/internal/product"
)

// savedProduct is the document that is saved of a created product, so that a
// repeated request gets the same response. Documents are kept for two days, also
// over an upgrade: a field that changes its meaning takes another version.
type savedProduct struct {
	Format int `json:"format"` // the version of the document; 0 in those of releases that had none, with the same fields
	item
}

const savedProductFormat = 1

// SavedProducts returns the form in which the results of creates are saved.
func SavedProducts() idempotency.Format[product.Product] {
	return idempotency.Document[product.Product, savedProduct]{
		Newest:  savedProductFormat,
		Version: func(d savedProduct) int { return d.Format },
		Of:      func(p product.Product) savedProduct { return savedProduct{savedProductFormat, render(p)} },
		Result:  savedProduct.product,
	}
}

func (d savedProduct) product() (p product.Product, err error) {
	p = product.Product{
		ID: d.ID, Version: d.Version,
		Details: product.Details{SKU: d.SKU, Name: d.Name, Description: d.Description, Category: d.Category},
	}
	if p.Price, err = product.ParsePrice(d.Price.String()); err != nil {
		return p, err
	}
	if p.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return p, err
	}
	p.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return p, err
}
