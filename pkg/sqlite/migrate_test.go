package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/sqlite"
)

// migrating is a database with one number, created by the first release of a
// program; later ones open it with more migrations.
type migrating struct {
	t    *testing.T
	path string
}

const (
	second = `ALTER TABLE numbers ADD COLUMN extra TEXT; UPDATE numbers SET extra = 'moved';`
	third  = `CREATE TABLE more (n INTEGER) STRICT;`
	broken = `INSERT INTO nowhere VALUES (1);`
)

func firstRelease(t *testing.T) *migrating {
	t.Helper()
	m := &migrating{t, filepath.Join(t.TempDir(), "test.db")}
	db := open(t, sqlite.Options{Path: m.path})
	mustWrite(t, db, insert(1))
	mustClose(t, db)
	return m
}

// open opens the database and closes it again.
func (m *migrating) open(components ...sqlite.Component) error {
	db, err := sqlite.Open(m.t.Context(), sqlite.Options{Path: m.path}, components...)
	if err != nil {
		return err
	}
	return db.Close()
}

// wants opens the database as a release with these migrations and fails the
// test unless the number is there and the query, of one text, gives want.
func (m *migrating) wants(query, want string, files ...string) {
	m.t.Helper()
	db, err := sqlite.Open(m.t.Context(), sqlite.Options{Path: m.path}, component(files...))
	if err != nil {
		m.t.Fatal(err)
	}
	defer mustClose(m.t, db)
	expectNumbers(m.t, db, 1)
	var got string
	if err := db.Reader().QueryRowContext(m.t.Context(), query).Scan(&got); err != nil || got != want {
		m.t.Errorf("%s: %q, %v; want %q", query, got, err, want)
	}
}

const schemaVersions = `SELECT group_concat(version) FROM schema_migrations`

func TestOpen_migrates(t *testing.T) {
	m := firstRelease(t)
	m.wants(schemaVersions, "1", schema)
	m.wants(`SELECT extra FROM numbers`, "moved", schema, second)
	m.wants(schemaVersions, "1,2", schema, second) // once
	other := component(third)
	other.Name = "other" // counts its own versions
	if err := m.open(component(schema, second), other); err != nil {
		t.Errorf("a further component: %v", err)
	}
}

// TestOpen_failedMigration: the file is unchanged, so the release before still
// opens it, also when other migrations succeeded before the failed one.
func TestOpen_failedMigration(t *testing.T) {
	m := firstRelease(t)
	other := component(third, broken)
	other.Name = "other"
	for _, components := range [][]sqlite.Component{
		{component(schema, broken)},
		{component(schema, second+broken)},
		{component(schema, second, broken)},
		{component(schema, second, `INSERT INTO children (parent) VALUES (7);`)}, // refused by the commit
		{component(schema, second), other},
	} {
		if err := m.open(components...); err == nil {
			t.Fatal("a database with a failed migration was opened")
		} else if text := err.Error(); !strings.Contains(text, "0002_second.sql") && !strings.Contains(text, "0003_third.sql") &&
			!strings.Contains(text, "FOREIGN KEY") {
			t.Errorf("%v does not say what failed", err)
		}
		m.wants(schemaVersions, "1", schema)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.Open(cancelled, sqlite.Options{Path: m.path}, component(schema, second)); !errors.Is(err, context.Canceled) {
		t.Errorf("Open with a cancelled context: %v", err)
	}
	m.wants(schemaVersions, "1", schema)
	m.wants(`SELECT extra FROM numbers`, "moved", schema, second) // the corrected migration succeeds
}

// TestOpen_newerSchema: a file with a later version of a component, or with a
// new component, is refused and stays unchanged.
func TestOpen_newerSchema(t *testing.T) {
	m := firstRelease(t)
	other := component(third)
	other.Name = "other"
	for _, newer := range [][]sqlite.Component{{component(schema, second)}, {component(schema, second), other}} {
		if err := m.open(newer...); err != nil {
			t.Fatal(err)
		}
		for _, older := range [][]sqlite.Component{{component(schema)}, newer[:len(newer)-1]} {
			err := m.open(older...)
			if !errors.Is(err, sqlite.ErrNewerSchema) || !strings.Contains(err.Error(), "restore the backup") {
				t.Errorf("%v, want ErrNewerSchema and what to do", err)
			}
		}
		if err := m.open(newer...); err != nil {
			t.Errorf("the newer release again: %v", err)
		}
	}
}

// TestOpen_migratesOnce opens an old database several times at once: one call
// migrates it, and the others return that it is in use.
func TestOpen_migratesOnce(t *testing.T) {
	m := firstRelease(t)
	const openers = 8
	var all sync.WaitGroup
	opened := make(chan *sqlite.DB, openers)
	for range openers {
		all.Go(func() {
			db, err := sqlite.Open(t.Context(), sqlite.Options{Path: m.path}, component(schema, second, third))
			switch {
			case err == nil:
				opened <- db
			case !errors.Is(err, sqlite.ErrInUse):
				t.Errorf("%v, want ErrInUse", err)
			}
		})
	}
	all.Wait()
	if n := len(opened); n != 1 {
		t.Errorf("%d opened it", n)
	}
	for range len(opened) {
		mustClose(t, <-opened)
	}
	m.wants(schemaVersions, "1,2,3", schema, second, third)
}
