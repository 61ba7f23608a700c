package store

import (
	"context"

	"inventory.example/pkg/paging"
)

// Get returns a store.
func (s *Service) Get(ctx context.Context, id string) (Store, error) {
	found, known, err := s.repo.Store(ctx, id)
	if err == nil && (!known || found.Deleted) {
		err = noStore(id)
	}
	return found, err
}

// List returns a page of the stores, by id, without their number. ids restricts it
// to these stores; nil: all.
func (s *Service) List(ctx context.Context, ids []string, page paging.Page) (paging.List[Store], error) {
	return s.repo.List(ctx, ids, page)
}
