// Package notifierdb is notifier's database: it implements the ports of the cores on
// one SQLite file.
package notifierdb

import (
	"context"
	"embed"
	"errors"

	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/servicedb"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/seal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB implements the cores' repositories.
type DB struct {
	*servicedb.DB
	keys  seal.Keys
	hints *hints
}

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, config database.Config, deps database.Deps) (*DB, error) {
	db, err := servicedb.Open(ctx, config, deps, servicedb.Options{
		Component: sqlite.Component{Name: "notifier", FS: migrations}, NoOutbox: true,
		EraseDeleted: true, // secrets that were in clear, for example
	})
	if err != nil {
		return nil, err
	}
	notifier := &DB{DB: db, hints: &hints{}}
	if err := notifier.followFeed(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return notifier, nil
}

// Write implements feed.Repository. It reads records one by one, so it needs no
// hint.
func (db *DB) Write(ctx context.Context, _ []string, change func(feed.Tx) error) error {
	return db.change(ctx, func(tx *Tx) error { return change(tx) })
}

// change runs a change of any core.
func (db *DB) change(ctx context.Context, change func(*Tx) error) error {
	return db.Change(ctx, func(tx servicedb.Tx) error {
		return change(&Tx{Tx: tx, tx: tx.SQL(), keys: db.keys, hints: db.hints})
	})
}

// Tx implements the cores' transactions.
type Tx struct {
	servicedb.Tx
	tx    *sqlite.Tx
	keys  seal.Keys
	hints *hints
}
