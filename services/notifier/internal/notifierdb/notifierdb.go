// Package notifierdb is notifier's database: it implements the ports of the cores on
// one SQLite file.
package notifierdb

import (
	"context"
	"embed"
	"errors"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency/idempotencydb"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB implements the cores' repositories.
type DB struct {
	*sqlite.DB
	clock clock.Clock
	keys  seal.Keys
	hints *hints
}

// Open opens the database and makes or migrates its schema.
func Open(ctx context.Context, o sqlite.Options, c clock.Clock) (*DB, error) {
	o.EraseDeleted = true // secrets that were in clear, for example
	db, err := sqlite.Open(ctx, o, idempotencydb.Component(), sqlite.Component{Name: "notifier", FS: migrations})
	if err != nil {
		return nil, err
	}
	notifier := &DB{DB: db, clock: c, hints: &hints{}}
	if err := notifier.followFeed(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return notifier, nil
}

// Write implements feed.Repository.
func (db *DB) Write(ctx context.Context, change func(feed.Tx) error) error {
	return db.write(ctx, func(tx *Tx) error { return change(tx) })
}

// write runs a change of any core.
func (db *DB) write(ctx context.Context, change func(*Tx) error) error {
	now := db.clock.Now()
	return db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		return change(&Tx{Tx: idempotencydb.Tx{Tx: tx, Now: now}, tx: tx, keys: db.keys, hints: db.hints})
	})
}

// Tx implements the cores' transactions.
type Tx struct {
	idempotencydb.Tx
	tx    *sqlite.Tx
	keys  seal.Keys
	hints *hints
}
