package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/sqlite"
)

func TestTx_values(t *testing.T) {
	db := open(t, sqlite.Options{})
	number, text := int64(5), "five"
	var noNumber *int64
	var noText *string
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		changed, rowID, err := tx.Exec(`INSERT INTO numbers (n, text, note) VALUES (?, ?, ?)`, &number, &text, []byte("note"))
		if err != nil || changed != 1 || rowID != 5 {
			t.Errorf("got %d rows, id %d, %v", changed, rowID, err)
		}
		_, _, err = tx.Exec(`INSERT INTO numbers (n, text, note) VALUES (?, ?, ?), (7, 'seven', NULL)`, 6, noText, nil)
		return err
	})
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		var n int64
		var s string
		var b []byte
		var yes, no bool
		if err := tx.QueryRow(`SELECT n, text, note, n = ?, n = ? FROM numbers WHERE n = ?`, 5, int64(6), number).
			Scan(&n, &s, &b, &yes, &no); err != nil {
			return err
		}
		if n != 5 || s != "five" || string(b) != "note" || !yes || no {
			t.Errorf("got %d, %q, %q, %v, %v", n, s, b, yes, no)
		}
		if err := tx.QueryRow(`SELECT text FROM numbers WHERE n = 5`).Scan(&b); err != nil || string(b) != "five" {
			t.Errorf("a text as bytes: got %q and %v", b, err)
		}
		nullText, nullNumber := &text, &number
		if err := tx.QueryRow(`SELECT text, NULL FROM numbers WHERE n = 6`).Scan(&nullText, &nullNumber); err != nil {
			return err
		}
		if nullText != nil || nullNumber != nil {
			t.Errorf("got %v and %v for NULL", nullText, nullNumber)
		}
		if err := tx.QueryRow(`SELECT text, n FROM numbers WHERE n = 5`).Scan(&nullText, &nullNumber); err != nil {
			return err
		}
		if *nullText != "five" || *nullNumber != 5 {
			t.Errorf("got %v and %v", *nullText, *nullNumber)
		}
		if _, _, err := tx.Exec(`UPDATE numbers SET text = ? WHERE n = ?`, noText, noNumber); err != nil {
			t.Error(err)
		}
		return nil
	})
}

func TestTx_misuse(t *testing.T) {
	db := open(t, sqlite.Options{})
	mustWrite(t, db, insert(1))
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		var n int64
		var s string
		if err := tx.QueryRow(`SELECT n FROM numbers WHERE n = 99`).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("no row: got %v, want sql.ErrNoRows", err)
		}
		tests := map[string]error{
			"too few variables":   tx.QueryRow(`SELECT n, n FROM numbers`).Scan(&n),
			"another type":        tx.QueryRow(`SELECT n FROM numbers`).Scan(&s),
			"NULL":                tx.QueryRow(`SELECT NULL`).Scan(&n),
			"NULL as a condition": tx.QueryRow(`SELECT NULL`).Scan(new(bool)),
			"unsupported":         tx.QueryRow(`SELECT 1`).Scan(new(float32)),
			"no such table":       tx.QueryRow(`SELECT 1 FROM nowhere`).Scan(&n),
			"argument":            tx.QueryRow(`SELECT ?`, struct{}{}).Scan(&n),
		}
		_, _, tests["syntax"] = tx.Exec(`INSERT nonsense`)
		_, _, tests["argument of Exec"] = tx.Exec(`UPDATE numbers SET n = ?`, make(chan int))
		for name, err := range tests {
			if err == nil || errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		return nil
	})
	expectNumbers(t, db, 1) // none of that ended the transaction
}

func TestTx_Query(t *testing.T) {
	db := open(t, sqlite.Options{})
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		for n := range 5 {
			if err := insert(n)(tx); err != nil {
				return err
			}
		}
		var seen []int64
		each := func(row sqlite.Scanner) error {
			var n int64
			if err := row.Scan(&n); err != nil {
				return err
			}
			seen = append(seen, n)
			// A statement within a query must not disturb its rows.
			_, _, err := tx.Exec(`UPDATE numbers SET text = ? WHERE n = ?`, strings.Repeat("x", int(n)), n)
			return err
		}
		if err := tx.Query(each, `SELECT n FROM numbers WHERE n >= ? ORDER BY n`, 1); err != nil {
			return err
		}
		if want := []int64{1, 2, 3, 4}; !slices.Equal(seen, want) {
			t.Errorf("got %v, want %v", seen, want)
		}
		seen = nil
		err := tx.Query(func(row sqlite.Scanner) error {
			return errors.Join(each(row), errRefused)
		}, `SELECT n FROM numbers ORDER BY n`)
		if !errors.Is(err, errRefused) || len(seen) != 1 {
			t.Errorf("got %v after %d rows, want the first error", err, len(seen))
		}
		return nil
	})
}

