package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

func TestMain(m *testing.M) {
	if os.Getenv(instanceVariable) != "" {
		runInstance() // does not return
	}
	goleak.VerifyTestMain(postgrestest.Tests{M: m})
}

const schema = `
CREATE TABLE numbers (n BIGINT PRIMARY KEY, count BIGINT NOT NULL CHECK (count >= 0), text TEXT UNIQUE);
CREATE TABLE parents (id BIGINT PRIMARY KEY);
CREATE TABLE children (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE outbox (seq BIGINT PRIMARY KEY, payload TEXT NOT NULL);`

// number is a record of numbers.
type number struct {
	n, count int64
	text     *string
}

var numbers = &postgres.Set[int64, number]{
	Name: "numbers",
	Load: `SELECT n, count, text FROM numbers WHERE n = ANY($1)`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (int64, number, error) {
		var v number
		err := record.Scan(&v.n, &v.count, &v.text)
		return v.n, v, err
	},
	Insert: `INSERT INTO numbers (n, count, text) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])`,
	Update: `UPDATE numbers t SET count = new.count, text = new.text
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS new (n, count, text) WHERE t.n = new.n`,
	Delete: `DELETE FROM numbers WHERE n = ANY($1)`,
	Columns: func(list []number) []any {
		return []any{
			postgres.Column(list, func(v number) int64 { return v.n }),
			postgres.Column(list, func(v number) int64 { return v.count }),
			postgres.Column(list, func(v number) *string { return v.text }),
		}
	},
}

// lastSeq is the number of the last event, which the database gives under the
// token.
var lastSeq = &postgres.Set[int64, int64]{
	Name: "last seq",
	Load: `SELECT id, (SELECT COALESCE(MAX(seq), 0) FROM outbox) FROM unnest($1::bigint[]) AS id`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (key, seq int64, err error) {
		err = record.Scan(&key, &seq)
		return key, seq, err
	},
}

type event struct {
	seq     int64
	payload string
}

var outbox = &postgres.Log[event]{
	Name:   "outbox",
	Insert: `INSERT INTO outbox (seq, payload) SELECT * FROM unnest($1::bigint[], $2::text[])`,
	Columns: func(list []event) []any {
		return []any{
			postgres.Column(list, func(e event) int64 { return e.seq }),
			postgres.Column(list, func(e event) string { return e.payload }),
		}
	},
}

type link struct{ id, parent int64 }

var parents = &postgres.Set[int64, link]{
	Name: "parents",
	Load: `SELECT id FROM parents WHERE id = ANY($1)`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (int64, link, error) {
		var v link
		err := record.Scan(&v.id)
		return v.id, v, err
	},
	Insert:  `INSERT INTO parents (id) SELECT * FROM unnest($1::bigint[])`,
	Delete:  `DELETE FROM parents WHERE id = ANY($1)`,
	Columns: func(list []link) []any { return []any{postgres.Column(list, func(v link) int64 { return v.id })} },
}

var children = &postgres.Set[int64, link]{
	Name: "children",
	Load: `SELECT id, parent FROM children WHERE id = ANY($1)`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (int64, link, error) {
		var v link
		err := record.Scan(&v.id, &v.parent)
		return v.id, v, err
	},
	Insert: `INSERT INTO children (id, parent) SELECT * FROM unnest($1::bigint[], $2::bigint[])`,
	Delete: `DELETE FROM children WHERE id = ANY($1)`,
	Columns: func(list []link) []any {
		return []any{
			postgres.Column(list, func(v link) int64 { return v.id }),
			postgres.Column(list, func(v link) int64 { return v.parent }),
		}
	},
}

// component has the given files as its migrations.
func component(files ...string) postgres.Component {
	names := []string{"0001_first.sql", "0002_second.sql", "0003_third.sql"}
	folder := fstest.MapFS{}
	for i, text := range files {
		folder["migrations/"+names[i]] = &fstest.MapFile{Data: []byte(text)}
	}
	return postgres.Component{Name: "test", FS: folder}
}

