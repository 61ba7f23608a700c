// Package servicepg has the parts that the databases of all services share on
// PostgreSQL: the results of requests with an Idempotency-Key, and the outbox.
// The database of a service embeds a DB and adds its own tables. Several
// processes may open the schema of one service at once.
package servicepg

import (
	"context"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencypg"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxpg"
	"inventory.example/pkg/postgres"
)

// Options are the tables that a service has. Component is required.
type Options struct {
	Component postgres.Component // the service's own tables
	Tables    []postgres.Table   // those of them that changes read and write by keys, parents first
	NoOutbox  bool               // the service publishes no events
}

// DB is the shared part of a service's database.
type DB struct {
	*postgres.DB
	Clock  clock.Clock
	outbox *outboxpg.Store // nil without an outbox
}

// Open connects to the server and creates or migrates the schema of the service.
func Open(ctx context.Context, config database.Config, deps database.Deps, o Options) (*DB, error) {
	components := []postgres.Component{idempotencypg.Component(), o.Component}
	tables := append(idempotencypg.Tables(), o.Tables...)
	if !o.NoOutbox {
		components = append([]postgres.Component{outboxpg.Component()}, components...)
		tables = append(tables, outboxpg.Tables()...)
	}
	db, err := postgres.Open(ctx, postgres.Options{
		URL: config.URL, Schema: config.Schema, Tables: tables, Logger: deps.Logger, Trace: deps.TraceCommits(),
		Rehearse: deps.Rehearse, Unnamed: deps.Unnamed,
	}, components...)
	if err != nil {
		return nil, err
	}
	s := &DB{DB: db, Clock: deps.Clock}
	if !o.NoOutbox {
		s.outbox = outboxpg.New(db)
	}
	return s, nil
}

// SQL returns the database itself.
func (db *DB) SQL() *postgres.DB { return db.DB }

// Outbox returns the events of the service.
func (db *DB) Outbox() outbox.Table { return db.outbox }

// FindResult returns the result saved for the request's caller and key, or false.
func (db *DB) FindResult(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return idempotencypg.Find(ctx, db.DB, r)
}

// PurgeResults implements idempotency.Purger.
func (db *DB) PurgeResults(ctx context.Context, before time.Time) (more bool, err error) {
	return idempotencypg.Purge(ctx, db.DB, before)
}

// Change runs change within one transaction, as Write of a service's repository
// does. needs name the records that change will read, see postgres.DB.Write;
// the record that Append reads need not be named.
func (db *DB) Change(ctx context.Context, needs []postgres.Need, change func(Tx) error) error {
	now := db.Clock.Now()
	if db.outbox != nil {
		needs = append(slices.Clip(needs), outboxpg.Need())
	}
	return db.Write(ctx, needs, func(tx *postgres.Tx) error {
		return change(Tx{Tx: idempotencypg.Tx{Tx: tx, Now: now}, outbox: db.outbox})
	})
}

// Results names the results of those requests that carry a key, for the needs of
// a change that looks them up or saves them.
func Results(requests ...idempotency.Request) []postgres.Need {
	var needs []postgres.Need
	for _, r := range requests {
		if r.Asked() {
			needs = append(needs, idempotencypg.Need(r))
		}
	}
	return needs
}

// Tx is the shared part of a service's transaction. Now, of its embedded Tx, is
// the service's time at the beginning of Change.
type Tx struct {
	idempotencypg.Tx
	outbox *outboxpg.Store
}

// SQL returns the transaction itself.
func (t Tx) SQL() *postgres.Tx { return t.Tx.Tx }

// Append writes an event that is published once the transaction is durable.
func (t Tx) Append(event events.Event) error { return t.outbox.Append(t.SQL(), event) }
