// Package idempotencysqlite keeps the results of requests with an Idempotency-Key
// in the database of their service.
package idempotencysqlite

import (
	"context"
	"embed"
	"fmt"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite"
)

// purgeLimit bounds one purge, so that it never blocks the writer for long.
const purgeLimit = 1000

//go:embed migrations/*.sql
var migrations embed.FS

// Component is the schema of the table, to be opened with the database.
func Component() sqlite.Component {
	return sqlite.Component{Name: "idempotency", FS: migrations}
}

// Tx is an idempotency.Store within a transaction.
type Tx struct {
	Tx  *sqlite.Tx
	Now time.Time // of the records that SaveResult inserts
}

const (
	sqlFindResult = `SELECT fingerprint, result FROM idempotency_keys WHERE caller = ? AND key = ?`
	sqlSaveResult = `INSERT INTO idempotency_keys (caller, key, fingerprint, result, created_at) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING`
	sqlReplaceResult = `INSERT INTO idempotency_keys (caller, key, fingerprint, result, created_at) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (caller, key) DO UPDATE SET fingerprint = excluded.fingerprint, result = excluded.result, created_at = excluded.created_at`
	sqlPurge = `DELETE FROM idempotency_keys
	WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE created_at < ? LIMIT ?)`
)

// FindResult implements idempotency.Finder.
func (t Tx) FindResult(caller, key string) (idempotency.Saved, bool, error) {
	return find(t.Tx.QueryRow(sqlFindResult, caller, key))
}

// SaveResult implements idempotency.Store.
func (t Tx) SaveResult(r idempotency.Request, result []byte) error {
	saved, err := t.save(sqlSaveResult, r, result)
	if err == nil && !saved {
		err = idempotency.ErrConflict
	}
	return err
}

// ReplaceResult implements idempotency.Store.
func (t Tx) ReplaceResult(r idempotency.Request, result []byte) error {
	_, err := t.save(sqlReplaceResult, r, result)
	return err
}

func (t Tx) save(statement string, r idempotency.Request, result []byte) (saved bool, err error) {
	changed, _, err := t.Tx.Exec(statement, r.Caller, r.Key, r.Fingerprint, string(result), events.FormatTime(t.Now))
	if err != nil {
		return false, fmt.Errorf("save result: %w", err)
	}
	return changed > 0, nil
}

// Find looks a result up outside any transaction.
func Find(ctx context.Context, db *sqlite.DB, caller, key string) (idempotency.Saved, bool, error) {
	return find(db.Reader().QueryRowContext(ctx, sqlFindResult, caller, key))
}

func find(row sqlite.Scanner) (saved idempotency.Saved, found bool, err error) {
	err = row.Scan(&saved.Fingerprint, &saved.Result)
	if saved, found, err = sqlite.Found(saved, err); err != nil {
		err = fmt.Errorf("find result: %w", err)
	}
	return saved, found, err
}

// Purge deletes a bounded number of results saved before the given time and
// reports whether more are left: the PurgeResults of an idempotency.Purger.
func Purge(ctx context.Context, db *sqlite.DB, before time.Time) (more bool, err error) {
	err = db.Write(ctx, func(tx *sqlite.Tx) error {
		deleted, _, err := tx.Exec(sqlPurge, events.FormatTime(before), purgeLimit)
		more = deleted == purgeLimit
		return err
	})
	if err != nil {
		return false, fmt.Errorf("purge results: %w", err)
	}
	return more, nil
}