func TestStores(t *testing.T) {
	db := open(t, sqlite.Options{})
	const query = `SELECT value FROM (SELECT 'a' AS value UNION ALL SELECT 'b"c' UNION ALL SELECT 'größe')
		WHERE ?1 IS NULL OR value IN (SELECT value FROM json_each(?1)) ORDER BY value`
	tests := map[string]struct{ stores, want []string }{
		"all":  {want: []string{"a", `b"c`, "größe"}},
		"some": {stores: []string{`b"c`, "größe", "x"}, want: []string{`b"c`, "größe"}},
		"none": {stores: []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := sqlite.Rows(t.Context(), db, func(row sqlite.Scanner) (s string, err error) {
				err = row.Scan(&s)
				return s, err
			}, query, sqlite.Stores(test.stores))
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q and %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestRows_errors(t *testing.T) {
	db := open(t, sqlite.Options{})
	scan := func(sqlite.Scanner) (int, error) { return 0, errRefused }
	if _, err := sqlite.Rows(t.Context(), db, scan, `SELECT 1 FROM nowhere`); err == nil {
		t.Error("a query without table succeeded")
	}
	if _, err := sqlite.Rows(t.Context(), db, scan, `SELECT 1`); !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the error of scan", err)
	}
}

func TestDB_Each(t *testing.T) {
	db := open(t, sqlite.Options{ReadConns: 1}) // a lost connection would block the next read
	mustWrite(t, db, func(tx *sqlite.Tx) error {
		for n, note := range []any{nil, []byte("a\x00b"), []byte{}} {
			if _, _, err := tx.Exec(`INSERT INTO numbers (n, text, note) VALUES (?, ?, ?)`, n, fmt.Sprintf("größe %d\x00", n), note); err != nil {
				return err
			}
		}
		return nil
	})
	for range 3 {
		var got []string
		err := db.Each(t.Context(), func(row sqlite.Scanner) error {
			var n int64
			var text string
			var note []byte
			if err := row.Scan(&n, &text, &note); err != nil {
				return err
			}
			got = append(got, fmt.Sprintf("%d %q %q", n, text, note))
			return nil
		}, `SELECT n, text, COALESCE(note, x'ff') FROM numbers WHERE n >= ? AND text LIKE ? ORDER BY n`, 0, "größe%")
		want := []string{`0 "größe 0\x00" "\xff"`, `1 "größe 1\x00" "a\x00b"`, `2 "größe 2\x00" ""`}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %s and %v, want %s", got, err, want)
		}
	}
}

func TestDB_eachErrors(t *testing.T) {
	db := open(t, sqlite.Options{ReadConns: 1})
	mustWrite(t, db, insert(1))
	mustWrite(t, db, insert(2))
	rows := 0
	count := func(sqlite.Scanner) error { rows++; return nil }
	if err := db.Each(t.Context(), count, `SELECT 1 FROM nowhere`); err == nil || rows > 0 {
		t.Errorf("a query without table gave %d rows", rows)
	}
	if err := db.Each(t.Context(), count, `SELECT ?`, t); err == nil || rows > 0 {
		t.Errorf("an argument of a strange type gave %d rows", rows)
	}
	if err := db.Each(t.Context(), count, `SELECT ?`); err == nil || rows > 0 {
		t.Errorf("a missing argument gave %d rows", rows)
	}
	if err := db.Each(t.Context(), count, `INSERT INTO numbers (text) VALUES ('x')`); err == nil {
		t.Error("the read-only pool wrote")
	} else {
		expectUnavailable(t, err) // SQLite's reason is that the database is read-only
	}
	if err := db.Each(t.Context(), func(sqlite.Scanner) error { rows++; return errRefused },
		`SELECT n FROM numbers`); !errors.Is(err, errRefused) || rows != 1 {
		t.Errorf("got %v after %d rows, want the first error", err, rows)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows = 0
	if err := db.Each(ctx, func(sqlite.Scanner) error { rows++; cancel(); return nil },
		`SELECT n FROM numbers`); !errors.Is(err, context.Canceled) || rows != 1 {
		t.Errorf("got %v after %d rows, want the end of the context", err, rows)
	}
	if err := db.Each(ctx, count, `SELECT n FROM numbers`); !errors.Is(err, context.Canceled) || rows != 1 {
		t.Errorf("got %v after %d rows, want the end of the context", err, rows)
	}
	rows = 0
	if err := db.Each(t.Context(), count, `SELECT n FROM numbers`); err != nil || rows != 2 {
		t.Errorf("after all that: %v, %d rows", err, rows)
	}
}
