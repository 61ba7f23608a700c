package sqlite_test

import (
	"database/sql"
	"errors"
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
