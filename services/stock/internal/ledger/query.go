package ledger

import (
	"context"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// LowStockFilter selects the rows whose available units are at or below a
// threshold.
type LowStockFilter struct {
	Threshold *int64   // units; nil: each row's own reorder point
	Stores    []string // nil: all
}

// Get returns a row.
func (s *Service) Get(ctx context.Context, productID, storeID string) (Row, error) {
	row, found, err := s.repo.Row(ctx, productID, storeID)
	if err == nil && !found {
		err = s.explain(ctx, noRow(productID, storeID))
	}
	return row, err
}

// ByProduct returns the rows of a product in the given stores, nil for all.
// A product that catalog does not know is a NotFound problem.
func (s *Service) ByProduct(ctx context.Context, productID string, stores []string) ([]Row, error) {
	rows, err := s.repo.RowsOfProduct(ctx, productID, stores)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	return nil, s.knownProduct(ctx, productID)
}

// ByStore returns a page of the rows of a store, by product.
func (s *Service) ByStore(ctx context.Context, storeID string, page paging.Page) (paging.List[Row], error) {
	return s.repo.RowsOfStore(ctx, storeID, page)
}

// LowStock returns a page of the rows that are low, fewest available first.
// Rows of deleted products are not listed, because they are not ordered again.
func (s *Service) LowStock(ctx context.Context, filter LowStockFilter, page paging.Page) (paging.List[Row], error) {
	if filter.Threshold != nil {
		var checks problem.Checks
		checks.Range("threshold", *filter.Threshold, 0, MaxQuantity)
		if err := checks.Err(); err != nil {
			return paging.List[Row]{}, err
		}
	}
	return s.repo.LowStock(ctx, filter, page)
}
