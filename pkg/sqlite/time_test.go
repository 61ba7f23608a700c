package sqlite_test

import (
	"testing"
	"time"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
)

func TestTime(t *testing.T) {
	db := open(t, sqlite.Options{})
	noon := time.Date(2026, 8, 1, 12, 0, 0, 5_000_000, time.UTC)
	for query, want := range map[string]time.Time{
		`SELECT '2026-08-01T12:00:00.005Z'`:               noon,
		`SELECT CAST('2026-08-01T12:00:00.005Z' AS BLOB)`: noon,
		`SELECT NULL`: {},
		`SELECT ''`:   {},
	} {
		scan := func(row sqlite.Scanner) error {
			got := time.Now()
			if err := row.Scan(engine.Time(&got)); err != nil || got != want {
				t.Errorf("%s: got %s, %v; want %s", query, got, err, want)
			}
			return nil
		}
		eachReader(t, db, query, scan)
	}
	for _, query := range []string{`SELECT 'now'`, `SELECT 5`, `SELECT 1.5`} {
		scan := func(row sqlite.Scanner) error {
			var got time.Time
			if err := row.Scan(engine.Time(&got)); err == nil {
				t.Errorf("%s: got %s and no error", query, got)
			}
			return nil
		}
		eachReader(t, db, query, scan)
	}
}

// eachReader reads query within a change, on the pool, and as a list.
func eachReader(t *testing.T, db *sqlite.DB, query string, scan func(sqlite.Scanner) error) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *sqlite.Tx) error { return scan(tx.QueryRow(query)) }); err != nil {
		t.Error(err)
	}
	if err := scan(db.Reader().QueryRowContext(t.Context(), query)); err != nil {
		t.Error(err)
	}
	if err := db.Each(t.Context(), scan, query); err != nil {
		t.Error(err)
	}
}
