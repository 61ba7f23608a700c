package sqlite_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashVariable); path != "" {
		crash(path) // does not return
	}
	goleak.VerifyTestMain(m)
}

const schema = `
CREATE TABLE numbers (n INTEGER PRIMARY KEY, text TEXT, note BLOB) STRICT;
CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE children (
	id     INTEGER PRIMARY KEY,
	parent INTEGER NOT NULL REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;`

// component has the given files as its migrations.
func component(files ...string) sqlite.Component {
	names := []string{"0001_first.sql", "0002_second.sql", "0003_third.sql"}
	folder := fstest.MapFS{}
	for i, text := range files {
		folder["migrations/"+names[i]] = &fstest.MapFile{Data: []byte(text)}
	}
	return sqlite.Component{Name: "test", FS: folder}
}

// open opens a database and closes it with the test. The path may be empty.
func open(tb testing.TB, o sqlite.Options) *sqlite.DB {
	tb.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(tb.TempDir(), "test.db")
	}
	o.Logger = slog.New(slog.DiscardHandler)
	db, err := sqlite.Open(context.Background(), o, component(schema))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { mustClose(tb, db) })
	return db
}

func mustClose(tb testing.TB, db *sqlite.DB) {
	tb.Helper()
	if err := db.Close(); err != nil {
		tb.Error(err)
	}
}

func mustWrite(tb testing.TB, db *sqlite.DB, change func(*sqlite.Tx) error) {
	tb.Helper()
	if err := db.Write(context.Background(), change); err != nil {
		tb.Fatal(err)
	}
}

// insert returns a change that inserts n.
func insert(n int) func(*sqlite.Tx) error {
	return func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`INSERT INTO numbers (n) VALUES (?)`, n)
		return err
	}
}

// numbers returns the content of the table.
func numbers(tb testing.TB, db *sqlite.DB) (list []int) {
	tb.Helper()
	rows, err := db.Reader().QueryContext(context.Background(), `SELECT n FROM numbers ORDER BY n`)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			tb.Error(err)
		}
	}()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			tb.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

func expectNumbers(tb testing.TB, db *sqlite.DB, want ...int) {
	tb.Helper()
	if got := numbers(tb, db); !slices.Equal(got, want) {
		tb.Errorf("the table has %v, want %v", got, want)
	}
}

// eventually waits until condition holds.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s did not happen", what)
		}
		runtime.Gosched()
	}
}

func TestOpen_paths(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{
		"plain.db", "with space.db", "what?.db", "100%.db", "50%25.db", "a#b.db", "a&b=c;d.db", "größe 東京.db", "a'b\".db",
		"a:b.db", "new folder/deeper/test.db", "../sibling of the test/test.db",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, name)
			db := open(t, sqlite.Options{Path: path})
			mustWrite(t, db, insert(1))
			expectNumbers(t, db, 1)
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the file is not at its path: %v", err)
			}
		})
	}
	t.Run("relative", func(t *testing.T) {
		t.Chdir(folder)
		db := open(t, sqlite.Options{Path: "here #1.db"})
		mustWrite(t, db, insert(1))
		expectNumbers(t, db, 1)
		if _, err := os.Stat(filepath.Join(folder, "here #1.db")); err != nil {
			t.Error(err)
		}
	})
	t.Run("two slashes", func(t *testing.T) {
		db := open(t, sqlite.Options{Path: "/" + filepath.Join(folder, "slashes.db")})
		mustWrite(t, db, insert(1))
		expectNumbers(t, db, 1)
	})
	t.Run("none", func(t *testing.T) {
		if db, err := sqlite.Open(t.Context(), sqlite.Options{}); err == nil {
			mustClose(t, db)
			t.Error("a database without a path was opened")
		}
	})
}

func TestOpen_fileInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlite.Options{Path: path})
	for range 2 {
		if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}, component(schema)); !errors.Is(err, sqlite.ErrInUse) {
			t.Errorf("got %v, want ErrInUse", err)
		}
	}
	mustWrite(t, db, insert(1)) // the first one is unharmed
	mustClose(t, db)
	again := open(t, sqlite.Options{Path: path})
	expectNumbers(t, again, 1)
}

func TestOpen_impossibleFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(file, "test.db")
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

func TestOpen_otherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is a text, not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the lock was released
		_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}, component(schema))
		if err == nil || errors.Is(err, sqlite.ErrInUse) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want an error that names %s", err, path)
		}
	}
}

func TestOpen_migrationGaps(t *testing.T) {
	tests := map[string][]string{
		"a number left out": {"0001_a.sql", "0003_b.sql"},
		"no first":          {"0002_a.sql"},
		"a number twice":    {"0001_a.sql", "0001_b.sql"},
		"no number":         {"first.sql"},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			folder := fstest.MapFS{}
			for _, file := range files {
				folder["migrations/"+file] = &fstest.MapFile{Data: []byte(`SELECT 1`)}
			}
			_, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "test.db")},
				sqlite.Component{Name: "gap", FS: folder})
			if err == nil || !strings.Contains(err.Error(), files[len(files)-1]) {
				t.Errorf("got %v, want an error that names %s", err, files[len(files)-1])
			}
		})
	}
}

func TestDB_Reader(t *testing.T) {
	db := open(t, sqlite.Options{})
	for n := 1; n <= 100; n++ {
		mustWrite(t, db, insert(n))
		var count int
		if err := db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM numbers`).Scan(&count); err != nil {
			t.Fatal(err)
		}
		if count != n {
			t.Fatalf("after %d writes a reader sees %d rows", n, count)
		}
	}
	if _, err := db.Reader().ExecContext(t.Context(), `DELETE FROM numbers`); err == nil {
		t.Error("a reader could delete")
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	mustClose(t, db)
	if err := db.Ping(t.Context()); err == nil {
		t.Error("a closed database responds")
	}
}

// A long transaction must not keep its disk space after the checkpoint.
func TestDB_cutsLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	db := open(t, sqlite.Options{Path: path, Synchronous: "OFF"})
	logSize := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		if _, _, err := tx.Exec("CREATE TABLE filler (content BLOB)"); err != nil {
			return err
		}
		for range 100 {
			if _, _, err := tx.Exec("INSERT INTO filler VALUES (zeroblob(1 << 20))"); err != nil {
				return err
			}
		}
		return nil
	})
	mustWrite(t, db, func(tx *sqlite.Tx) error { // the first change after the checkpoint
		_, _, err := tx.Exec("DELETE FROM filler WHERE rowid = 1")
		return err
	})
	if after := logSize(); after > 64<<20 {
		t.Errorf("the log still has %d bytes", after)
	}
}

func TestDB_durableByDefault(t *testing.T) {
	db := open(t, sqlite.Options{})
	settings := map[string]int64{"synchronous": 2, "foreign_keys": 1}
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		for name, want := range settings {
			var got int64
			if err := tx.QueryRow("PRAGMA " + name).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s is %d, want %d", name, got, want)
			}
		}
		var mode string
		if err := tx.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil {
			return err
		}
		if mode != "wal" {
			t.Errorf("journal_mode is %s, want wal", mode)
		}
		return nil
	})
}
