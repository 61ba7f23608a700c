package servicepg_test

import (
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/postgres/servicepg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// counters is a table of a service.
var counters = &postgres.Set[string, int64]{
	Name:   "counters",
	Load:   `SELECT id, value FROM counters WHERE id = ANY($1)`,
	Keys:   func(ids []string) []any { return []any{ids} },
	Insert: `INSERT INTO counters (id, value) SELECT 'c', * FROM unnest($1::bigint[])`,
	Update: `UPDATE counters SET value = n.value FROM unnest($1::bigint[]) AS n (value) WHERE id = 'c'`,
	Columns: func(values []int64) []any {
		return []any{values}
	},
	Scan: func(record postgres.Scanner) (id string, value int64, err error) {
		err = record.Scan(&id, &value)
		return id, value, err
	},
}

func open(t *testing.T, s *postgrestest.Server, schema string) *servicepg.DB {
	t.Helper()
	db, err := servicepg.Open(t.Context(), database.Config{URL: s.URL(), Schema: schema},
		database.Deps{Clock: clock.NewFake(start), Logger: slog.New(slog.DiscardHandler), Rehearse: true, Unnamed: func(table string) {
			t.Errorf("no need names the record of %s", table)
		}},
		servicepg.Options{
			Component: postgres.Component{Name: "counting", FS: fstest.MapFS{
				"migrations/0001_counters.sql": {Data: []byte(`CREATE TABLE counters (id TEXT PRIMARY KEY, value BIGINT NOT NULL)`)},
			}},
			Tables: []postgres.Table{counters},
		})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Two instances of a service count in one record, each change with its event and
// the result of its request.
func TestDB_Change(t *testing.T) {
	const each = 20
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		dbs := [2]*servicepg.DB{open(t, s, schema), open(t, s, schema)}
		request := func(instance, i int) idempotency.Request {
			return idempotency.Request{Caller: "Ada", Key: strconv.Itoa(instance*each + i), Fingerprint: "f"}
		}
		var counting sync.WaitGroup
		for instance, db := range dbs {
			counting.Go(func() {
				for i := range each {
					if err := count(t, db, request(instance, i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		counting.Wait()
		for instance, db := range dbs {
			batch, err := db.Outbox().Unpublished(t.Context(), 0, func() bool { return false })
			if err != nil || len(batch.Events) != 2*each || batch.Last != 2*each {
				t.Fatalf("%d events up to %d, %v", len(batch.Events), batch.Last, err)
			}
			for i, e := range batch.Events {
				if e.Version != int64(i+1) || !e.CreatedAt.Equal(start) {
					t.Fatalf("event %d has the count %d and the time %s", i+1, e.Version, e.CreatedAt)
				}
			}
			if _, found, err := db.FindResult(t.Context(), request(1-instance, each-1)); err != nil || !found {
				t.Errorf("result of the other instance: found %t, %v", found, err)
			}
		}
		if more, err := dbs[0].PurgeResults(t.Context(), start.Add(time.Second)); err != nil || more {
			t.Errorf("more %t, %v", more, err)
		}
		if _, found, err := dbs[1].FindResult(t.Context(), request(0, 0)); err != nil || found {
			t.Errorf("purged result: found %t, %v", found, err)
		}
	})
}

func count(t *testing.T, db *servicepg.DB, r idempotency.Request) error {
	needs := append(servicepg.Results(r, idempotency.Request{}), counters.Need("c"))
	return db.Change(t.Context(), needs, func(tx servicepg.Tx) error {
		value, _, err := counters.Get(tx.SQL(), "c")
		if err != nil {
			return err
		}
		value++
		event, err := events.New(events.Meta{ID: strconv.FormatInt(value, 10), At: tx.Now, Version: value},
			inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001", Reason: "restock"})
		if err != nil {
			return err
		}
		if err := tx.Append(event); err != nil {
			return err
		}
		if err := tx.SaveResult(r, []byte(`1`)); err != nil {
			return err
		}
		return counters.Put(tx.SQL(), "c", value)
	})
}
