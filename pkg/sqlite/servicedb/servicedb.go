// Package servicedb has the parts that the databases of all services share on
// SQLite: the results of requests with an Idempotency-Key, and the outbox. The
// database of a service embeds a DB and adds its own tables.
package servicedb

import (
	"context"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencysqlite"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
)

// Options are the tables that a service has. Component is required.
type Options struct {
	Component sqlite.Component // the service's own tables
	NoOutbox  bool             // the service publishes no events
	// EraseDeleted is that of sqlite.Options.
	EraseDeleted bool
}

// DB is the shared part of a service's database.
type DB struct {
	*sqlite.DB
	Clock  clock.Clock
	outbox *outboxsqlite.Store // nil without an outbox
}

// Open opens the database and creates or migrates its schema.
func Open(ctx context.Context, config database.Config, deps database.Deps, o Options) (*DB, error) {
	components := []sqlite.Component{idempotencysqlite.Component(), o.Component}
	if !o.NoOutbox {
		components = append([]sqlite.Component{outboxsqlite.Component()}, components...)
	}
	db, err := sqlite.Open(ctx, sqlite.Options{
		Path: config.SQLitePath, Synchronous: config.Synchronous, Logger: deps.Logger, Trace: deps.TraceCommits(), Rehearse: deps.Rehearse,
		EraseDeleted: o.EraseDeleted,
	}, components...)
	if err != nil {
		return nil, err
	}
	s := &DB{DB: db, Clock: deps.Clock}
	if !o.NoOutbox {
		s.outbox = outboxsqlite.New(db, deps.Logger)
	}
	return s, nil
}

// SQL returns the database itself.
func (db *DB) SQL() *sqlite.DB { return db.DB }

// Outbox returns the events of the service.
func (db *DB) Outbox() outbox.Table { return db.outbox }

// FindResult returns the result saved for the request's caller and key, or false.
func (db *DB) FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return idempotencysqlite.Find(ctx, db.DB, r.Caller, r.Key)
}

// PurgeResults implements idempotency.Purger.
func (db *DB) PurgeResults(ctx context.Context, before time.Time) (more bool, err error) {
	return idempotencysqlite.Purge(ctx, db.DB, before)
}

// Change runs change within one transaction, as Write of a service's repository
// does.
func (db *DB) Change(ctx context.Context, change func(Tx) error) error {
	now := db.Clock.Now()
	return db.Write(ctx, func(tx *sqlite.Tx) error {
		return change(Tx{Tx: idempotencysqlite.Tx{Tx: tx, Now: now}, outbox: db.outbox})
	})
}

// Tx is the shared part of a service's transaction.
type Tx struct {
	idempotencysqlite.Tx
	outbox *outboxsqlite.Store
}

// SQL returns the transaction itself.
func (t Tx) SQL() *sqlite.Tx { return t.Tx.Tx }

// Append writes an event that is published once the transaction is durable.
func (t Tx) Append(event events.Event) error { return t.outbox.Append(t.SQL(), event) }
