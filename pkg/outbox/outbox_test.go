package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// service is a database with an outbox, as a service has it.
type service struct {
	path  string
	clock *clock.Fake
	db    *sqlite.DB
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
	relay := outbox.NewRelay(publisher, c, slog.New(slog.DiscardHandler))
	db, err := sqlite.Open(context.Background(), sqlite.Options{
		Path: path, Logger: slog.New(slog.DiscardHandler), Committed: relay.Committed,
	}, outbox.Component())
	if err != nil {
		tb.Fatal(err)
	}
	s := &service{path: path, clock: now, db: db, relay: relay}
	tb.Cleanup(func() { s.crash(tb) })
	if err := relay.Attach(context.Background(), db); err != nil {
		tb.Fatal(err)
	}
	return s
}

// crash closes the database without the relay's knowledge: what it has not
// written is lost, as in a crash.
func (s *service) crash(tb testing.TB) {
	tb.Helper()
	if err := s.db.Close(); err != nil {
		tb.Error(err)
	}
}

// event makes the next event; its version counts them.
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
			if err := outbox.Append(tx, e); err != nil {
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
	page, err := outbox.Page(context.Background(), s.db, f)
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

func TestAppend_in_a_failing_change(t *testing.T) {
	s := open(t, "", nil)
	boom := errors.New("boom")
	e := s.event(t)
	if err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error {
		return errors.Join(outbox.Append(tx, e), boom)
	}); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if n := len(s.page(t, outbox.Filter{})); n > 0 || s.relay.Pending() > 0 {
		t.Errorf("%d events are in the table, %d pending", n, s.relay.Pending())
	}
}

func TestAppend_refuses_what_is_no_event(t *testing.T) {
	s := open(t, "", nil)
	if err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error {
		return outbox.Append(tx, events.Event{ID: "by hand", Type: inventory.TypeStockLow})
	}); err == nil {
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
		if err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error { return outbox.Append(tx, event) }); err == nil {
			t.Errorf("an event with a zero byte in its %s would stop the relay for ever", field)
		}
	}
}

// The table gives the same document as memory does: a consumer cannot tell
// whether the relay had to catch up.
func TestPage_returns_the_document_of_the_event(t *testing.T) {
	s := open(t, "", nil)
	texts := []string{"plain", `a "quoted" \ text`, "línea 東京 🛒", "<b>&amp;</b>", "tab\tand\nline", "\u2028", ""}
	var list []events.Event
	for i, text := range texts {
		for _, meta := range []events.Meta{
			{ID: fmt.Sprintf("%d-a", i), At: start},
			{ID: fmt.Sprintf("%d-b", i), At: start.Add(123_456_789), Version: 1 << 60, Actor: text, Traceparent: "00-a-b-01"},
		} {
			for _, body := range []events.Body{
				inventory.StockUpdated{ProductID: "product " + text, StoreID: "MAD-001", Reason: text},
				inventory.StockTransferred{ProductID: "product-1", FromStore: "MAD-001", ToStore: "BCN-001", Reason: text},
				inventory.ProductCreated{Product: inventory.Product{ID: "product-1", Name: text, Price: json.Number("12.50")}},
			} {
				e, err := events.New(meta, body)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, e)
			}
		}
	}
	s.appendAll(t, list)
	for i, row := range s.page(t, outbox.Filter{}) {
		want := list[i]
		got, err := events.Decode(row.Document)
		if err != nil {
			t.Errorf("%v: %s", err, row.Document)
			continue
		}
		if got.ID != want.ID || got.Type != want.Type || got.AggregateType != want.AggregateType ||
			got.AggregateID != want.AggregateID || got.StoreID != want.StoreID || !got.CreatedAt.Equal(want.CreatedAt) ||
			got.Version != want.Version || got.Actor != want.Actor || got.Traceparent != want.Traceparent || string(got.Payload) != string(want.Payload) {
			t.Errorf("got %s, want %s", row.Document, want.Document())
		}
	}
}

