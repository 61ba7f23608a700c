// Package postgres is a schema of a PostgreSQL database that several processes
// write at once as if there were one writer. Changes are queued in each process
// and committed in groups; a group takes the schema's write token first, so all
// groups of all processes are serial, and costs two exchanges with the server
// however many changes share it:
//
//  1. BEGIN, the write token, and every record that the changes have named.
//  2. The records that the changes have written, COMMIT.
//
// Between the two the changes run in memory, one after the other, on tables that
// the adapter of a service declares (Set, Log). A change that fails leaves
// nothing to undo.
//
// A reader uses a pool of its own and never waits for the token.
package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options says how to open a schema. URL and Schema are required; other zero
// fields take the defaults.
type Options struct {
	URL         string // postgres://user:password@host:port/database; several hosts are tried in their order
	Schema      string // of this service; it is created when missing
	ReadConns   int    // connections of the read-only pool; default 4
	QueueLength int    // changes that may wait for the writer; default 4096
	MaxBatch    int    // changes in one group at most; default 1024
	Logger      *slog.Logger

	// Tables are the tables that changes read and write by keys, parents before the tables
	// that refer to them.
	Tables []Table

	// RetryFor is how long a group that the server could not commit is tried again
	// before its callers get an engine.UnavailableError; default 10 s.
	RetryFor time.Duration
	// ResolveFor is how long a writer asks for the outcome of a commit whose
	// response was lost, before its callers get ErrUnknownOutcome; default 1 min.
	ResolveFor time.Duration
	// LeaseFor is how long a lease lasts without being renewed; default 10 s.
	LeaseFor time.Duration

	// Unnamed is called when a change reads a record that its needs did not name,
	// which costs an exchange of its own. It runs on the writer goroutine. May be
	// nil.
	Unnamed func(table string)

	// Trace is called at the beginning of each Write, and end with its error; nil:
	// off.
	Trace func(ctx context.Context) (within context.Context, end func(err error))

	// Rehearse makes the writer run the changes of each group twice and drop the
	// effects of the first run. Tests use it to prove that changes may run more than once.
	Rehearse bool
}

const (
	defaultReadConns   = 4
	defaultQueueLength = 4096
	defaultMaxBatch    = 1024
	defaultRetryFor    = 10 * time.Second
	defaultResolveFor  = time.Minute
	defaultLeaseFor    = 10 * time.Second
)

// DB is an open schema. It is safe for concurrent use.
type DB struct {
	options Options
	reader  *pgxpool.Pool
	writer  *writer
}

//go:embed migrations
var engineFiles embed.FS

// Open connects to the server, creates or migrates the schema from the
// components, and starts the writer. A server that is starting, or that cannot
// be reached, is tried again until ctx ends or RetryFor is over; a migration may
// take longer. The caller must Close the DB.
func Open(ctx context.Context, o Options, components ...Component) (*DB, error) {
	o = o.withDefaults()
	if o.Schema == "" {
		return nil, errors.New("open database: the schema is empty")
	}
	writing, err := writerConfig(o)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	reading, err := readerConfig(o)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	components = append([]Component{{Name: "engine", FS: engineFiles}}, components...)
	var conn *pgx.Conn
	err = retry(ctx, o.RetryFor, func(ctx context.Context) (err error) {
		if conn, err = connect(ctx, writing, o.Schema); err != nil {
			return err
		}
		if err = migrate(ctx, conn, o.Schema, components); err != nil {
			return errors.Join(err, closeConn(conn))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open schema %s: %w", o.Schema, err)
	}
	reader, err := pgxpool.NewWithConfig(ctx, reading)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open schema %s: %w", o.Schema, err), closeConn(conn))
	}
	db := &DB{options: o, reader: reader}
	db.writer = startWriter(o, writing, conn)
	return db, nil
}

// Reader returns the read-only pool. A query sees every change whose Write had
// returned before the query began.
func (db *DB) Reader() *pgxpool.Pool { return db.reader }

// Ping reports whether a query of the database succeeds.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.reader.QueryRow(ctx, "SELECT 1 FROM writer_token").Scan(&one); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close waits for the changes that are queued, ends the writer and closes the
// connections. Later Writes fail. A second Close does nothing.
func (db *DB) Close() error {
	if !db.writer.stop() {
		return nil
	}
	db.reader.Close()
	return nil
}

func (o Options) withDefaults() Options {
	o.ReadConns = orDefault(o.ReadConns, defaultReadConns)
	o.QueueLength = orDefault(o.QueueLength, defaultQueueLength)
	o.MaxBatch = orDefault(o.MaxBatch, defaultMaxBatch)
	o.RetryFor = orDefault(o.RetryFor, defaultRetryFor)
	o.ResolveFor = orDefault(o.ResolveFor, defaultResolveFor)
	o.LeaseFor = orDefault(o.LeaseFor, defaultLeaseFor)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	// A set of its own per DB is not needed: a Set has no state.
	o.Tables = append([]Table{leases}, o.Tables...)
	return o
}

func orDefault[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}

// newWriterID returns the id of a writer, which no other writer ever has.
func newWriterID() string { return uuid.NewString() }
