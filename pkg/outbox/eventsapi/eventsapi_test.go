package eventsapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// table is an event table with its route.
type table struct {
	t         *testing.T
	db        *sqlite.DB
	outbox    *outboxsqlite.Store
	relay     *outbox.Relay
	publisher *eventstest.Recorder
	api       *httpapi.API
	events    []events.Event
}

func openTable(t *testing.T) *table {
	t.Helper()
	a := &table{t: t, publisher: &eventstest.Recorder{}}
	logger := slog.New(slog.DiscardHandler)
	var err error
	a.db, err = sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "x.db"), Synchronous: "OFF"}, outboxsqlite.Component())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.db.Close(); err != nil {
			t.Error(err)
		}
	})
	a.outbox = outboxsqlite.New(a.db, logger)
	a.relay, err = outbox.OpenRelay(t.Context(), outbox.RelayOptions{
		Store: a.outbox, Publisher: a.publisher, Clock: clock.NewFake(start.Add(time.Second)), Logger: logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := httpapi.ParseKeys("k-all:All,k-read:Auditor:read,k-mad:Madrid:MAD-001,k-two:Both:MAD-001|BCN-001")
	if err != nil {
		t.Fatal(err)
	}
	if a.api, err = httpapi.New(httpapi.Options{Service: "stock", Keys: keys}); err != nil {
		t.Fatal(err)
	}
	eventsapi.Register(a.api, "stock", a.outbox)
	return a
}

// write appends events, one transaction each.
func (a *table) write(bodies ...events.Body) {
	a.t.Helper()
	for _, body := range bodies {
		n := len(a.events) + 1
		e, err := events.New(events.Meta{
			ID: fmt.Sprintf("e-%d", n), At: start.Add(time.Duration(n) * time.Millisecond), Version: int64(n), Traceparent: fmt.Sprintf("t-%d", n),
			Actor: []string{"Store Madrid", "stock"}[n%2],
		}, body)
		if err != nil {
			a.t.Fatal(err)
		}
		if err := a.db.Write(a.t.Context(), func(tx *sqlite.Tx) error { return a.outbox.Append(tx, e) }); err != nil {
			a.t.Fatal(err)
		}
		a.events = append(a.events, e)
	}
}

func (a *table) get(key, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/api/v1/events/stock"+query, nil)
	r.Header.Set("X-API-Key", key)
	w := httptest.NewRecorder()
	a.api.Handler().ServeHTTP(w, r)
	return w
}

type page struct {
	Events     []map[string]json.RawMessage `json:"events"`
	Count      int                          `json:"count"`
	NextCursor *int64                       `json:"next_cursor"`
}

// page returns a page, and the seqs in it.
func (a *table) page(key, query string) (seqs string, p page) {
	a.t.Helper()
	w := a.get(key, query)
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 200 || p.Count != len(p.Events) || p.Events == nil {
		a.t.Fatalf("%s: response %d %s, %v", query, w.Code, w.Body, err)
	}
	var all []string
	for _, e := range p.Events {
		all = append(all, string(e["seq"]))
	}
	return strings.Join(all, " "), p
}

// some are events with and without a store, of two products.
func some() []events.Body {
	return []events.Body{
		inventory.StockCreated{ProductID: "p-1", StoreID: "MAD-001", Quantity: 5, Reason: "initial_stock"},
		inventory.StockCreated{ProductID: "p-1", StoreID: "BCN-001", Quantity: 6, Reason: "<&\u2028>"},
		inventory.StockTransferred{ProductID: "p-1", FromStore: "MAD-001", ToStore: "BCN-001", Quantity: 1, FromVersion: 2, ToVersion: 2},
		inventory.StockLow{ProductID: "p-2", StoreID: "MAD-001"},
		inventory.StockLow{ProductID: "p-2", StoreID: "VLC-001"},
	}
}

func TestRegister(t *testing.T) {
	t.Run("filters", testRegisterFilters)
	t.Run("shows the event of the broker", testRegisterShowsTheEventOfTheBroker)
	t.Run("pages", testRegisterPages)
	t.Run("restricts to the stores of a key", testRegisterRestrictsToTheStoresOfAKey)
	t.Run("refuses invalid parameters", testRegisterRefusesInvalidParameters)
}

func testRegisterFilters(t *testing.T) {
	a := openTable(t)
	a.write(some()...)
	for query, want := range map[string]string{
		"":                                       "1 2 3 4 5",
		"?event_type=stock.low":                  "4 5",
		"?event_type=stock.lower":                "",
		"?aggregate_id=p-1":                      "1 2 3",
		"?store_id=MAD-001":                      "1 3 4",
		"?store_id=X":                            "",
		"?cursor=3":                              "4 5",
		"?cursor=5":                              "",
		"?cursor=9223372036854775807":            "",
		"?limit=2":                               "1 2",
		"?actor=Store%20Madrid":                  "2 4",
		"?actor=stock&aggregate_id=p-1":          "1 3",
		"?actor=store%20madrid":                  "",
		"?actor=stock&cursor=3&limit=1":          "5",
		"?pending=true":                          "1 2 3 4 5",
		"?pending=false&limit=1":                 "1",
		"?aggregate_id=p-1&store_id=MAD-001":     "1 3",
		"?store_id=BCN-001":                      "2 3",
		"?event_type=stock.low&cursor=4":         "5",
		"?aggregate_id=p-2&limit=1":              "4",
		"?event_type=stock.low'%20OR%20'1'='1":   "",
		"?aggregate_id=%25":                      "",
		"?store_id=MAD-001&event_type=stock.low": "4",
	} {
		if got, _ := a.page("k-all", query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func testRegisterShowsTheEventOfTheBroker(t *testing.T) {
	a := openTable(t)
	a.write(some()...)
	if more, err := a.relay.Step(t.Context()); err != nil || more {
		t.Fatalf("publish: more %t, %v", more, err)
	}
	a.write(some()[0])
	_, p := a.page("k-read", "")
	for i, shown := range p.Events {
		var want map[string]json.RawMessage
		if err := json.Unmarshal(a.events[i].Document(), &want); err != nil {
			t.Fatal(err)
		}
		want["seq"] = json.RawMessage(fmt.Sprint(i + 1))
		if want["synced_at"] = json.RawMessage(`"2026-08-01T12:00:01.000Z"`); i == len(some()) {
			want["synced_at"] = json.RawMessage("null")
		}
		have, err := json.Marshal(shown)
		all, wantErr := json.Marshal(want)
		if err := errors.Join(err, wantErr); err != nil || !bytes.Equal(have, all) {
			t.Errorf("event %s\nwant  %s, %v", have, all, err)
		}
	}
	if got, _ := a.page("k-all", "?pending=true"); got != "6" {
		t.Errorf("pending %s", got)
	}
}

func testRegisterPages(t *testing.T) {
	a := openTable(t)
	for range 21 {
		a.write(some()[0])
	}
	first, p := a.page("k-all", "")
	if n := len(strings.Fields(first)); n != 20 || p.NextCursor == nil || *p.NextCursor != 20 {
		t.Errorf("the first page has %d events, next %v", n, p.NextCursor)
	}
	if last, p := a.page("k-all", "?cursor=20"); last != "21" || p.NextCursor != nil {
		t.Errorf("the last page is %s, next %v", last, p.NextCursor)
	}
	if all, p := a.page("k-all", "?limit=100"); len(strings.Fields(all)) != 21 || p.NextCursor != nil {
		t.Errorf("all are %s, next %v", all, p.NextCursor)
	}
	if all, p := a.page("k-all", "?limit=7&cursor=14"); all != "15 16 17 18 19 20 21" || p.NextCursor == nil {
		t.Errorf("the third of seven is %s, next %v", all, p.NextCursor)
	}
}

func testRegisterRestrictsToTheStoresOfAKey(t *testing.T) {
	a := openTable(t)
	a.write(some()...)
	for key, want := range map[string]string{"k-all": "1 2 3 4 5", "k-read": "1 2 3 4 5", "k-mad": "1 4", "k-two": "1 2 3 4"} {
		if got, _ := a.page(key, ""); got != want {
			t.Errorf("%s sees %s, want %s", key, got, want)
		}
	}
	if got, _ := a.page("k-two", "?store_id=BCN-001"); got != "2 3" {
		t.Errorf("k-two sees %s of BCN-001", got)
	}
	for key, status := range map[string]int{"k-mad": 403, "k-none": 401, "": 401} {
		if w := a.get(key, "?store_id=BCN-001"); w.Code != status {
			t.Errorf("%q: %d %s", key, w.Code, w.Body)
		}
	}
}

func testRegisterRefusesInvalidParameters(t *testing.T) {
	a := openTable(t)
	for query, field := range map[string]string{
		"?limit=0": "limit", "?limit=101": "limit", "?limit=x": "limit", "?cursor=-1": "cursor", "?cursor=9223372036854775808": "cursor",
		"?pending=1": "pending", "?store_id=": "store_id", "?store_id=-": "store_id", "?offset=1": "offset", "?store_id=A&store_id=B": "store_id", "?event_type=%zz": "query",
	} {
		w := a.get("k-all", query)
		var p struct {
			Code   problem.Code    `json:"code"`
			Errors []problem.Field `json:"errors"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 400 || p.Code != problem.ValidationError ||
			!slices.ContainsFunc(p.Errors, func(f problem.Field) bool { return f.Field == field }) {
			t.Errorf("%s: %d %s, %v", query, w.Code, w.Body, err)
		}
	}
}

func TestHealth(t *testing.T) {
	a := openTable(t)
	a.write(some()...)
	want := httpapi.Health{DatabaseOK: true, Broker: httpapi.BrokerOK, PendingEvents: 5}
	if got := eventsapi.Health(t.Context(), "kafka", a.db, a.relay); !reflect.DeepEqual(got, want) {
		t.Errorf("at first %+v, want %+v", got, want)
	}
	a.publisher.Fail(errors.New("no connection"))
	if _, err := a.relay.Step(t.Context()); err == nil {
		t.Error("the broker accepted events")
	}
	want.Broker = httpapi.BrokerUnavailable
	if got := eventsapi.Health(t.Context(), "kafka", a.db, a.relay); !reflect.DeepEqual(got, want) {
		t.Errorf("while the broker is away %+v, want %+v", got, want)
	}
	a.publisher.Recover()
	if _, err := a.relay.Step(t.Context()); err != nil {
		t.Error(err)
	}
	if got := eventsapi.Health(t.Context(), "kafka", a.db, a.relay); !reflect.DeepEqual(got, httpapi.Health{DatabaseOK: true, Broker: httpapi.BrokerOK}) {
		t.Errorf("after it came back %+v", got)
	}
	if got := eventsapi.Health(t.Context(), "none", a.db, a.relay); got.Broker != httpapi.BrokerNone {
		t.Errorf("without a broker %+v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := eventsapi.Health(ended, "kafka", a.db, a.relay); got.DatabaseOK {
		t.Errorf("when the database does not respond %+v", got)
	}
}
