package ledger

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
)

// PastRow is a row as its movements show it at a time: holds are not movements, so
// the held units of the past are not known.
type PastRow struct {
	ProductID   string
	StoreID     string
	Quantity    int64
	Unavailable Unavailable
	Version     int64   // of the last movement; 0: the row did not exist
	Product     Product // as it is now
}

// RowAt returns a row at a time: without units and version when it did not exist
// then, the present state for a future time. at must have a year of four digits.
func (s *Service) RowAt(ctx context.Context, productID, storeID string, at time.Time) (PastRow, error) {
	row, found, err := s.repo.RowAt(ctx, productID, storeID, clock.Truncate(at))
	if err == nil && !found {
		err = noRow(productID, storeID)
	}
	return row, err
}

// ByProductAt returns the rows that a product had at a time in the given stores, nil
// for all. A product that catalog does not know is a NotFound problem.
func (s *Service) ByProductAt(ctx context.Context, productID string, stores []string, at time.Time) ([]PastRow, error) {
	rows, err := s.repo.RowsOfProductAt(ctx, productID, stores, clock.Truncate(at))
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	return nil, s.knownProduct(ctx, productID)
}

// ByStoreAt returns a page of the rows that a store had at a time, by product. As in
// Search, the page may end before its limit.
func (s *Service) ByStoreAt(ctx context.Context, storeID string, at time.Time, page paging.Page) (paging.List[PastRow], error) {
	return s.repo.RowsOfStoreAt(ctx, storeID, clock.Truncate(at), page)
}
