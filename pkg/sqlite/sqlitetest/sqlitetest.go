// Package sqlitetest reads databases for tests, and damages them as a broken
// disk or a person with a shell would: without the writer, and against the
// rules of the schema.
package sqlitetest

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver that Damage opens
)

// Damage runs a statement on the file at path, which may be open elsewhere, and
// fails the test when it changes no row. Neither CHECK constraints nor foreign
// keys are checked.
func Damage(t testing.TB, path, statement string, args ...any) {
	t.Helper()
	if changed, err := run(path, statement, args); err != nil || changed == 0 {
		t.Fatalf("%s changes %d rows of %s: %v", statement, changed, path, err)
	}
}

// Spoil overwrites the file of an open database and its write-ahead log with
// text: every later read fails, as on a broken disk.
func Spoil(t testing.TB, path string) {
	t.Helper()
	for _, name := range []string{path, path + "-wal"} {
		file, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.Repeat([]byte{0xa5}, int(file.Size())), file.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

func run(path, statement string, args []any) (changed int64, err error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=rw&_busy_timeout=5000&_ignore_check_constraints=1")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	result, err := db.Exec(statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Plan returns the steps in which SQLite would run the query.
func Plan(t testing.TB, db *sql.DB, query string) (steps []string) {
	t.Helper()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil || len(steps) == 0 {
		t.Fatalf("%s: %d steps, %v", query, len(steps), err)
	}
	return steps
}

// Path returns the file of an open database.
func Path(t testing.TB, db *sql.DB) (path string) {
	t.Helper()
	if err := db.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	return path
}

// NoScan fails the test when SQLite would read a whole table to run the query.
// Steps that read the rows of a subquery, or of a JSON array, are not such a
// scan. allowed names tables that stay small, and indexes that have the rows of a
// page in its order.
func NoScan(t testing.TB, db *sql.DB, name, query string, allowed ...string) {
	t.Helper()
	for _, step := range Plan(t, db, query) {
		table, scans := strings.CutPrefix(step, "SCAN ")
		if !scans || strings.Contains(step, "VIRTUAL TABLE") || strings.HasPrefix(table, "(subquery") || table == "k" || table == "CONSTANT ROW" {
			continue
		}
		words := strings.Fields(table)
		if !slices.Contains(allowed, words[0]) && !slices.Contains(allowed, words[len(words)-1]) {
			t.Errorf("%s: %s\n%s", name, step, query)
		}
	}
}
