package postgres_test

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

// Statements of a change see its own writes and those of the changes before it,
// and are undone with it.
func TestTx_Statements(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		for _, rehearse := range []bool{false, true} {
			o := options(t, s)
			o.Rehearse = rehearse
			db := open(t, o)
			mustWrite(t, db, insert(50))
			// raw writes 100 and reads all by statements.
			raw := task{[]postgres.Need{numbers.Need(2)}, func(tx *postgres.Tx) error {
				if err := insert(2).change(tx); err != nil {
					return err
				}
				changed, err := tx.Exec(`UPDATE numbers SET count = count + 1`)
				if err != nil || changed != 3 {
					t.Errorf("changed %d records with %v, want those of the changes before and of this one", changed, err)
				}
				var seen []int64
				err = errors.Join(err, insert(3).change(tx), tx.Query(func(record postgres.Scanner) error {
					var n int64
					err := record.Scan(&n)
					seen = append(seen, n)
					return err
				}, `SELECT n FROM numbers WHERE n < $1 ORDER BY n`, 10))
				if want := []int64{1, 2, 3}; !slices.Equal(seen, want) {
					t.Errorf("a query sees %v, want %v", seen, want)
				}
				return err
			}}
			errs := together(
				t, db,
				insert(1),
				failing(raw),
				raw,
				insert(2), // exists
				task{[]postgres.Need{numbers.Need(1)}, func(tx *postgres.Tx) error {
					v, _, err := numbers.Get(tx, 1)
					if v.count != 1 {
						t.Errorf("a change after a statement sees the count %d, want 1", v.count)
					}
					return err
				}},
				task{nil, func(tx *postgres.Tx) error { // the server refuses the statement
					_, err := tx.Exec(`INSERT INTO numbers (n, count) VALUES (1, 0)`)
					if getErr := insert(60).change(tx); getErr == nil {
						t.Error("the change goes on after its statement was refused")
					}
					return err
				}},
				task{nil, func(tx *postgres.Tx) error { // the same, and the change does not care
					_, _ = tx.Exec(`INSERT INTO nowhere VALUES (1)`)
					return nil
				}},
				task{nil, func(tx *postgres.Tx) error { // the server refuses a record at the end of the change
					return errors.Join(tx.QueryRow(`SELECT 1`).Scan(new(int64)), numbers.Put(tx, 61, number{n: 61, count: -1}))
				}},
				task{nil, func(tx *postgres.Tx) error {
					var n int64
					if err := tx.QueryRow(`SELECT n FROM numbers WHERE n = 99`).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
						t.Errorf("got %v, want sql.ErrNoRows", err)
					}
					return tx.QueryRow(`SELECT MAX(n) FROM numbers`).Scan(&n)
				}},
				insert(4),
			)
			wantErrors := []bool{false, true, false, true, false, true, true, true, false, false}
			for i, err := range errs {
				if (err != nil) != wantErrors[i] {
					t.Errorf("rehearse %v, change %d: got %v", rehearse, i, err)
				}
			}
			if !errors.Is(errs[1], errRefused) || !errors.Is(errs[3], errExists) || !postgres.IsUnique(errs[5]) {
				t.Errorf("got %v, %v and %v", errs[1], errs[3], errs[5])
			}
			expectNumbers(t, db, 1, 2, 3, 4, 50)
			if got := list(t, db, `SELECT count FROM numbers ORDER BY n`); !slices.Equal(got, []int64{1, 1, 0, 0, 1}) {
				t.Errorf("counted %v", got)
			}
		}
	})
}

func TestSet_Unnamed(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		var unnamed []string
		o.Unnamed = func(table string) { unnamed = append(unnamed, table) }
		db := open(t, o)
		mustWrite(t, db, increment(1, "named"))
		if len(unnamed) != 0 {
			t.Errorf("read %v on their own, though they were named", unnamed)
		}
		mustWrite(t, db, task{nil, increment(1, "unnamed").change})
		if want := []string{"numbers", "last seq"}; !slices.Equal(unnamed, want) {
			t.Errorf("read %v on their own, want %v", unnamed, want)
		}
		expectCount(t, db, 1, 2)
	})
}

// One statement writes any number of records; deletions come before insertions,
// and parents before their children.
func TestSet_WriteOrder(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db := open(t, options(t, s))
		put := func(id int64, text string) task {
			return task{[]postgres.Need{numbers.Need(id)}, func(tx *postgres.Tx) error {
				return numbers.Put(tx, id, number{n: id, text: &text})
			}}
		}
		remove := func(id int64) task {
			return task{[]postgres.Need{numbers.Need(id)}, func(tx *postgres.Tx) error { return numbers.Remove(tx, id) }}
		}
		family := func(id int64) task {
			return task{[]postgres.Need{parents.Need(id), children.Need(id)}, func(tx *postgres.Tx) error {
				return errors.Join(children.Put(tx, id, link{id, id}), parents.Put(tx, id, link{id: id}))
			}}
		}
		if err := errors.Join(together(t, db, put(1, "a"), put(2, "b"), family(1), family(2))...); err != nil {
			t.Fatal(err)
		}
		alone := task{[]postgres.Need{parents.Need(1), children.Need(1)}, func(tx *postgres.Tx) error {
			return errors.Join(parents.Remove(tx, 1), children.Remove(tx, 1))
		}}
		// The text of 1 goes to 3; 4 is there and gone within the group; 5 never was.
		if err := errors.Join(together(t, db, put(3, "a"), remove(1), put(4, "c"), remove(4), remove(5), alone)...); err != nil {
			t.Fatal(err)
		}
		expectNumbers(t, db, 2, 3)
		if got := list(t, db, `SELECT parent FROM children JOIN parents p ON p.id = parent`); !slices.Equal(got, []int64{2}) {
			t.Errorf("got the children of %v, want those of 2", got)
		}
	})
}

func TestSet_NotInOptions(t *testing.T) {
	o := options(t, postgrestest.Newest(t))
	o.Tables = nil
	db := open(t, o)
	for _, c := range []task{{change: insert(1).change}, {change: func(tx *postgres.Tx) error { return outbox.Append(tx, event{}) }}} {
		if err := write(t.Context(), db, c); err == nil {
			t.Error("a table that the options do not have was used")
		}
	}
}
