package outboxpg_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxpg"
	"inventory.example/pkg/outbox/outboxtest"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

// open opens an instance on the schema of a place.
func open(ctx context.Context, s *postgrestest.Server, schema string, rehearse bool) (outboxtest.Table, error) {
	db, err := postgres.Open(ctx, postgres.Options{
		URL: s.URL(), Schema: schema, Tables: outboxpg.Tables(), LeaseFor: 300 * time.Millisecond, Rehearse: rehearse,
		Logger: slog.New(slog.DiscardHandler), Unnamed: func(table string) { panic("no need names the record of " + table) },
	}, outboxpg.Component())
	if err != nil {
		return outboxtest.Table{}, err
	}
	o := outboxpg.New(db)
	return outboxtest.Table{Store: o, Reader: o, Close: db.Close, Append: func(ctx context.Context, list []events.Event, fail error) error {
		return db.Write(ctx, []postgres.Need{outboxpg.Need()}, func(tx *postgres.Tx) error {
			for _, e := range list {
				if err := o.Append(tx, e); err != nil {
					return err
				}
			}
			return fail
		})
	}}, nil
}

func TestStore(t *testing.T) {
	for name, rehearse := range map[string]bool{"groups": false, "rehearsed": true} {
		t.Run(name, func(t *testing.T) {
			postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
				var mu sync.Mutex
				schemas := map[string]string{} // by place
				outboxtest.Run(t, func(ctx context.Context, place string) (outboxtest.Table, error) {
					mu.Lock()
					defer mu.Unlock()
					if schemas[place] == "" {
						schemas[place] = s.Schema(t)
					}
					return open(ctx, s, schemas[place], rehearse)
				})
			})
		})
	}
}

// Two instances append at once: their events get seqs without gaps, and the
// instance that leads publishes all of them in this order. When it ends, the
// other one goes on.
func TestStore_TwoInstances(t *testing.T) {
	const each = 300
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		var tables [2]outboxtest.Table
		for i := range tables {
			var err error
			if tables[i], err = open(t.Context(), s, schema, false); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := tables[i].Close(); err != nil {
					t.Error(err)
				}
			})
		}
		broker := &eventstest.Recorder{}
		stop := [2]func(){lead(t, tables[0], broker), lead(t, tables[1], broker)}
		var appending sync.WaitGroup
		appendAll := func(instance, part int) {
			for i := range each {
				e := numbered(t, (part*2+instance)*each+i)
				if err := tables[instance].Append(t.Context(), []events.Event{e}, nil); err != nil {
					t.Error(err)
				}
			}
		}
		appending.Go(func() { appendAll(0, 0) })
		appending.Go(func() { appendAll(1, 0) })
		appending.Wait()
		if _, err := broker.WaitFor(t.Context(), 2*each); err != nil {
			t.Fatal(err)
		}
		stop[0]()
		appendAll(1, 1)
		if _, err := broker.WaitFor(t.Context(), 3*each); err != nil {
			t.Fatal(err)
		}
		stop[1]()
		batch, err := tables[0].Unpublished(t.Context(), 0, func() bool { return false })
		if err != nil || batch.Last != 3*each || len(batch.Events) != 3*each {
			t.Fatalf("%d events up to %d, %v", len(batch.Events), batch.Last, err)
		}
		published := broker.Events()
		for i, e := range batch.Events {
			if published[i].ID != e.ID {
				t.Fatalf("event %d was published as %s, want %s", i, published[i].ID, e.ID)
			}
		}
	})
}

func numbered(t *testing.T, n int) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: fmt.Sprintf("event-%d", n), At: time.Now(), Version: int64(n) + 1},
		inventory.StockUpdated{ProductID: fmt.Sprintf("product-%d", n%7), StoreID: "MAD-001", Reason: "restock"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// lead runs a relay until stop is called.
func lead(t *testing.T, table outboxtest.Table, publisher events.Publisher) (stop func()) {
	t.Helper()
	relay, err := outbox.OpenRelay(t.Context(), outbox.RelayOptions{
		Store: table, Publisher: publisher, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
