package store

import (
	"cmp"
	"context"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/problem"
)

// Used is a store that stock uses.
type Used struct {
	ID      string
	Version int64  // of the store when stock began to use it; 0: stock knew none
	Actor   string // of the first use; empty: stock
}

// Use creates the stores that stock uses and that do not exist, and returns all of
// them as they are then, in the same order. A store that was deleted exists again, unless it was deleted by a
// version that stock had not seen when it used the store.
func (s *Service) Use(ctx context.Context, used []Used) ([]Store, error) {
	if err := checkUsed(used); err != nil {
		return nil, err
	}
	stores, ids := make([]Store, len(used)), make([]string, len(used))
	for i, u := range used {
		ids[i] = u.ID
	}
	err := s.write(ctx, ids, func(c *change) error {
		for i, u := range used {
			current, found, err := c.tx.Store(u.ID)
			switch {
			case err != nil:
				return err
			case !found:
				current = Store{ID: u.ID, Details: Details{Name: u.ID}}
			case !current.Deleted, current.Version > u.Version:
				stores[i] = current
				continue
			}
			current.Active, current.Deleted, current.CreatedAt = true, false, c.at
			c.meta.Actor = cmp.Or(u.Actor, inventory.ActorStock)
			if stores[i], err = c.save(current, found); err != nil {
				return err
			}
		}
		return nil
	})
	return stores, err
}

// maxActor is the maximum length of an actor: that of the name of an API key.
const maxActor = 64

func checkUsed(used []Used) error {
	var checks problem.Checks
	checks.Range("stores", int64(len(used)), 1, MaxUses)
	for _, u := range used {
		checks.StoreID("id", u.ID)
		checks.Require(u.Version >= 0, "version", "must not be negative")
		checks.Text("actor", u.Actor, 0, maxActor)
	}
	return checks.Err()
}