// options returns the options of a DB in a schema of its own.
func options(tb testing.TB, s *postgrestest.Server) postgres.Options {
	tb.Helper()
	return postgres.Options{
		URL: s.URL(), Schema: s.Schema(tb), Logger: slog.New(slog.DiscardHandler),
		Tables: []postgres.Table{numbers, parents, children, lastSeq, outbox},
	}
}

// open opens a DB and closes it with the test.
func open(tb testing.TB, o postgres.Options) *postgres.DB {
	tb.Helper()
	db, err := postgres.Open(context.Background(), o, component(schema))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { mustClose(tb, db) })
	return db
}

func mustClose(tb testing.TB, db *postgres.DB) {
	tb.Helper()
	if err := db.Close(); err != nil {
		tb.Error(err)
	}
}

// task is a change with its needs.
type task struct {
	needs  []postgres.Need
	change func(*postgres.Tx) error
}

func write(ctx context.Context, db *postgres.DB, c task) error {
	return db.Write(ctx, c.needs, c.change)
}

func mustWrite(tb testing.TB, db *postgres.DB, c task) {
	tb.Helper()
	if err := write(context.Background(), db, c); err != nil {
		tb.Fatal(err)
	}
}

var errExists = errors.New("it exists")

// insert returns a change that inserts n.
func insert(n int64) task {
	return task{[]postgres.Need{numbers.Need(n)}, func(tx *postgres.Tx) error {
		_, found, err := numbers.Get(tx, n)
		if err == nil && found {
			err = errExists
		}
		if err != nil {
			return err
		}
		return numbers.Put(tx, n, number{n: n})
	}}
}

// increment returns a change that counts at n and appends an event with the new
// count.
func increment(n int64, payload string) task {
	return task{[]postgres.Need{numbers.Need(n), lastSeq.Need(0)}, func(tx *postgres.Tx) error {
		v, _, err := numbers.Get(tx, n)
		if err != nil {
			return err
		}
		v.n = n
		v.count++
		if err := numbers.Put(tx, n, v); err != nil {
			return err
		}
		seq, _, err := lastSeq.Get(tx, 0)
		if err != nil {
			return err
		}
		if err := lastSeq.Put(tx, 0, seq+1); err != nil {
			return err
		}
		return outbox.Append(tx, event{seq + 1, payload})
	}}
}

// list returns the numbers of a query.
func list(tb testing.TB, db *postgres.DB, query string, args ...any) []int64 {
	tb.Helper()
	got, err := postgres.Rows(context.Background(), db, func(record postgres.Scanner) (n int64, err error) {
		err = record.Scan(&n)
		return n, err
	}, query, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func expectNumbers(tb testing.TB, db *postgres.DB, want ...int64) {
	tb.Helper()
	if got := list(tb, db, `SELECT n FROM numbers ORDER BY n`); !slices.Equal(got, want) {
		tb.Errorf("the table holds %v, want %v", got, want)
	}
}

// expectCount holds the count of n, the events and their seq against each other.
func expectCount(tb testing.TB, db *postgres.DB, n, want int64) {
	tb.Helper()
	if got := list(tb, db, `SELECT count FROM numbers WHERE n = $1`, n); !slices.Equal(got, []int64{want}) {
		tb.Errorf("counted %v, want %d", got, want)
	}
	got := list(tb, db, `SELECT COUNT(*) FROM outbox UNION ALL SELECT COALESCE(MAX(seq), 0) FROM outbox
		UNION ALL SELECT COUNT(DISTINCT payload) FROM outbox`)
	if !slices.Equal(got, []int64{want, want, want}) {
		tb.Errorf("got %d events up to %d with %d payloads, want %d without gaps", got[0], got[1], got[2], want)
	}
}

// eventually waits until condition holds.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(time.Minute)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s did not happen", what)
		}
		time.Sleep(time.Millisecond)
	}
}
