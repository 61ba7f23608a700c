// Package catalogdb keeps products in SQLite: it implements the core's ports on
// one database file with its outbox.
package catalogdb

import (
	"context"
	"embed"
	"errors"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencydb"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the core's Repository.
type DB struct {
	*sqlite.DB
	clock    clock.Clock
	outbox   *outboxsqlite.Store
	grouping grouping
}

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, o sqlite.Options, c clock.Clock) (*DB, error) {
	return open(ctx, o, c, defaultGrouping)
}

func open(ctx context.Context, o sqlite.Options, c clock.Clock, g grouping) (*DB, error) {
	db, err := sqlite.Open(ctx, o, outboxsqlite.Component(), idempotencydb.Component(), sqlite.Component{Name: "catalog", FS: migrations})
	if err != nil {
		return nil, err
	}
	catalog := &DB{DB: db, clock: c, outbox: outboxsqlite.New(db, o.Logger), grouping: g}
	err = catalog.fillKeys(ctx)
	if err == nil {
		err = catalog.fillGrams(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return catalog, nil
}

// Outbox returns the events of the database.
func (db *DB) Outbox() *outboxsqlite.Store { return db.outbox }

// Write implements product.Repository.
func (db *DB) Write(ctx context.Context, change func(product.Tx) error) error {
	now := db.clock.Now()
	return db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		return change(&Tx{Tx: idempotencydb.Tx{Tx: tx, Now: now}, tx: tx, outbox: db.outbox, grouping: db.grouping})
	})
}

// FindResult implements product.Reader.
func (db *DB) FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return idempotencydb.Find(ctx, db.DB, r.Caller, r.Key)
}

// Tx implements product.Tx.
type Tx struct {
	idempotencydb.Tx
	grouping
	tx     *sqlite.Tx
	outbox *outboxsqlite.Store
}

// Append implements product.Tx.
func (t *Tx) Append(event events.Event) error { return t.outbox.Append(t.tx, event) }
