package reservation

import (
	"context"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// RowFilter selects the reservations of a stock row.
type RowFilter struct {
	ProductID string
	StoreID   string
	Status    protocol.Status // Absent: any
	// All lines are in these stores; nil: in any.
	Stores []string
}

// Get returns a reservation, or a NotFound problem.
func (s *Service) Get(ctx context.Context, id string) (Reservation, error) {
	r, found, err := s.repo.Reservation(ctx, id)
	if err == nil && !found {
		err = NotFound(id)
	}
	return r, err
}

// Pending returns a page of the pending reservations that have a line in a store, and
// all lines within these stores (nil: in any), the next to expire first.
func (s *Service) Pending(ctx context.Context, storeID string, within []string, page paging.Page) (paging.List[Reservation], error) {
	return s.repo.Pending(ctx, storeID, within, page)
}

// OfRow returns a page of the reservations of a stock row, in the order in
// which they were recorded.
func (s *Service) OfRow(ctx context.Context, f RowFilter, page paging.Page) (paging.List[Reservation], error) {
	const maxProductID = 64
	var checks problem.Checks
	checks.Word("product_id", f.ProductID, 1, maxProductID)
	if err := checks.Err(); err != nil {
		return paging.List[Reservation]{}, err
	}
	switch f.Status {
	case protocol.Absent, protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired:
		return s.repo.OfRow(ctx, f, page)
	default:
		return paging.List[Reservation]{}, problem.Invalid("status", "must be pending, confirmed, cancelled or expired")
	}
}

// CountByStatus returns how many reservations of the given stores, nil for
// all, are in each status.
func (s *Service) CountByStatus(ctx context.Context, stores []string) (map[protocol.Status]int64, error) {
	return s.repo.CountByStatus(ctx, stores)
}
