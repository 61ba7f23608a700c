package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// service is a database with an outbox, as a service has it.
type service struct {
	path  string
	clock *clock.Fake
	db    *sqlite.DB
	store *outboxsqlite.Store
	relay *outbox.Relay
	made  int64 // events so far
}

// open opens a service's database with a relay for the publisher; it is closed
// with the test. The path may be empty.
func open(tb testing.TB, path string, publisher events.Publisher) *service {
	tb.Helper()
	now := clock.NewFake(start)
	return openWith(tb, path, publisher, now, now)
}

func openWith(tb testing.TB, path string, publisher events.Publisher, c clock.Clock, now *clock.Fake) *service {
	tb.Helper()
	if path == "" {
		path = filepath.Join(tb.TempDir(), "service.db")
	}
	logger := slog.New(slog.DiscardHandler)
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Logger: logger}, outboxsqlite.Component())
	if err != nil {
		tb.Fatal(err)
	}
	s := &service{path: path, clock: now, db: db, store: outboxsqlite.New(db, logger)}
	tb.Cleanup(func() { s.crash(tb) })
	s.relay, err = outbox.OpenRelay(context.Background(), outbox.RelayOptions{Store: s.store, Publisher: publisher, Clock: c, Logger: logger})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// crash closes the database without notifying the relay: stamps that the relay
// has not written are lost, as in a crash.
func (s *service) crash(tb testing.TB) {
	tb.Helper()
	if err := s.db.Close(); err != nil {
		tb.Error(err)
	}
}

// event creates the next event; its version is its number.
func (s *service) event(tb testing.TB) events.Event {
	tb.Helper()
	s.made++
	e, err := events.New(events.Meta{ID: fmt.Sprintf("event-%d", s.made), At: start, Version: s.made},
		inventory.StockUpdated{ProductID: fmt.Sprintf("product-%d", s.made%7), StoreID: "MAD-001", Reason: "restock"})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// appendEvents writes count events in one change.
func (s *service) appendEvents(tb testing.TB, count int) {
	tb.Helper()
	list := make([]events.Event, count)
	for i := range list {
		list[i] = s.event(tb)
	}
	s.appendAll(tb, list)
}

func (s *service) appendAll(tb testing.TB, list []events.Event) {
	tb.Helper()
	if err := s.db.Write(context.Background(), func(tx *sqlite.Tx) error {
		for _, e := range list {
			if err := s.store.Append(tx, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
}

// write runs one statement.
func (s *service) write(tb testing.TB, statement string) {
	tb.Helper()
	if err := s.db.Write(context.Background(), func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(statement)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
}

// page returns the rows that f selects.
func (s *service) page(tb testing.TB, f outbox.Filter) []outbox.Row {
	tb.Helper()
	if f.Limit == 0 {
		f.Limit = 1 << 20
	}
	page, err := s.store.Page(context.Background(), f)
	if err != nil {
		tb.Fatal(err)
	}
	return page
}

// stamped returns how many events have synced_at set, and expects that they are
// the first ones.
func (s *service) stamped(tb testing.TB) (count int) {
	tb.Helper()
	for i, row := range s.page(tb, outbox.Filter{}) {
		if row.SyncedAt == "" {
			continue
		}
		if count++; count != i+1 {
			tb.Errorf("seq %d is stamped, an earlier one is not", row.Seq)
		}
	}
	return count
}

// expectVersions expects that list has the versions from first to last, in
// their order.
func expectVersions(tb testing.TB, list []events.Event, first, last int64) {
	tb.Helper()
	if int64(len(list)) != last-first+1 {
		tb.Fatalf("got %d events, want %d", len(list), last-first+1)
	}
	for i, e := range list {
		if e.Version != first+int64(i) {
			tb.Fatalf("event %d has version %d, want %d", i, e.Version, first+int64(i))
		}
	}
}

// eventually waits until condition holds.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s did not happen", what)
		}
		runtime.Gosched()
	}
}

func TestAppend_failingChange(t *testing.T) {
	s := open(t, "", nil)
	boom := errors.New("boom")
	e := s.event(t)
	if err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error {
		return errors.Join(s.store.Append(tx, e), boom)
	}); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if n := len(s.page(t, outbox.Filter{})); n > 0 || s.relay.Pending() > 0 {
		t.Errorf("%d events are in the table, %d pending", n, s.relay.Pending())
	}
}

func TestCheck(t *testing.T) {
	if err := outbox.Check(events.Event{ID: "by hand", Type: inventory.TypeStockLow}); err == nil {
		t.Error("an event without document would stop the relay for ever")
	}
	for field, e := range map[string]struct {
		meta events.Meta
		body inventory.StockUpdated
	}{
		"id":           {meta: events.Meta{ID: "\x00"}, body: inventory.StockUpdated{ProductID: "p"}},
		"actor":        {meta: events.Meta{ID: "1", Actor: "\x00"}, body: inventory.StockUpdated{ProductID: "p"}},
		"traceparent":  {meta: events.Meta{ID: "1", Traceparent: "0\x00"}, body: inventory.StockUpdated{ProductID: "p"}},
		"aggregate_id": {meta: events.Meta{ID: "1"}, body: inventory.StockUpdated{ProductID: "p\x00"}},
		"store_id":     {meta: events.Meta{ID: "1"}, body: inventory.StockUpdated{ProductID: "p", StoreID: "\x00MAD-001"}},
	} {
		event, err := events.New(e.meta, e.body)
		if err != nil {
			t.Fatal(err)
		}
		if err := outbox.Check(event); err == nil {
			t.Errorf("an event with a zero byte in its %s would stop the relay for ever", field)
		}
	}
}
