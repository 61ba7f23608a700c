package postgres_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

func TestDB_Reader(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db := open(t, options(t, s))
		for n := range int64(50) {
			mustWrite(t, db, insert(n))
			if got := list(t, db, `SELECT COUNT(*) FROM numbers`); got[0] != n+1 {
				t.Fatalf("after %d writes a reader sees %d records", n+1, got[0])
			}
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
		records := 0
		err := db.Each(t.Context(), func(postgres.Scanner) error { records++; return errRefused }, `SELECT n FROM numbers`)
		if !errors.Is(err, errRefused) || records != 1 {
			t.Errorf("got %v after %d records, want the first error", err, records)
		}
		var n int64
		err = db.Reader().QueryRow(t.Context(), `SELECT n FROM numbers WHERE n = 99`).Scan(&n)
		if _, found, err := postgres.Found(t.Context(), n, err); err != nil || found {
			t.Errorf("got %v and %v for no record", found, err)
		}
		if _, found, err := postgres.Found(t.Context(), n, nil); err != nil || !found {
			t.Errorf("got %v and %v for a record", found, err)
		}
	})
}

func TestDB_Snapshot(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		o.ReadConns = 1 // a connection that did not come back would be missed
		db := open(t, o)
		mustWrite(t, db, insert(1))
		err := db.Snapshot(t.Context(), func(s *postgres.Snapshot) error {
			for range 2 {
				var n int64
				if err := s.QueryRow(`SELECT COUNT(*) FROM numbers`).Scan(&n); err != nil || n != 1 {
					t.Errorf("got %d records and %v, want those of the beginning", n, err)
				}
				mustWrite(t, db, insert(2+n))
				mustWrite(t, db, task{nil, func(tx *postgres.Tx) error { return numbers.Remove(tx, 2+n) }})
				mustWrite(t, db, insert(20))
				mustWrite(t, db, task{nil, func(tx *postgres.Tx) error { return numbers.Remove(tx, 20) }})
			}
			return s.Each(func(record postgres.Scanner) error {
				return errors.Join(record.Scan(new(int64)), errRefused)
			}, `SELECT n FROM numbers`)
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v, want the error of the function", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = db.Snapshot(ctx, func(s *postgres.Snapshot) error {
			cancel()
			return s.Each(func(postgres.Scanner) error { return nil }, `SELECT n FROM numbers`)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
		expectNumbers(t, db, 1)
	})
}

// The settings of the sessions are there, on each version that knows them.
func TestDB_Settings(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		show := func(read func(query string, dest *string) error, name string) string {
			var value string
			if err := read("SHOW "+name, &value); err != nil {
				t.Error(err)
			}
			return value
		}
		mustWrite(t, db, task{nil, func(tx *postgres.Tx) error {
			read := func(query string, dest *string) error { return tx.QueryRow(query).Scan(dest) }
			for name, want := range map[string]string{
				"search_path": o.Schema, "idle_in_transaction_session_timeout": "2s", "lock_timeout": "5s",
				"statement_timeout": "0", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
				"plan_cache_mode": "force_generic_plan", "tcp_user_timeout": "5000", "tcp_keepalives_idle": "2",
				"transaction_isolation": "read committed", "transaction_read_only": "off",
			} {
				if got := show(read, name); got != want {
					t.Errorf("writer: %s is %q, want %q", name, got, want)
				}
			}
			return nil
		}})
		read := func(query string, dest *string) error { return db.Reader().QueryRow(t.Context(), query).Scan(dest) }
		for name, want := range map[string]string{
			"search_path": o.Schema, "default_transaction_read_only": "on", "enable_seqscan": "on", "tcp_user_timeout": "5000",
			"application_name": "inventory " + o.Schema + " reader",
		} {
			if got := show(read, name); got != want {
				t.Errorf("reader: %s is %q, want %q", name, got, want)
			}
		}
	})
}

var parameter = regexp.MustCompile(`\$\d+`)

// explain returns the plan of a statement that the writer would use for any
// arguments.
func explain(tx *postgres.Tx, statement string) (plan string, err error) {
	if _, err := tx.Exec("PREPARE explained AS "+statement, pgx.QueryExecModeSimpleProtocol); err != nil {
		return "", err
	}
	parameters := map[string]bool{}
	for _, p := range parameter.FindAllString(statement, -1) {
		parameters[p] = true
	}
	err = tx.Query(func(record postgres.Scanner) error {
		var line string
		err := record.Scan(&line)
		plan += line + "\n"
		return err
	}, "EXPLAIN EXECUTE explained("+strings.TrimSuffix(strings.Repeat("NULL, ", len(parameters)), ", ")+")", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec("DEALLOCATE explained", pgx.QueryExecModeSimpleProtocol)
	return plan, err
}

// No statement of a group scans a table, with an empty table
// and with a full one.
func TestDB_Plans(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		o := options(t, s)
		db := open(t, o)
		for _, filled := range []bool{false, true} {
			mustWrite(t, db, task{nil, func(tx *postgres.Tx) error {
				for name, statement := range map[string]string{
					"load": numbers.Load, "update": numbers.Update, "delete": numbers.Delete, "last seq": lastSeq.Load,
					"mark": postgres.SQLMark, "marked": postgres.SQLMarked,
				} {
					plan, err := explain(tx, statement)
					if err != nil {
						return err
					}
					if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index") && name != "mark" {
						t.Errorf("filled %v: %s scans a table:\n%s", filled, name, plan)
					}
				}
				return nil
			}})
			s.Exec(t, `INSERT INTO `+o.Schema+`.numbers SELECT n, 0 FROM generate_series(1, 10000) n ON CONFLICT DO NOTHING`)
			s.Exec(t, `ANALYZE `+o.Schema+`.numbers`)
		}
	})
}

func TestDB_RegisterMetrics(t *testing.T) {
	db := open(t, options(t, postgrestest.Newest(t)))
	registry := prometheus.NewPedanticRegistry()
	if err := db.RegisterMetrics(registry); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, db, task{nil, insert(1).change})
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v and %v", problems, err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	for _, want := range []string{
		"inventory_db_commit_changes", "inventory_db_commit_failures_total", "inventory_db_commit_retries_total",
		"inventory_db_commit_seconds", "inventory_db_oldest_snapshot_transactions", "inventory_db_queued_changes",
		"inventory_db_replica_lag_bytes", "inventory_db_token_wait_seconds", "inventory_db_unknown_commits_total",
		"inventory_db_unnamed_reads_total", "inventory_db_up",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if err := db.RegisterMetrics(registry); err == nil {
		t.Error("the metrics were registered twice")
	}
}
