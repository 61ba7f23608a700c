package ledger

import "context"

// StoreTotals are the sums over the rows of a store. Rows of deleted products
// count in Rows and in the units, and are neither low nor out.
type StoreTotals struct {
	StoreID  string
	Rows     int64
	Quantity int64 // units
	Reserved int64 // units
	// Unavailable are units that cannot be reserved: damaged ones, for example.
	Unavailable int64
	Low         int64 // rows at or below their reorder point
	Out         int64 // rows with no unit available
}

// Available returns the units that can be reserved.
func (t StoreTotals) Available() int64 { return t.Quantity - t.Reserved - t.Unavailable }

// Summary returns the totals of each store that has rows, by its id; only of the
// given stores, nil for all.
func (s *Service) Summary(ctx context.Context, stores []string) ([]StoreTotals, error) {
	return s.repo.TotalsOfStores(ctx, stores)
}
