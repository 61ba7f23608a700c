package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"

	"inventory.example/pkg/clock"
)

// The bounds of the creation of a Cut. Concurrent writes wait for at most
// cutRound, well within busyTimeout, so no write fails.
const (
	cutRound   = time.Second            // for all locks of one attempt
	cutPause   = 100 * time.Millisecond // between two attempts, for the waiting writers
	cutRetry   = 100 * time.Microsecond // between two tries for one lock
	cutTimeout = time.Minute            // for all attempts
	copyPages  = 1024                   // copied between two checks of the context
)

// Cut is a consistent snapshot of several databases, while other processes go
// on writing them: their state if all of those processes had been killed at
// that time. It is for one goroutine.
type Cut struct {
	At      time.Time // of the machine's clock
	sources []*sqlite3.SQLiteConn
}

// OpenCut takes the write lock of each database, begins a read of each, and
// releases the locks: for some milliseconds no process can write. The databases
// may be in use, or not; none is changed. As long as the Cut is open their
// write-ahead logs grow with every write. The caller closes it.
func OpenCut(ctx context.Context, paths ...string) (c *Cut, err error) {
	c = &Cut{}
	var writers []*sqlite3.SQLiteConn
	defer func() {
		for _, w := range writers {
			err = errors.Join(err, w.Close()) // which releases its lock
		}
		if err != nil {
			err = errors.Join(err, c.Close())
			c = nil
		}
	}()
	for _, path := range paths {
		// SQLite would only say that it cannot open the file.
		if _, err := os.Stat(path); err != nil {
			return c, fmt.Errorf("open database: %w", err)
		}
		writer, err := openRaw(path, url.Values{"mode": {"rw"}, "_busy_timeout": {"0"}})
		if err != nil {
			return c, err
		}
		writers = append(writers, writer)
		reader, err := openRaw(path, url.Values{"mode": {"ro"}, "_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())}})
		if err != nil {
			return c, err
		}
		c.sources = append(c.sources, reader)
	}
	if err := lockAll(ctx, writers); err != nil {
		return c, err
	}
	for i, reader := range c.sources {
		if err := pin(reader); err != nil {
			return c, fmt.Errorf("read database %s: %w", paths[i], err)
		}
	}
	c.At = clock.System{}.Now()
	return c, nil
}

// Close ends the reads, so that the write-ahead logs can be emptied again.
func (c *Cut) Close() error {
	var errs []error
	for _, s := range c.sources {
		errs = append(errs, s.Close())
	}
	c.sources = nil
	return errors.Join(errs...)
}

// Copy writes the database with that index among the paths of OpenCut to a new
// file, which is on disk when it returns nil.
func (c *Cut) Copy(ctx context.Context, index int, to string) (err error) {
	file, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return fmt.Errorf("create the copy of a database: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	target, err := openRaw(to, url.Values{"mode": {"rw"}, "_synchronous": {"OFF"}})
	if err != nil {
		return err
	}
	err = copyPagewise(ctx, target, c.sources[index])
	if err == nil {
		// The copy is one file, without a write-ahead log beside it.
		_, err = target.Exec("PRAGMA journal_mode=DELETE", nil)
	}
	if err = errors.Join(err, target.Close()); err == nil {
		err = file.Sync()
	}
	if err != nil {
		return fmt.Errorf("copy database to %s: %w", to, err)
	}
	return nil
}

// copyPagewise copies by SQLite's online backup, which reads in the open
// transaction of the source: https://www.sqlite.org/c3ref/backup_finish.html
func copyPagewise(ctx context.Context, target, source *sqlite3.SQLiteConn) (err error) {
	backup, err := target.Backup("main", source, "main")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Finish()) }()
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if done, err = backup.Step(copyPages); err != nil {
			return err
		}
	}
	return nil
}

