package stockdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlStore     = `SELECT id, deleted, version FROM stores WHERE id = ?`
	sqlStoreIDs  = `SELECT id FROM stores WHERE deleted = 0 ORDER BY id`
	sqlSaveStore = `INSERT INTO stores (id, deleted, version, announced) VALUES (?, ?, ?, 1)
	ON CONFLICT (id) DO UPDATE SET deleted = excluded.deleted, version = excluded.version, announced = 1, actor = NULL
	WHERE excluded.version > version`
	sqlUseStore = `INSERT INTO stores (id, deleted, version, announced, actor) VALUES (?, 0, 0, 0, ?)
	ON CONFLICT (id) DO UPDATE SET deleted = 0, announced = 0, actor = excluded.actor`
	sqlAnnouncedStore = `UPDATE stores SET deleted = ?, version = ?, announced = 1, actor = NULL WHERE id = ? AND announced = 0 AND version = ?`
	sqlUsedStores     = `SELECT id, deleted, version, COALESCE(actor, '') FROM stores WHERE announced = 0 ORDER BY id LIMIT ?`
)

func scanStore(s sqlite.Scanner) (store ledger.Store, err error) {
	err = s.Scan(&store.ID, &store.Deleted, &store.Version)
	return store, err
}

// Store implements ledger.Tx.
func (t *Tx) Store(id string) (ledger.Store, bool, error) {
	store, found, err := sqlite.Found(scanStore(t.tx.QueryRow(sqlStore, id)))
	if err != nil {
		err = fmt.Errorf("read store: %w", err)
	}
	return store, found, err
}

// SaveStore implements ledger.Tx.
func (t *Tx) SaveStore(s ledger.Store) error {
	if _, _, err := t.tx.Exec(sqlSaveStore, s.ID, s.Deleted, s.Version); err != nil {
		return fmt.Errorf("save store: %w", err)
	}
	return nil
}

// UseStore implements ledger.Tx.
func (t *Tx) UseStore(id, actor string) error {
	if _, _, err := t.tx.Exec(sqlUseStore, id, sqlite.Nullable(actor)); err != nil {
		return fmt.Errorf("use store: %w", err)
	}
	return nil
}

// AnnouncedStore implements ledger.Tx.
func (t *Tx) AnnouncedStore(used ledger.UsedStore, s ledger.Store) error {
	if _, _, err := t.tx.Exec(sqlAnnouncedStore, s.Deleted, s.Version, used.ID, used.Version); err != nil {
		return fmt.Errorf("save announced store: %w", err)
	}
	return nil
}

// Store implements ledger.Reader.
func (db *DB) Store(ctx context.Context, id string) (ledger.Store, bool, error) {
	store, found, err := sqlite.Found(scanStore(db.Reader().QueryRowContext(ctx, sqlStore, id)))
	if err != nil {
		err = fmt.Errorf("read store: %w", err)
	}
	return store, found, err
}

// StoreIDs implements ledger.Reader.
func (db *DB) StoreIDs(ctx context.Context) ([]string, error) {
	ids, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (id string, err error) {
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
	used, err := sqlite.Rows(ctx, db.SQL(), func(s sqlite.Scanner) (u ledger.UsedStore, err error) {
		err = s.Scan(&u.ID, &u.Deleted, &u.Version, &u.Actor)
		return u, err
	}, sqlUsedStores, limit)
	if err != nil {
		return nil, fmt.Errorf("read used stores: %w", err)
	}
	return used, nil
}
