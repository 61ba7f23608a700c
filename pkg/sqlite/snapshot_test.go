package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"inventory.example/pkg/sqlite"
)

func TestDB_Snapshot(t *testing.T) {
	db := open(t, sqlite.Options{})
	mustWrite(t, db, insert(1))
	count := func(s *sqlite.Snapshot) (n int) {
		t.Helper()
		if err := s.QueryRow(`SELECT COUNT(*) FROM numbers`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := db.Snapshot(t.Context(), func(s *sqlite.Snapshot) error {
		if n := count(s); n != 1 {
			t.Errorf("the snapshot begins with %d rows, want 1", n)
		}
		mustWrite(t, db, insert(2)) // does not wait for the snapshot
		if n := count(s); n != 1 {
			t.Errorf("the snapshot has %d rows after a write, want 1", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	expectNumbers(t, db, 1, 2)
}

func TestSnapshot_Each(t *testing.T) {
	db := open(t, sqlite.Options{})
	for n := range 3 {
		mustWrite(t, db, insert(n))
	}
	const query = `SELECT n FROM numbers WHERE n >= ? ORDER BY n`
	var seen []int64
	stop := errors.New("enough")
	read := func(s *sqlite.Snapshot) error {
		return s.Each(func(row sqlite.Scanner) error {
			var n int64
			err := row.Scan(&n)
			if seen = append(seen, n); n == 2 {
				return stop
			}
			return err
		}, query, 1)
	}
	if err := db.Snapshot(t.Context(), read); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of the function", err)
	}
	if len(seen) != 2 || seen[0] != 1 {
		t.Errorf("saw %v, want 1 and 2", seen)
	}
	err := db.Snapshot(t.Context(), func(s *sqlite.Snapshot) error { return s.Each(nil, `SELECT nothing FROM nowhere`) })
	if err == nil {
		t.Error("a query that cannot be prepared succeeds")
	}
}

func TestSnapshot_QueryRow(t *testing.T) {
	db := open(t, sqlite.Options{})
	mustWrite(t, db, insert(1))
	var n int64
	// The pool is read-only, as the file of a failed disk is.
	read := func(s *sqlite.Snapshot) error { return s.QueryRow(`DELETE FROM numbers RETURNING n`).Scan(&n) }
	expectUnavailable(t, db.Snapshot(t.Context(), read))
	read = func(s *sqlite.Snapshot) error { return s.QueryRow(`SELECT n FROM numbers WHERE n > 1`).Scan(&n) }
	if err := db.Snapshot(t.Context(), read); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("got %v, want sql.ErrNoRows", err)
	}
}

func TestDB_snapshotContext(t *testing.T) {
	db := open(t, sqlite.Options{ReadConns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Snapshot(ctx, func(s *sqlite.Snapshot) error {
		cancel()
		return s.Each(func(sqlite.Scanner) error { return nil }, `SELECT n FROM numbers`)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := db.Snapshot(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	expectNumbers(t, db) // the only connection is free again
}
