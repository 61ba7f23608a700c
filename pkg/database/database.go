// Package database has the parts that the databases of all services are opened
// with, on every engine.
package database

import (
	"log/slog"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/telemetry/tracing"
)

// Config says where the database of a service is.
type Config struct {
	SQLitePath  string // the file
	Synchronous string // of SQLite: FULL, NORMAL, EXTRA or OFF; empty: FULL
}

// Deps are given to a database by the service that opens it. Clock is required.
type Deps struct {
	Clock  clock.Clock
	Logger *slog.Logger    // nil: slog.Default
	Tracer *tracing.Tracer // records each commit that belongs to a trace; nil: off
	// Rehearse makes the engine run each change twice, where it can. Tests use it to
	// prove that changes may run more than once.
	Rehearse bool
}
