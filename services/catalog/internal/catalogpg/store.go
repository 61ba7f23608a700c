package catalogpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/servicepg"
	"inventory.example/services/catalog/internal/store"
)

const (
	selectStore = `SELECT s.id, s.name, s.timezone, s.address, s.active, s.version, s.created_at, s.updated_at, s.deleted FROM stores s `

	sqlStoresByID = selectStore + `WHERE s.id = ANY($1)`
	sqlStore      = selectStore + `WHERE s.id = $1`
	sqlStores     = selectStore + `WHERE s.id > $1 AND NOT s.deleted ORDER BY s.id LIMIT $2`
	sqlSomeStores = selectStore + `WHERE s.id > $1 AND NOT s.deleted AND s.id = ANY($3::text[]) ORDER BY s.id LIMIT $2`

	givenStores = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::text[], $8::text[], $9::boolean[])
	AS n (id, name, timezone, address, active, version, created_at, updated_at, deleted)`

	sqlInsertStores = `INSERT INTO stores (id, name, timezone, address, active, version, created_at, updated_at, deleted)
SELECT n.id, n.name, n.timezone, n.address, n.active, n.version, n.created_at, n.updated_at, n.deleted FROM ` + givenStores
	sqlUpdateStores = `UPDATE stores s SET name = n.name, timezone = n.timezone, address = n.address, active = n.active, version = n.version,
	created_at = n.created_at, updated_at = n.updated_at, deleted = n.deleted
FROM ` + givenStores + ` WHERE s.id = n.id`
)

var stores = &postgres.Set[string, store.Store]{
	Name: "stores",
	Load: sqlStoresByID,
	Keys: func(ids []string) []any { return []any{ids} },
	Scan: func(record postgres.Scanner) (string, store.Store, error) {
		s, err := scanStore(record)
		return s.ID, s, err
	},
	Insert: sqlInsertStores,
	Update: sqlUpdateStores,
	Columns: func(list []store.Store) []any {
		text := func(of func(s store.Store) string) []string { return postgres.Column(list, of) }
		return []any{
			text(func(s store.Store) string { return s.ID }),
			text(func(s store.Store) string { return s.Name }),
			text(func(s store.Store) string { return s.Timezone }),
			text(func(s store.Store) string { return s.Address }),
			postgres.Column(list, func(s store.Store) bool { return s.Active }),
			postgres.Column(list, func(s store.Store) int64 { return s.Version }),
			text(func(s store.Store) string { return clock.Text(s.CreatedAt) }),
			text(func(s store.Store) string { return clock.Text(s.UpdatedAt) }),
			postgres.Column(list, func(s store.Store) bool { return s.Deleted }),
		}
	},
}

func scanStore(record postgres.Scanner) (s store.Store, err error) {
	err = record.Scan(&s.ID, &s.Name, &s.Timezone, &s.Address, &s.Active, &s.Version, engine.Time(&s.CreatedAt),
		engine.Time(&s.UpdatedAt), &s.Deleted)
	return s, err
}

// Stores is the Repository of the stores, in the schema of the products.
type Stores struct{ db *DB }

// Stores returns the repository of the stores.
func (db *DB) Stores() Stores { return Stores{db} }

// Write implements store.Repository.
func (r Stores) Write(ctx context.Context, ids []string, change func(store.Tx) error) error {
	return r.db.Change(ctx, []postgres.Need{stores.Need(ids...)}, func(tx servicepg.Tx) error { return change(storeTx{tx}) })
}

// Store implements store.Reader.
func (r Stores) Store(ctx context.Context, id string) (store.Store, bool, error) {
	s, err := scanStore(r.db.Reader().QueryRow(ctx, sqlStore, id))
	s, found, err := postgres.Found(ctx, s, err)
	if err != nil {
		err = fmt.Errorf("read store: %w", err)
	}
	return s, found, err
}

// List implements store.Reader.
func (r Stores) List(ctx context.Context, ids []string, page paging.Page) (list paging.List[store.Store], err error) {
	after := ""
	if page.After != nil {
		after, _ = page.After[0].(string) // its only column is a text
	}
	query, args := sqlStores, []any{after, page.Limit + 1}
	if ids != nil {
		query, args = sqlSomeStores, append(args, ids)
	}
	rows, err := postgres.Rows(ctx, r.db.SQL(), scanStore, query, args...)
	if err != nil {
		return list, fmt.Errorf("list stores: %w", err)
	}
	return paging.Of(page, rows, 0, func(s store.Store) paging.Key { return paging.Key{s.ID} }), nil
}

// storeTx implements store.Tx.
type storeTx struct{ tx servicepg.Tx }

// Store implements store.Tx.
func (t storeTx) Store(id string) (store.Store, bool, error) {
	s, found, err := stores.Get(t.tx.SQL(), id)
	if err != nil {
		err = fmt.Errorf("read store: %w", err)
	}
	return s, found, err
}

// InsertStore implements store.Tx.
func (t storeTx) InsertStore(s store.Store) error {
	_, found, err := t.Store(s.ID)
	return t.put("insert store", s, !found, err)
}

// UpdateStore implements store.Tx.
func (t storeTx) UpdateStore(s store.Store) error {
	before, found, err := t.Store(s.ID)
	return t.put("update store", s, found && before.Version == s.Version-1, err)
}

// put stores s if that is allowed, unless err.
func (t storeTx) put(action string, s store.Store, allowed bool, err error) error {
	if err == nil && !allowed {
		err = store.ErrConflict
	}
	if err == nil {
		err = stores.Put(t.tx.SQL(), s.ID, s)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// Append implements store.Tx.
func (t storeTx) Append(event events.Event) error { return t.tx.Append(event) }
