// Package notifierpg is notifier's database on PostgreSQL: it implements the ports
// of the cores, for any number of instances of the service at once.
package notifierpg

import (
	"context"
	"embed"

	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/servicepg"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB implements the cores' repositories.
type DB struct {
	*servicepg.DB
	keys  seal.Keys
	hints *hints
}

// Open connects to the server and creates or migrates the schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicepg.Open(ctx, config, deps, servicepg.Options{
		Component: postgres.Component{Name: "notifier", FS: migrations}, NoOutbox: true,
		Tables: []postgres.Table{lastSeq, entries, series, listening},
	})
	if err != nil {
		return nil, err
	}
	notifier := &DB{DB: db, hints: &hints{}}
	notifier.announceOwn()
	return notifier, nil
}

// Write implements feed.Repository.
func (db *DB) Write(ctx context.Context, eventIDs []string, change func(feed.Tx) error) error {
	needs := []postgres.Need{lastSeq.Need(onlyKey), listening.Need(onlyKey), entries.Need(eventIDs...)}
	return db.change(ctx, needs, func(tx *Tx) error { return change(tx) })
}

// change runs a change of any core. Within the work of a role it fails when another
// instance has the role.
func (db *DB) change(ctx context.Context, needs []postgres.Need, change func(*Tx) error) error {
	fence, fenced := fenceOf(ctx)
	if fenced {
		needs = append(needs, fence.Need())
	}
	return db.Change(ctx, needs, func(tx servicepg.Tx) error {
		if fenced {
			if err := fence.Check(tx.SQL()); err != nil {
				return err
			}
		}
		return change(&Tx{Tx: tx, tx: tx.SQL(), keys: db.keys, hints: db.hints})
	})
}

// SaveResult implements system.Results.
func (db *DB) SaveResult(ctx context.Context, r idempotency.Request, result []byte) error {
	return db.Change(ctx, servicepg.Results(r), func(tx servicepg.Tx) error { return tx.SaveResult(r, result) })
}

// Tx implements the cores' transactions.
type Tx struct {
	servicepg.Tx
	tx    *postgres.Tx
	keys  seal.Keys
	hints *hints
}
