package catalogdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/servicedb"
	"inventory.example/services/catalog/internal/store"
)

const (
	selectStore = `SELECT s.id, s.name, s.timezone, s.address, s.active, s.version, s.created_at, s.updated_at, s.deleted FROM `

	sqlStore       = selectStore + `stores s WHERE s.id = ?`
	sqlStores      = selectStore + `stores s WHERE s.id > ? AND s.deleted = 0 ORDER BY s.id LIMIT ?`
	sqlSomeStores  = selectStore + `json_each(?) k CROSS JOIN stores s ON s.id = k.value WHERE s.id > ? AND s.deleted = 0 ORDER BY s.id LIMIT ?`
	sqlInsertStore = `INSERT INTO stores (name, timezone, address, active, version, created_at, updated_at, deleted, id)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlUpdateStore = `UPDATE stores SET name = ?, timezone = ?, address = ?, active = ?, version = ?, created_at = ?, updated_at = ?,
	deleted = ? WHERE id = ? AND version = ?`
)

func scanStore(row sqlite.Scanner) (s store.Store, err error) {
	err = row.Scan(&s.ID, &s.Name, &s.Timezone, &s.Address, &s.Active, &s.Version,
		engine.Time(&s.CreatedAt), engine.Time(&s.UpdatedAt), &s.Deleted)
	return s, err
}

// Stores is the Repository of the stores, in the database of the products.
type Stores struct{ db *DB }

// Stores returns the repository of the stores.
func (db *DB) Stores() Stores { return Stores{db} }

// Write implements store.Repository.
func (r Stores) Write(ctx context.Context, _ []string, change func(store.Tx) error) error {
	return r.db.Change(ctx, func(tx servicedb.Tx) error { return change(storeTx{tx}) })
}

// Store implements store.Reader.
func (r Stores) Store(ctx context.Context, id string) (store.Store, bool, error) {
	return foundStore(r.db.Reader().QueryRowContext(ctx, sqlStore, id))
}

func foundStore(row sqlite.Scanner) (store.Store, bool, error) {
	s, found, err := sqlite.Found(scanStore(row))
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
		query, args = sqlSomeStores, append([]any{sqlite.List(ids)}, args...)
	}
	rows, err := sqlite.Rows(ctx, r.db.SQL(), scanStore, query, args...)
	if err != nil {
		return list, fmt.Errorf("list stores: %w", err)
	}
	return paging.Of(page, rows, 0, func(s store.Store) paging.Key { return paging.Key{s.ID} }), nil
}

// storeTx implements store.Tx.
type storeTx struct{ tx servicedb.Tx }

// Store implements store.Tx.
func (t storeTx) Store(id string) (store.Store, bool, error) {
	return foundStore(t.tx.SQL().QueryRow(sqlStore, id))
}

// InsertStore implements store.Tx.
func (t storeTx) InsertStore(s store.Store) error {
	return t.save("insert store", sqlInsertStore, columnsOf(s)...)
}

// UpdateStore implements store.Tx.
func (t storeTx) UpdateStore(s store.Store) error {
	return t.save("update store", sqlUpdateStore, append(columnsOf(s), s.Version-1)...)
}

func columnsOf(s store.Store) []any {
	return []any{
		s.Name, s.Timezone, s.Address, s.Active, s.Version, clock.Text(s.CreatedAt), clock.Text(s.UpdatedAt), s.Deleted, s.ID,
	}
}

func (t storeTx) save(action, statement string, args ...any) error {
	changed, _, err := t.tx.SQL().Exec(statement, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if changed == 0 {
		return store.ErrConflict
	}
	return nil
}

// Append implements store.Tx.
func (t storeTx) Append(event events.Event) error { return t.tx.Append(event) }
