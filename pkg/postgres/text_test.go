package postgres_test

import (
	"testing"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// words are numbers by their texts.
var words = &postgres.Set[string, number]{
	Name: "words",
	Load: `SELECT n, count, text FROM numbers WHERE text = ANY($1)`,
	Keys: func(texts []string) []any { return []any{texts} },
	Scan: func(record postgres.Scanner) (string, number, error) {
		v, err := scanNumber(record)
		return *v.text, v, err
	},
}

func scanNumber(record postgres.Scanner) (v number, err error) {
	err = record.Scan(&v.n, &v.count, &v.text)
	return v, err
}

// No record has a text that PostgreSQL cannot have: a change that asks for one finds
// nothing, and the changes beside it are not disturbed.
func TestSet_UnstorableText(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		o.Tables = append(o.Tables, words)
		db := open(t, o)
		text := "a"
		mustWrite(t, db, task{nil, func(tx *postgres.Tx) error { return numbers.Put(tx, 1, number{n: 1, text: &text}) }})
		find := func(text string, want bool) task {
			return task{[]postgres.Need{words.Need(text), ofText.Need(text)}, func(tx *postgres.Tx) error {
				if _, found, err := words.Get(tx, text); found != want || err != nil {
					t.Errorf("%q: found %t, %v", text, found, err)
				}
				return tx.Query(func(postgres.Scanner) error {
					if !want {
						t.Errorf("%q: a query found a record", text)
					}
					return nil
				}, `SELECT n FROM numbers WHERE text = $1`, text)
			}}
		}
		for i, err := range together(t, db, find("a", true), find("\x00", false), find("a\x00", false), find("\xff", false), find("a", true)) {
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
		for text, want := range map[string]bool{"a": true, "a\x00": false, "\xff": false} {
			n, err := scanNumber(db.Reader().QueryRow(t.Context(), `SELECT n, count, text FROM numbers WHERE text = $1`, text))
			if _, found, err := postgres.Found(t.Context(), n, err); found != want || err != nil {
				t.Errorf("%q: found %t, %v", text, found, err)
			}
			rows, err := postgres.Rows(t.Context(), db, scanNumber, `SELECT n, count, text FROM numbers WHERE text = $1`, text)
			if (len(rows) > 0) != want || err != nil {
				t.Errorf("%q: rows %v, %v", text, rows, err)
			}
		}
	})
}
