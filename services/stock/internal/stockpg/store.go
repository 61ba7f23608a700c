package stockpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	columnsStore = `id, deleted, version, announced, COALESCE(actor, '')`
	loadStores   = `SELECT ` + columnsStore + ` FROM stores WHERE id = ANY($1)`
	newStores    = `unnest($1::text[], $2::boolean[], $3::bigint[], $4::boolean[], $5::text[])
	AS n (id, deleted, version, announced, actor)`
	insertStores = `INSERT INTO stores (id, deleted, version, announced, actor)
SELECT n.id, n.deleted, n.version, n.announced, n.actor FROM ` + newStores
	updateStores = `UPDATE stores s SET deleted = n.deleted, version = n.version, announced = n.announced, actor = n.actor
FROM ` + newStores + ` WHERE s.id = n.id`

	sqlStore      = `SELECT ` + columnsStore + ` FROM stores WHERE id = $1`
	sqlStoreIDs   = `SELECT id FROM stores WHERE NOT deleted ORDER BY id`
	sqlUsedStores = `SELECT ` + columnsStore + ` FROM stores WHERE NOT announced ORDER BY id LIMIT $1`
)

// storedStore is a store, and whether catalog has returned it since its last use.
type storedStore struct {
	ledger.UsedStore
	announced bool
}

var stores = &postgres.Set[string, storedStore]{
	Name: "stores",
	Load: loadStores,
	Keys: idArguments,
	Scan: func(s postgres.Scanner) (string, storedStore, error) {
		store, err := scanStore(s)
		return store.ID, store, err
	},
	Insert: insertStores,
	Update: updateStores,
	Columns: func(list []storedStore) []any {
		return []any{
			postgres.Column(list, func(s storedStore) string { return s.ID }),
			postgres.Column(list, func(s storedStore) bool { return s.Deleted }),
			postgres.Column(list, func(s storedStore) int64 { return s.Version }),
			postgres.Column(list, func(s storedStore) bool { return s.announced }),
			postgres.Column(list, func(s storedStore) *string { return postgres.Nullable(s.Actor) }),
		}
	},
}

func scanStore(s postgres.Scanner) (store storedStore, err error) {
	err = s.Scan(&store.ID, &store.Deleted, &store.Version, &store.announced, &store.Actor)
	return store, err
}

// Store implements ledger.Tx.
func (t *Tx) Store(id string) (ledger.Store, bool, error) {
	store, found, err := stores.Get(t.tx, id)
	if err != nil {
		err = fmt.Errorf("read store: %w", err)
	}
	return store.Store, found, err
}

// SaveStore implements ledger.Tx.
func (t *Tx) SaveStore(s ledger.Store) error {
	before, found, err := t.Store(s.ID)
	if err != nil || found && before.Version >= s.Version {
		return err
	}
	return t.putStore(storedStore{ledger.UsedStore{Store: s}, true})
}

// UseStore implements ledger.Tx.
func (t *Tx) UseStore(id, actor string) error {
	before, _, err := t.Store(id)
	if err != nil {
		return err
	}
	return t.putStore(storedStore{ledger.UsedStore{Store: ledger.Store{ID: id, Version: before.Version}, Actor: actor}, false})
}

// AnnouncedStore implements ledger.Tx.
func (t *Tx) AnnouncedStore(used ledger.UsedStore, s ledger.Store) error {
	before, found, err := stores.Get(t.tx, used.ID)
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	if !found || before.announced || before.Version != used.Version {
		return nil
	}
	s.ID = used.ID
	return t.putStore(storedStore{ledger.UsedStore{Store: s}, true})
}

func (t *Tx) putStore(s storedStore) error {
	if err := stores.Put(t.tx, s.ID, s); err != nil {
		return fmt.Errorf("save store: %w", err)
	}
	return nil
}

// Store implements ledger.Reader.
func (db *DB) Store(ctx context.Context, id string) (ledger.Store, bool, error) {
	store, err := scanStore(db.Reader().QueryRow(ctx, sqlStore, id))
	store, found, err := postgres.Found(ctx, store, err)
	if err != nil {
		err = fmt.Errorf("read store: %w", err)
	}
	return store.Store, found, err
}

// StoreIDs implements ledger.Reader.
func (db *DB) StoreIDs(ctx context.Context) ([]string, error) {
	ids, err := postgres.Rows(ctx, db.SQL(), func(s postgres.Scanner) (id string, err error) {
		err = s.Scan(&id)
		return id, err
	}, sqlStoreIDs)
	if err != nil {
		return nil, fmt.Errorf("read the ids of stores: %w", err)
	}
	return ids, nil
}

// UsedStores implements ledger.Reader.
func (db *DB) UsedStores(ctx context.Context, limit int) ([]ledger.UsedStore, error) {
	used, err := postgres.Rows(ctx, db.SQL(), func(s postgres.Scanner) (ledger.UsedStore, error) {
		store, err := scanStore(s)
		return store.UsedStore, err
	}, sqlUsedStores, limit)
	if err != nil {
		return nil, fmt.Errorf("read used stores: %w", err)
	}
	return used, nil
}
