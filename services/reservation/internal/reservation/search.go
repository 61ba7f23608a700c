package reservation

import (
	"context"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// SearchFilter selects reservations. An empty field selects all of them.
type SearchFilter struct {
	CustomerID *string
	Reference  *string
	Status     *protocol.Status
	// A line is for this product, and in this store; with both, one line for both.
	ProductID *string
	StoreID   *string
	// Created at or after From, and before To.
	From, To *time.Time
	// All lines are in these stores; nil: in any.
	Stores []string
}

// Search returns a page of the reservations that match, newest first, without
// their number. A page may have fewer items than its limit, also none, while its
// Next goes on: a page reads a bounded number of reservations.
func (s *Service) Search(ctx context.Context, f SearchFilter, page paging.Page) (paging.List[Reservation], error) {
	if err := f.Validate(); err != nil {
		return paging.List[Reservation]{}, err
	}
	return s.repo.Search(ctx, f, page)
}

// Validate returns a ValidationError problem with everything that is wrong with f.
func (f SearchFilter) Validate() error {
	var checks problem.Checks
	if f.CustomerID != nil {
		checks.Text("customer_id", *f.CustomerID, 1, 128)
	}
	if f.Reference != nil {
		checks.Text("reference", *f.Reference, 1, MaxReference)
	}
	if f.ProductID != nil {
		checks.Word("product_id", *f.ProductID, 1, 64)
	}
	if f.StoreID != nil {
		checks.StoreID("store_id", *f.StoreID)
	}
	if f.Status != nil {
		checks.Require(*f.Status == protocol.Pending || f.Status.Settled(), "status", "must be pending, confirmed, cancelled or expired")
	}
	if f.From != nil && f.To != nil {
		checks.Require(f.From.Before(*f.To), "to", "must be after from")
	}
	return checks.Err()
}