// The name of an API key may hold any printable character; the view and the
// encoder write it with the same bytes.
func TestPage_returns_the_bytes_of_the_actor(t *testing.T) {
	s := open(t, "", nil)
	var list []events.Event
	for i, name := range []string{"Store Madrid", `<b>R&D</b> "\"`, "Almacén 東京\u00a0🛒", "\u200d\u3000'", ""} {
		e, err := events.New(events.Meta{ID: fmt.Sprint(i), At: start, Version: 1, Actor: name}, inventory.StockLow{ProductID: "p-1", StoreID: "MAD-001"})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	s.appendAll(t, list)
	for i, row := range s.page(t, outbox.Filter{}) {
		if want := list[i].Document(); !bytes.Equal(row.Document, want) {
			t.Errorf("got %s, want %s", row.Document, want)
		}
	}
}

func TestPage_filters(t *testing.T) {
	recorder := &published{}
	s := open(t, "", recorder)
	bodies := []events.Body{
		inventory.StockCreated{ProductID: "product-1", StoreID: "MAD-001"},
		inventory.StockUpdated{ProductID: "product-1", StoreID: "BCN-001"},
		inventory.StockUpdated{ProductID: "product-2", StoreID: "MAD-001"},
		inventory.StockTransferred{ProductID: "product-1", FromStore: "MAD-001", ToStore: "BCN-001"}, // no store
		inventory.StockLow{ProductID: "product-2", StoreID: "VLC-001"},
	}
	for i, body := range bodies {
		e, err := events.New(events.Meta{ID: fmt.Sprint(i + 1), At: start, Actor: []string{"stock", "Admin"}[i%2]}, body)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error { return outbox.Append(tx, e) }); err != nil {
			t.Fatal(err)
		}
		if i == 2 { // publishes and stamps what there is
			if _, err := s.relay.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := map[string]struct {
		filter outbox.Filter
		want   []int64
	}{
		"all":                    {want: []int64{1, 2, 3, 4, 5}},
		"type":                   {filter: outbox.Filter{Type: "stock.updated"}, want: []int64{2, 3}},
		"unknown type":           {filter: outbox.Filter{Type: "stock.stolen"}},
		"aggregate":              {filter: outbox.Filter{AggregateID: "product-2"}, want: []int64{3, 5}},
		"a store":                {filter: outbox.Filter{Within: []string{"MAD-001"}}, want: []int64{1, 3}},
		"stores":                 {filter: outbox.Filter{Within: []string{"VLC-001", "BCN-001", "x"}}, want: []int64{2, 5}},
		"no store at all":        {filter: outbox.Filter{Within: []string{}}},
		"actor":                  {filter: outbox.Filter{Actor: "Admin"}, want: []int64{2, 4}},
		"pending of an actor":    {filter: outbox.Filter{Actor: "Admin", Pending: true}, want: []int64{4}},
		"pending":                {filter: outbox.Filter{Pending: true}, want: []int64{4, 5}},
		"after":                  {filter: outbox.Filter{After: 3}, want: []int64{4, 5}},
		"limit":                  {filter: outbox.Filter{Limit: 2}, want: []int64{1, 2}},
		"after and limit":        {filter: outbox.Filter{After: 1, Limit: 2}, want: []int64{2, 3}},
		"aggregate and type":     {filter: outbox.Filter{AggregateID: "product-1", Type: "stock.updated"}, want: []int64{2}},
		"pending of a store":     {filter: outbox.Filter{Pending: true, Within: []string{"VLC-001"}}, want: []int64{5}},
		"text that looks like %": {filter: outbox.Filter{AggregateID: "%"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, row := range s.page(t, test.filter) {
				got = append(got, row.Seq)
				if pending := row.Seq > 3; pending != (row.SyncedAt == "") {
					t.Errorf("seq %d has synced_at %q", row.Seq, row.SyncedAt)
				}
				if row.SyncedAt != "" && row.SyncedAt != events.FormatTime(start) {
					t.Errorf("seq %d has synced_at %q, want the relay's time", row.Seq, row.SyncedAt)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
