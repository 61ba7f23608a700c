package postgres_test

import (
	"slices"
	"testing"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// ofText finds numbers by their texts.
var ofText = &postgres.Lookup[string, int64, number]{
	Set:  numbers,
	Load: `SELECT n, count, text FROM numbers WHERE text = ANY($1)`,
	Keys: func(texts []string) []any { return []any{texts} },
}

// A change reads the records that its look-ups find at no cost, as the changes before
// it have left them.
func TestLookup_Need(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		var unnamed []string
		o.Unnamed = func(table string) { unnamed = append(unnamed, table) }
		db := open(t, o)
		a, b := "a", "b"
		for n, text := range map[int64]*string{1: &a, 2: &b} {
			mustWrite(t, db, task{[]postgres.Need{numbers.Need(n)}, func(tx *postgres.Tx) error {
				return numbers.Put(tx, n, number{n: n, text: text})
			}})
		}
		add := func(n int64, needs ...postgres.Need) task {
			return task{needs, func(tx *postgres.Tx) error {
				v, found, err := numbers.Get(tx, n)
				if err != nil || !found {
					t.Errorf("number %d: found %t, %v", n, found, err)
				}
				v.count++
				return numbers.Put(tx, n, v)
			}}
		}
		for i, err := range together(t, db, add(1, ofText.Need("a")), add(1, ofText.Need("c", "a")), add(2, ofText.Need("b")), add(1, ofText.Need("a"))) {
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
		if len(unnamed) > 0 {
			t.Errorf("read %v on their own, though look-ups find them", unnamed)
		}
		if got := list(t, db, `SELECT count FROM numbers ORDER BY n`); !slices.Equal(got, []int64{3, 1}) {
			t.Errorf("counted %v", got)
		}
	})
}

// Known reads nothing: it has the named records, and those that a change of the group
// wrote.
func TestSet_Known(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		o.Unnamed = func(table string) { t.Errorf("read a record of %s", table) }
		db := open(t, o)
		known := func(tx *postgres.Tx, n int64, want bool) {
			t.Helper()
			if v, exists := numbers.Known(tx, n); exists != want || want && v.n != n {
				t.Errorf("number %d: %+v, %t, want %t", n, v, exists, want)
			}
		}
		mustWrite(t, db, insert(1))
		mustWrite(t, db, task{[]postgres.Need{numbers.Need(2)}, func(tx *postgres.Tx) error {
			known(tx, 1, false)
			known(tx, 2, false)
			err := numbers.Put(tx, 2, number{n: 2})
			known(tx, 2, true)
			return err
		}})
		mustWrite(t, db, task{[]postgres.Need{numbers.Need(1)}, func(tx *postgres.Tx) error {
			known(tx, 1, true)
			err := numbers.Remove(tx, 1)
			known(tx, 1, false)
			return err
		}})
	})
}
