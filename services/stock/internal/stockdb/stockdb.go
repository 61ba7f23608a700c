// Package stockdb keeps the ledger in SQLite: it implements the ledger's ports
// on one database file with its outbox.
package stockdb

import (
	"context"
	"embed"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencydb"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the ledger's Repository.
type DB struct {
	*sqlite.DB
	clock  clock.Clock
	outbox *outboxsqlite.Store
}

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, o sqlite.Options, c clock.Clock) (*DB, error) {
	db, err := sqlite.Open(ctx, o, outboxsqlite.Component(), idempotencydb.Component(), sqlite.Component{Name: "stock", FS: migrations})
	if err != nil {
		return nil, err
	}
	return &DB{DB: db, clock: c, outbox: outboxsqlite.New(db, o.Logger)}, nil
}

// Outbox returns the events of the database.
func (db *DB) Outbox() *outboxsqlite.Store { return db.outbox }

// Write implements ledger.Repository.
func (db *DB) Write(ctx context.Context, change func(ledger.Tx) error) error {
	now := db.clock.Now()
	return db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		return change(&Tx{Tx: idempotencydb.Tx{Tx: tx, Now: now}, tx: tx, outbox: db.outbox})
	})
}

// FindResult implements ledger.Reader.
func (db *DB) FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return idempotencydb.Find(ctx, db.DB, r.Caller, r.Key)
}

// Tx implements ledger.Tx.
type Tx struct {
	idempotencydb.Tx
	tx     *sqlite.Tx
	outbox *outboxsqlite.Store
}

// Append implements ledger.Tx.
func (t *Tx) Append(event events.Event) error { return t.outbox.Append(t.tx, event) }
