package ledger

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"inventory.example/pkg/problem"
)

// Store is the local copy of a store of catalog.
type Store struct {
	ID      string
	Deleted bool
	Version int64 // of catalog; 0: catalog has not returned one yet
}

// UsedStore is a store that catalog must be notified of, because a row was created
// in it that the copy did not know.
type UsedStore struct {
	Store
	Actor string // of the first use; empty when the row was there before stock had stores
}

// Stores asks catalog, which owns the stores.
type Stores interface {
	// Store returns a store, or false when catalog has none with that id. An error
	// means that catalog could not be asked.
	Store(ctx context.Context, id string) (Store, bool, error)
	// Use creates stores in catalog that do not exist there, at most MaxAnnounced, and
	// returns all of them as catalog has them then.
	Use(ctx context.Context, used []UsedStore) ([]Store, error)
}

// MaxAnnounced bounds the stores of one call of Stores.Use.
const MaxAnnounced = 256

// ApplyStore stores a version of a store from catalog. An equal or older version
// changes nothing, so events may come twice and in any order.
func (s *Service) ApplyStore(ctx context.Context, store Store) error {
	return s.repo.Write(ctx, Needs{Stores: []string{store.ID}}, func(tx Tx) error { return tx.SaveStore(store) })
}

// knowStore is called before a row is created. A store that the copy lacks is looked
// up in catalog. With registered stores, one that catalog does not know is an
// UnknownStore problem, and while catalog does not respond only stores of the copy
// are known. Otherwise an unknown store is one that is used for the first time.
func (s *Service) knowStore(ctx context.Context, id string) error {
	local, known, err := s.repo.Store(ctx, id)
	if err != nil || known && !local.Deleted {
		return err
	}
	store, found, err := s.stores.Store(ctx, id)
	switch {
	case err == nil && found:
		return s.ApplyStore(ctx, store)
	case !s.registered:
		return nil
	case err == nil:
		return s.unknownStore(ctx, id)
	default:
		return err
	}
}

// CheckReturn returns the problem of a store that does not exist, when stores are
// registered and the return of units of the products to it would create a row there.
func (s *Service) CheckReturn(ctx context.Context, storeID string, productIDs []string) error {
	if !s.registered {
		return nil
	}
	storeErr := s.knowStore(ctx, storeID)
	if storeErr == nil {
		return nil
	}
	for _, id := range productIDs {
		if _, found, err := s.repo.Row(ctx, id, storeID); err != nil || !found {
			return cmp.Or(err, storeErr)
		}
	}
	return nil
}

// unknownStore is the problem of a store that does not exist, with the id of the
// known store that is most like it.
func (s *Service) unknownStore(ctx context.Context, id string) error {
	ids, err := s.repo.StoreIDs(ctx)
	if err != nil {
		return err
	}
	if nearest := nearestID(id, ids); nearest != "" {
		return problem.New(problem.UnknownStore, "There is no store %s; the nearest id is %s.", id, nearest)
	}
	return noStore(id)
}

func noStore(id string) error {
	return problem.New(problem.UnknownStore, "There is no store %s, and no other store is known.", id)
}

// explain returns the problem of the store in place of that of a missing row, if
// stores are registered and the copy does not know the store.
func (s *Service) explain(ctx context.Context, err error) error {
	var missing *missingRowError
	if !s.registered || !errors.As(err, &missing) {
		return err
	}
	store, known, readErr := s.repo.Store(ctx, missing.storeID)
	if readErr != nil || known && !store.Deleted {
		return err
	}
	return s.unknownStore(ctx, missing.storeID)
}

// explainHold names the store that does not exist in the result of a hold that was
// refused for a missing row. Other holds of the batch are granted, so an error of the
// database only leaves the name out.
func (s *Service) explainHold(ctx context.Context, p HoldParams, a *HoldAnswer) {
	for _, id := range p.storesOf(a.Line) {
		store, known, err := s.repo.Store(ctx, id)
		if err != nil || known && !store.Deleted {
			continue
		}
		ids, err := s.repo.StoreIDs(ctx)
		if err != nil {
			return
		}
		a.UnknownStore, a.NearestStore = id, nearestID(id, ids)
		return
	}
}

// storesOf returns the stores that a line of the request names.
func (p HoldParams) storesOf(line int) []string {
	if p.Request != nil {
		return p.Request.Lines[line].stores()
	}
	return []string{p.Lines[line].StoreID}
}

// requireStore refuses, with registered stores, a row in a store that does not
// exist. The use case called knowStore before: the store may be deleted since.
func (c *change) requireStore(id string) error {
	if !c.service.registered {
		return nil
	}
	store, known, err := c.tx.Store(id)
	if err == nil && (!known || store.Deleted) {
		err = problem.New(problem.UnknownStore, "There is no store %s.", id)
	}
	return err
}

// useStore records that a row was created in a store, and reports whether the store
// exists only from now on.
func (c *change) useStore(id string) (isNew bool, err error) {
	store, known, err := c.tx.Store(id)
	if err != nil || known && !store.Deleted {
		return false, err
	}
	c.usedStores = true
	return true, c.tx.UseStore(id, c.meta.Actor)
}

// AnnounceStores notifies catalog of the stores that are used and that catalog has
// not returned since, and stores the versions that it returns. It reports whether
// there may be more.
func (s *Service) AnnounceStores(ctx context.Context) (more bool, err error) {
	used, err := s.repo.UsedStores(ctx, MaxAnnounced)
	if err != nil || len(used) == 0 {
		return false, err
	}
	stores, err := s.stores.Use(ctx, used)
	if err != nil {
		return false, err
	}
	needs := Needs{Stores: make([]string, len(used))}
	for i, u := range used {
		needs.Stores[i] = u.ID
	}
	err = s.repo.Write(ctx, needs, func(tx Tx) error {
		for i, store := range stores {
			if err := tx.AnnouncedStore(used[i], store); err != nil {
				return err
			}
		}
		return nil
	})
	return len(used) == MaxAnnounced, err
}

// announceNow is AnnounceStores before the response to the request that used a store
// first, so that catalog finds the store at once. If it fails, the loop that calls
// AnnounceStores follows.
func (s *Service) announceNow(ctx context.Context) {
	if _, err := s.AnnounceStores(context.WithoutCancel(ctx)); err != nil {
		s.logger.InfoContext(ctx, "store announced later", slog.Any("reason", err))
	}
}
