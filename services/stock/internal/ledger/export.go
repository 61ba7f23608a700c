package ledger

import (
	"context"
	"slices"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// ExportRows returns a page of the rows of existing products in the given stores,
// nil for all, by product and store, without their number. A page may have fewer
// rows than its limit, also none, while its Next goes on.
func (s *Service) ExportRows(ctx context.Context, stores []string, page paging.Page) (paging.List[Row], error) {
	if err := checkStores(stores); err != nil {
		return paging.List[Row]{}, err
	}
	list, err := s.repo.AllRows(ctx, page)
	list.Items = slices.DeleteFunc(list.Items, func(r Row) bool {
		return r.Product.Deleted || stores != nil && !slices.Contains(stores, r.StoreID)
	})
	return list, err
}

// ExportMovements returns a page of the movements in the given stores, nil for all,
// oldest first, as ExportRows does.
func (s *Service) ExportMovements(ctx context.Context, stores []string, page paging.Page) (paging.List[Movement], error) {
	if err := checkStores(stores); err != nil {
		return paging.List[Movement]{}, err
	}
	list, err := s.repo.AllMovements(ctx, page)
	list.Items = slices.DeleteFunc(list.Items, func(m Movement) bool { return stores != nil && !slices.Contains(stores, m.StoreID) })
	return list, err
}

func checkStores(stores []string) error {
	var checks problem.Checks
	for _, id := range stores {
		checks.StoreID("store_id", id)
	}
	return checks.Err()
}
