// Package idempotencypg keeps the results of requests with an Idempotency-Key in
// the schema of their service on PostgreSQL.
package idempotencypg

import (
	"context"
	"embed"
	"fmt"
	"time"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres"
)

// purgeLimit bounds one purge, so that it never blocks the writers for long.
const purgeLimit = 1000

//go:embed migrations/*.sql
var migrations embed.FS

// Component is the schema of the table, to be opened with the database.
func Component() postgres.Component {
	return postgres.Component{Name: "idempotency", FS: migrations}
}

// Tables is the table of results, for postgres.Options.
func Tables() []postgres.Table { return []postgres.Table{results} }

// Need names the result of a request, for a change that looks it up or saves it.
func Need(r idempotency.Request) postgres.Need { return results.Need(keyOf(r)) }

type key struct{ caller, key string }

func keyOf(r idempotency.Request) key { return key{r.Caller, r.Key} }

type result struct {
	key
	idempotency.Saved
	createdAt time.Time
}

const sqlLoad = `SELECT r.caller, r.key, r.fingerprint, r.result, r.created_at
FROM idempotency_keys r JOIN unnest($1::text[], $2::text[]) AS n (caller, key) ON r.caller = n.caller AND r.key = n.key`

var results = &postgres.Set[key, result]{
	Name: "idempotency_keys",
	Load: sqlLoad,
	Keys: func(keys []key) []any {
		return []any{
			postgres.Column(keys, func(k key) string { return k.caller }),
			postgres.Column(keys, func(k key) string { return k.key }),
		}
	},
	Scan: func(record postgres.Scanner) (key, result, error) {
		r, err := scan(record)
		return r.key, r, err
	},
	Insert: `INSERT INTO idempotency_keys (caller, key, fingerprint, result, created_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])`,
	Update: `UPDATE idempotency_keys r SET fingerprint = n.fingerprint, result = n.result, created_at = n.created_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS n (caller, key, fingerprint, result, created_at)
WHERE r.caller = n.caller AND r.key = n.key`,
	Columns: func(list []result) []any {
		return []any{
			postgres.Column(list, func(r result) string { return r.caller }),
			postgres.Column(list, func(r result) string { return r.key.key }),
			postgres.Column(list, func(r result) string { return r.Fingerprint }),
			postgres.Column(list, func(r result) string { return string(r.Result) }),
			postgres.Column(list, func(r result) time.Time { return r.createdAt }),
		}
	},
}

func scan(record postgres.Scanner) (r result, err error) {
	err = record.Scan(&r.caller, &r.key.key, &r.Fingerprint, &r.Result, &r.createdAt)
	return r, err
}

// Tx is an idempotency.Store within a transaction.
type Tx struct {
	Tx  *postgres.Tx
	Now time.Time // of the records that SaveResult inserts
}

// FindResult implements idempotency.Finder.
func (t Tx) FindResult(caller, name string) (idempotency.Saved, bool, error) {
	r, found, err := results.Get(t.Tx, key{caller, name})
	if err != nil {
		return idempotency.Saved{}, false, fmt.Errorf("find result: %w", err)
	}
	return r.Saved, found, nil
}

// SaveResult implements idempotency.Store.
func (t Tx) SaveResult(r idempotency.Request, text []byte) error {
	_, found, err := t.FindResult(r.Caller, r.Key)
	if err == nil && found {
		err = idempotency.ErrConflict
	}
	if err != nil {
		return err
	}
	return t.ReplaceResult(r, text)
}

// ReplaceResult implements idempotency.Store.
func (t Tx) ReplaceResult(r idempotency.Request, text []byte) error {
	saved := idempotency.Saved{Fingerprint: r.Fingerprint, Result: text}
	if err := results.Put(t.Tx, keyOf(r), result{keyOf(r), saved, t.Now}); err != nil {
		return fmt.Errorf("save result: %w", err)
	}
	return nil
}

// Find looks a result up outside any transaction.
func Find(ctx context.Context, db *postgres.DB, r idempotency.Request) (idempotency.Saved, bool, error) {
	saved, err := scan(db.Reader().QueryRow(ctx, sqlLoad, []string{r.Caller}, []string{r.Key}))
	saved, found, err := postgres.Found(ctx, saved, err)
	if err != nil {
		return idempotency.Saved{}, false, fmt.Errorf("find result: %w", err)
	}
	return saved.Saved, found, nil
}

const sqlPurge = `DELETE FROM idempotency_keys WHERE (caller, key) IN
	(SELECT caller, key FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)`

// Purge deletes a bounded number of results saved before the given time and
// reports whether more are left: the PurgeResults of an idempotency.Purger.
func Purge(ctx context.Context, db *postgres.DB, before time.Time) (more bool, err error) {
	err = db.Write(ctx, nil, func(tx *postgres.Tx) error {
		deleted, err := tx.Exec(sqlPurge, before, purgeLimit)
		more = deleted == purgeLimit
		return err
	})
	if err != nil {
		return false, fmt.Errorf("purge results: %w", err)
	}
	return more, nil
}
