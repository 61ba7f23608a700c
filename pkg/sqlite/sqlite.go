// Package sqlite is one SQLite file with one writer: changes are queued, run
// one after the other on a goroutine that owns the only writing connection, and
// committed together with one fsync (group commit). Reads use a read-only pool
// and never wait for the writer.
//
// No other goroutine of the process competes for the write lock, so no caller
// ever sees SQLITE_BUSY, and a hot row costs no more than a cold one.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/mattn/go-sqlite3"
)

// Options are the options of Open. Path is required; other zero fields use the
// defaults.
type Options struct {
	Path        string       // the database file, which only its user may read; a missing folder is created
	Synchronous string       // FULL (default), NORMAL, EXTRA or OFF
	ReadConns   int          // connections of the read-only pool; default 4
	QueueLength int          // changes that may wait for the writer; default 4096
	MaxBatch    int          // changes in one commit at most; default 1024
	Logger      *slog.Logger // default slog.Default()

	// EraseDeleted overwrites deleted content in the file with zeros, where that
	// needs no more pages to be written: secrets do not outlive their deletion.
	EraseDeleted bool

	// Pace is the shortest time between two group commits: under continuous
	// load the changes of that time share one, while a change after a quiet
	// time is committed at once. Default 0: as fast as the disk allows.
	Pace time.Duration

	// Trace is called at the beginning of each Write, and its end function with
	// the error of the Write; nil: off.
	Trace func(ctx context.Context) (within context.Context, end func(err error))

	// Rehearse makes the writer run every batch, roll it back and run it again
	// with savepoints. Tests use it to prove that changes may run more than
	// once.
	Rehearse bool
}

const (
	defaultReadConns   = 4
	defaultQueueLength = 4096
	defaultMaxBatch    = 1024
	busyTimeout        = 5 * time.Second // for other programs only, such as a backup tool
	stmtCacheSize      = 64
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	options Options
	lock    *flock.Flock
	reader  *sql.DB
	writer  *writer
}

// ErrInUse is in the chain of Open's error when another process, or another DB
// of this process, has the file open.
var ErrInUse = errors.New("it is in use by another process; stop that one, or choose another file")

// Open opens the file, creates or migrates its schema from the components, and
// starts the writer. The caller must Close the DB.
func Open(ctx context.Context, o Options, components ...Component) (*DB, error) {
	if o.Path == "" {
		return nil, errors.New("open database: the path is empty") // SQLite would take a temporary file
	}
	o = o.withDefaults()
	if err := os.MkdirAll(filepath.Dir(o.Path), folderMode); err != nil {
		return nil, fmt.Errorf("create the folder of database %s: %w", o.Path, err)
	}
	lock, err := claim(o.Path)
	if err != nil {
		return nil, err
	}
	db := &DB{options: o, lock: lock}
	err = protect(ctx, o)
	if err == nil {
		err = db.start(ctx, components)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", o.Path, err), lock.Unlock())
	}
	return db, nil
}

// Claim prevents every process from opening the database at path, also while it
// does not exist, until release is called. An error with ErrInUse in its chain
// means that it is open.
func Claim(path string) (release func() error, err error) {
	lock, err := claim(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	return lock.Unlock, nil
}

func claim(path string) (*flock.Flock, error) {
	// Opening the lock for writing fails with a clear error in a folder that is
	// not writable; SQLite would only report that it cannot open the file.
	lock := flock.New(path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(fileMode))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock database %s: %w", path, err)
	}
	if !locked {
		return nil, fmt.Errorf("open database %s: %w", path, ErrInUse)
	}
	return lock, nil
}

func (db *DB) start(ctx context.Context, components []Component) error {
	if err := keepPlans(); err != nil {
		return err
	}
	conn, err := openConn(db.options)
	if err != nil {
		return err
	}
	if err := migrate(ctx, conn, components); err != nil {
		return errors.Join(err, conn.Close())
	}
	reader, err := sql.Open("sqlite3", dsn(db.options.Path, url.Values{
		"mode":             {"ro"},
		"_query_only":      {"1"},
		"_busy_timeout":    {fmt.Sprint(busyTimeout.Milliseconds())},
		"_stmt_cache_size": {fmt.Sprint(stmtCacheSize)},
	}))
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	reader.SetMaxOpenConns(db.options.ReadConns)
	reader.SetMaxIdleConns(db.options.ReadConns)
	if err := reader.PingContext(ctx); err != nil {
		return errors.Join(err, reader.Close(), conn.Close())
	}
	db.reader = reader
	db.writer = startWriter(db.options, conn)
	return nil
}

// Reader returns the read-only pool. A query sees every change whose Write had
// returned before the query began.
func (db *DB) Reader() *sql.DB { return db.reader }

// Ping returns nil when the database responds to a query.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.reader.QueryRowContext(ctx, "SELECT 1 FROM schema_migrations").Scan(&one); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close waits for the changes that are queued, ends the writer and closes the
// file. Later Writes fail. A second Close does nothing.
func (db *DB) Close() error {
	if !db.writer.stop() {
		return nil
	}
	return errors.Join(db.reader.Close(), db.writer.conn.Close(), db.lock.Unlock())
}

func (o Options) withDefaults() Options {
	o.Path = filepath.Clean(o.Path) // in a URI, the part after a leading // is a host
	if o.Synchronous == "" {
		o.Synchronous = "FULL"
	}
	if o.ReadConns == 0 {
		o.ReadConns = defaultReadConns
	}
	if o.QueueLength == 0 {
		o.QueueLength = defaultQueueLength
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = defaultMaxBatch
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// openConn opens the writing connection on the driver itself: the writer is
// its only user, so database/sql's pool and locks would be pure cost.
func openConn(o Options) (*conn, error) {
	parameters := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_foreign_keys": {"1"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {o.Synchronous},
		"_mutex":        {"no"},
	}
	if o.EraseDeleted {
		parameters.Set("_secure_delete", "FAST")
	}
	raw, err := (&sqlite3.SQLiteDriver{}).Open(dsn(o.Path, parameters))
	if err != nil {
		return nil, err
	}
	c, ok := raw.(*sqlite3.SQLiteConn)
	if !ok {
		return nil, fmt.Errorf("unexpected connection type %T", raw)
	}
	for _, pragma := range []string{
		fmt.Sprintf("PRAGMA wal_autocheckpoint=%d", checkpointPages),
		fmt.Sprintf("PRAGMA journal_size_limit=%d", logKept),
	} {
		if _, err := c.Exec(pragma, []driver.Value{}); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return &conn{SQLiteConn: c, stmts: map[string]*statement{}}, nil
}

func dsn(path string, parameters url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + parameters.Encode()
}