// lockAll takes the write locks of all databases, or of none.
func lockAll(ctx context.Context, writers []*sqlite3.SQLiteConn) error {
	ctx, cancel := context.WithTimeout(ctx, cutTimeout)
	defer cancel()
	for {
		held, err := lockRound(ctx, writers)
		if held == len(writers) || err != nil {
			return err
		}
		for _, w := range writers[:held] {
			if _, err := w.Exec("ROLLBACK", nil); err != nil {
				return fmt.Errorf("unlock database: %w", err)
			}
		}
		if err := clock.Sleep(ctx, clock.System{}, cutPause); err != nil {
			return errors.Join(errors.New("the databases are written to without a pause; none was copied"), err)
		}
	}
}

// lockRound takes write locks until it has all or its time is over, and returns
// how many it has.
func lockRound(ctx context.Context, writers []*sqlite3.SQLiteConn) (locked int, err error) {
	end := time.Now().Add(cutRound)
	for locked < len(writers) {
		_, err := writers[locked].Exec("BEGIN IMMEDIATE", nil)
		var refused sqlite3.Error
		switch {
		case err == nil:
			locked++
			continue
		case !errors.As(err, &refused) || refused.Code != sqlite3.ErrBusy:
			return locked, fmt.Errorf("lock database: %w", err)
		case time.Now().After(end):
			return locked, nil
		}
		if err := clock.Sleep(ctx, clock.System{}, cutRetry); err != nil {
			return locked, err
		}
	}
	return locked, nil
}

// pin makes the connection see the current state of the database from here on:
// a transaction begins with its first read.
func pin(c *sqlite3.SQLiteConn) error {
	if _, err := c.Exec("BEGIN", nil); err != nil {
		return err
	}
	_, err := all(c, "SELECT COUNT(*) FROM sqlite_master")
	return err
}

// Verified is the result of Verify.
type Verified struct {
	Schema map[string]int64 // the version of each Component
}

// errDamaged is in the chain of Verify's error when a database is inconsistent.
var errDamaged = errors.New("the database is damaged")

// Verify reads all of a database that no process has open: its structure, its
// indexes against its tables, its foreign keys, and the schema versions.
func Verify(path string) (v Verified, err error) {
	c, err := openRaw(path, url.Values{"mode": {"ro"}, "_query_only": {"1"}})
	if err != nil {
		return v, err
	}
	defer func() {
		if err = errors.Join(err, c.Close()); err != nil {
			err = fmt.Errorf("verify database %s: %w", path, err)
		}
	}()
	found, err := all(c, "PRAGMA integrity_check(1)")
	if err != nil {
		return v, err
	}
	if len(found) != 1 || found[0][0] != "ok" {
		return v, fmt.Errorf("%w: %v", errDamaged, found)
	}
	if found, err = all(c, "PRAGMA foreign_key_check"); err != nil {
		return v, err
	}
	if len(found) > 0 {
		return v, fmt.Errorf("%w: a row of table %v refers to a missing one", errDamaged, found[0][0])
	}
	if found, err = all(c, sqlSchemaVersions); err != nil {
		return v, err
	}
	v.Schema = map[string]int64{}
	for _, row := range found {
		component, isText := row[0].(string)
		version, isNumber := row[1].(int64)
		if !isText || !isNumber {
			return v, fmt.Errorf("%w: schema version %v", errDamaged, row)
		}
		v.Schema[component] = version
	}
	return v, nil
}

const sqlSchemaVersions = `SELECT component, MAX(version) FROM schema_migrations GROUP BY component`

// all returns all rows of a query.
func all(c *sqlite3.SQLiteConn, query string) (list [][]driver.Value, err error) {
	rows, err := c.Query(query, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row := make([]driver.Value, len(rows.Columns()))
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		}
		list = append(list, row)
	}
}

func openRaw(path string, parameters url.Values) (*sqlite3.SQLiteConn, error) {
	opened, err := (&sqlite3.SQLiteDriver{}).Open(dsn(filepath.Clean(path), parameters))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	c, ok := opened.(*sqlite3.SQLiteConn)
	if !ok {
		return nil, fmt.Errorf("open database %s: unexpected connection type %T", path, opened)
	}
	return c, nil
}
