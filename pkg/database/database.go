// Package database has the parts that the databases of all services are opened
// with, on every engine.
package database

import (
	"context"
	"log/slog"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/telemetry/tracing"
)

// Config says where the database of a service is.
type Config struct {
	SQLitePath  string // the file
	Synchronous string // of SQLite: FULL, NORMAL, EXTRA or OFF; empty: FULL

	URL    string // of the PostgreSQL database, with a password perhaps; empty: the service uses SQLite
	Schema string // of the service in that database
}

// Deps are given to a database by the service that opens it. Clock is required.
type Deps struct {
	Clock  clock.Clock
	Logger *slog.Logger    // nil: slog.Default
	Tracer *tracing.Tracer // records each commit that belongs to a trace; nil: off
	// Rehearse makes the engine run each change twice, where it can. Tests use it to
	// prove that changes may run more than once.
	Rehearse bool
	// Unnamed is called when a change reads a record of a table that its needs did
	// not name, where needs save time. Tests use it; nil: off.
	Unnamed func(table string)
}

// TraceCommits returns a hook that records each Write that belongs to a trace;
// nil when traces are off.
func (d Deps) TraceCommits() func(context.Context) (context.Context, func(error)) {
	if d.Tracer == nil {
		return nil
	}
	return func(ctx context.Context) (context.Context, func(error)) {
		ctx, span := d.Tracer.Within(ctx, tracing.Internal, "commit")
		return ctx, func(err error) {
			span.Fail(err)
			span.End()
		}
	}
}
