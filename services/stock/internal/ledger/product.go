package ledger

import (
	"context"
	"sync"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/problem"
)

// Product is the local copy of a product of catalog.
type Product struct {
	ID      string
	SKU     string
	Name    string
	Deleted bool
	Version int64
}

// Products asks catalog, which owns the products.
type Products interface {
	// Product returns a product, or false when catalog has none with that id.
	// An error means that catalog could not be asked.
	Product(ctx context.Context, id string) (Product, bool, error)
	// ProductBySKU is Product for the present product of a SKU.
	ProductBySKU(ctx context.Context, sku string) (Product, bool, error)
}

// ApplyProduct stores a version of a product from catalog. An equal or older version
// changes nothing, so events may come twice and in any order.
func (s *Service) ApplyProduct(ctx context.Context, p Product) error {
	return s.repo.Write(ctx, productNeeds(p), func(tx Tx) error { return tx.SaveProduct(p) })
}

// currentProduct returns the present product from catalog, so that a product which
// was just created or deleted is known at once; while catalog does not respond, the
// local copy decides. A product that is unknown or deleted is a NotFound problem.
func (s *Service) currentProduct(ctx context.Context, id string) (Product, error) {
	p, found, err := s.products.Product(ctx, id)
	if err != nil {
		local, known, readErr := s.repo.Product(ctx, id)
		if readErr != nil {
			return Product{}, readErr
		}
		if !known {
			return Product{}, err
		}
		p, found = local, true
	}
	if !found || p.Deleted {
		return Product{}, noProduct(id)
	}
	return p, nil
}

// noProduct is the problem of a product that is unknown or deleted.
func noProduct(id string) error {
	return problem.New(problem.NotFound, "There is no product %s.", id)
}

// knownProduct returns a product from the local copy, and asks catalog only
// when the copy lacks it.
func (s *Service) knownProduct(ctx context.Context, id string) error {
	_, known, err := s.repo.Product(ctx, id)
	if err != nil || known {
		return err
	}
	_, err = s.currentProduct(ctx, id)
	return err
}

// productBySKU returns the present product of a SKU. Only catalog knows it: a local
// copy may be old, and the units would go to another product.
func (s *Service) productBySKU(ctx context.Context, text string) (Product, error) {
	product, found, err := s.products.ProductBySKU(ctx, sku.Normal(text))
	if err == nil && !found {
		err = problem.New(problem.NotFound, "There is no product with this SKU.")
	}
	return product, err
}

// lookups is the number of products of a request that are looked up at a time.
const lookups = 8

// inParallel calls do with 0 to n-1, a few at a time, and returns when all calls
// have.
func inParallel(n int, do func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, lookups) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// checkProduct stores a product that catalog has just returned, and returns the local
// copy, which may be newer: the error is deleted of its id when the product was deleted
// since the response.
func (c *change) checkProduct(product Product, deleted func(id string) error) (Product, error) {
	if err := c.tx.SaveProduct(product); err != nil {
		return Product{}, err
	}
	known, _, err := c.tx.Product(product.ID)
	if err == nil && known.Deleted {
		err = deleted(product.ID)
	}
	return known, err
}
