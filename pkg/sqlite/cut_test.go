package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// count returns how many rows a database file has, which no process has open.
func count(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	err = db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM numbers`).Scan(&n)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return n
}

// copies opens a cut of the databases and copies them.
func copies(t *testing.T, paths ...string) []string {
	t.Helper()
	cut, err := sqlite.OpenCut(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var made []string
	for i, path := range paths {
		to := filepath.Join(dir, filepath.Base(path))
		if err := cut.Copy(t.Context(), i, to); err != nil {
			t.Fatal(err)
		}
		made = append(made, to)
	}
	if err := cut.Close(); err != nil {
		t.Error(err)
	}
	return made
}

func TestOpenCut_consistent(t *testing.T) {
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db"), filepath.Join(dir, "c.db")}
	var all []*sqlite.DB
	for _, path := range paths {
		all = append(all, open(t, sqlite.Options{Path: path, Synchronous: "OFF"}))
	}
	// Each number is inserted into the databases one after the other, so at any
	// time the first has as many as the others, or one more.
	ctx, stop := context.WithCancel(t.Context())
	written := 0
	started := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for ; ctx.Err() == nil; written++ {
			for _, db := range all {
				if err := db.Write(context.WithoutCancel(ctx), insert(written)); err != nil {
					t.Error(err)
					return
				}
			}
			if written == 10 {
				close(started)
			}
		}
	})
	<-started
	last := 0
	for range 20 {
		n := map[string]int{}
		for i, path := range copies(t, paths...) {
			n[string(rune('a'+i))] = count(t, path)
		}
		if n["a"] < n["b"] || n["b"] < n["c"] || n["a"] > n["c"]+1 || n["a"] < last {
			t.Errorf("the copies have %v rows, those before had %d", n, last)
		}
		last = n["a"]
	}
	stop()
	writing.Wait()
	t.Logf("the last copies have %d of %d rows", last, written)
}

func TestOpenCut_waitsForWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, sqlite.Options{Path: path})
	mustWrite(t, db, insert(1))
	writing, finish := make(chan struct{}), make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		once := sync.OnceFunc(func() { close(writing) })
		if err := db.Write(context.Background(), func(tx *sqlite.Tx) error {
			err := insert(2)(tx)
			once()
			<-finish
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	<-writing
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.OpenCut(canceled, path); !errors.Is(err, context.Canceled) {
		t.Errorf("while it is locked: %v", err)
	}
	close(finish)
	ended.Wait()
	if n := count(t, copies(t, path)[0]); n != 2 {
		t.Errorf("the copy has %d rows, want 2", n)
	}
}

func TestCut_Copy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := open(t, sqlite.Options{Path: path})
	mustWrite(t, db, insert(1))
	cut, err := sqlite.OpenCut(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, db, insert(2)) // neither waits for the cut nor is in it
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := cut.Copy(t.Context(), 0, to); err != nil {
		t.Fatal(err)
	}
	if err := cut.Copy(t.Context(), 0, to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("to a file that exists: %v", err)
	}
	if err := cut.Close(); err != nil {
		t.Error(err)
	}
	if n := count(t, to); n != 1 {
		t.Errorf("the copy has %d rows, want 1", n)
	}
	if entries, err := os.ReadDir(filepath.Dir(to)); err != nil || len(entries) != 1 {
		t.Errorf("the copy is the files %v, %v", entries, err)
	}
	if v, err := sqlite.Verify(to); err != nil || !maps.Equal(v.Schema, map[string]int64{"test": 1}) {
		t.Errorf("%+v, %v", v, err)
	}
	t.Run("of a missing file", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "x.db")
		if _, err := sqlite.OpenCut(t.Context(), path, missing); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
		if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it was made: %v", err)
		}
	})
}

func TestVerify_finds(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"a row that refers to a missing one": func(t *testing.T, path string) {
			sqlitetest.Damage(t, path, `INSERT INTO children (id, parent) VALUES (1, 77)`)
		},
		"an index without its row": func(t *testing.T, path string) {
			sqlitetest.Damage(t, path, `CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 2);
				PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX i ON t (b)' WHERE name = 'i'`)
		},
		"a page of zeros": func(t *testing.T, path string) {
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteAt(make([]byte, 4096), 4096); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			db := open(t, sqlite.Options{Path: path})
			mustWrite(t, db, insert(1))
			to := copies(t, path)[0]
			if _, err := sqlite.Verify(to); err != nil {
				t.Fatal(err)
			}
			damage(t, to)
			_, err := sqlite.Verify(to)
			if err == nil {
				t.Fatal("found nothing")
			}
			t.Log(err)
			if !strings.Contains(err.Error(), to) {
				t.Errorf("%v does not name the file", err)
			}
		})
	}
}

func TestClaim(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	release, err := sqlite.Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("open: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	db := open(t, sqlite.Options{Path: path})
	if _, err := sqlite.Claim(path); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("claim: %v", err)
	}
	mustWrite(t, db, insert(1))
}
