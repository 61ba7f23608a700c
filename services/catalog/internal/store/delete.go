package store

import (
	"context"

	"inventory.example/pkg/problem"
)

// DeleteParams asks for the end of a store.
type DeleteParams struct {
	ID      string
	Version *int64 // the version that the caller saw; nil: any
}

// Delete deletes a store: queries no longer find it. Its stock stays.
func (s *Service) Delete(ctx context.Context, d DeleteParams) error {
	var deleted Store
	err := s.write(ctx, []string{d.ID}, func(c *change) error {
		current, found, err := c.tx.Store(d.ID)
		switch {
		case err != nil:
			return err
		case !found || current.Deleted:
			return noStore(d.ID)
		case d.Version != nil && *d.Version != current.Version:
			return problem.New(problem.VersionMismatch, "The store is at version %d.", current.Version)
		}
		current.Deleted = true
		deleted, err = c.save(current, true)
		return err
	})
	if err != nil {
		return err
	}
	s.stock.StoreChanged(ctx, deleted)
	return nil
}
