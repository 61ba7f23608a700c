package eventsapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox/eventsapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

const serviceKey = "0123456789abcdef"

// inspector collects the republished events. Methods that it lacks panic.
type inspector struct {
	events.Inspector
	groups []events.Group
	err    error
	list   []string // group and id of each event
}

func (i *inspector) Groups(context.Context) ([]events.Group, error) { return i.groups, i.err }

func (i *inspector) Republish(_ context.Context, group string, list []events.Event) error {
	if i.err != nil {
		return i.err
	}
	for _, e := range list {
		i.list = append(i.list, group+"/"+e.ID)
	}
	return nil
}

// operated is a table with the routes of its operators.
type operated struct {
	*table
	api   *httpapi.API
	clock *clock.Fake
}

// operate adds the routes of operators to the table, whose relay has stopped.
func operate(t *testing.T, a *table, i events.Inspector) *operated {
	t.Helper()
	api, err := httpapi.New(httpapi.Options{Service: "stock", ServiceKey: serviceKey})
	if err != nil {
		t.Fatal(err)
	}
	o := &operated{table: a, api: api, clock: clock.NewFake(start)}
	eventsapi.RegisterOperators(api, eventsapi.Operators{
		Service: "stock", Reader: a.outbox, Inspector: i, Clock: o.clock, Logger: slog.New(slog.DiscardHandler),
		Health: func(context.Context) httpapi.Health { return httpapi.Health{Broker: httpapi.BrokerUnavailable} },
	})
	return o
}

func (o *operated) ask(method, suffix, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, eventsapi.Path+"stock"+suffix, bytes.NewReader([]byte(body)))
	r.Header.Set("X-Service-Key", serviceKey)
	w := httptest.NewRecorder()
	o.api.Handler().ServeHTTP(w, r)
	return w
}

// wants expects a response with status 200.
func (o *operated) wants(want any, method, suffix, body string) {
	o.t.Helper()
	text, err := json.Marshal(want)
	if err != nil {
		o.t.Fatal(err)
	}
	if w := o.ask(method, suffix, body); w.Code != 200 || strings.TrimSpace(w.Body.String()) != string(text) {
		o.t.Errorf("%s: got %d %s, want %s", body, w.Code, w.Body, text)
	}
}

// refuses expects a problem and returns the response.
func (o *operated) refuses(code problem.Code, method, suffix, body string) string {
	o.t.Helper()
	w := o.ask(method, suffix, body)
	if w.Code != httpapi.Status(code) || !strings.Contains(w.Body.String(), string(code)) {
		o.t.Errorf("%s: got %d %s, want %s", body, w.Code, w.Body, code)
	}
	return w.Body.String()
}

// stamp marks the first events of the table as published.
func (a *table) stamp(until int) {
	a.t.Helper()
	err := a.db.Write(a.t.Context(), func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`INSERT INTO acknowledged SELECT seq, created_at FROM outbox WHERE seq = ?`, until)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

func TestStatus(t *testing.T) {
	o := operate(t, openTable(t), nil)
	o.wants(eventsapi.Status{Broker: "unavailable"}, "GET", eventsapi.StatusSuffix, "")
	o.write(some()...)
	n := int64(len(some()))
	o.clock.Advance(2 * time.Second)
	o.wants(eventsapi.Status{LastSeq: n, Pending: n, OldestSeconds: 1, Broker: "unavailable"}, "GET", eventsapi.StatusSuffix, "")
	o.stamp(2)
	o.wants(eventsapi.Status{SyncedSeq: 2, LastSeq: n, Pending: n - 2, OldestSeconds: 1, Broker: "unavailable"}, "GET", eventsapi.StatusSuffix, "")
	o.refuses(problem.ValidationError, "GET", eventsapi.StatusSuffix+"?x=1", "")
	r := httptest.NewRecorder()
	o.api.Handler().ServeHTTP(r, httptest.NewRequest("GET", eventsapi.Path+"stock"+eventsapi.StatusSuffix, nil))
	if r.Code != 401 {
		t.Errorf("without the service key: %d", r.Code)
	}
}

func TestReplay(t *testing.T) {
	t.Run("usual case", testReplayUsualCase)
	t.Run("in pages", testReplayInPages)
	t.Run("refuses", testReplayRefuses)
}

func testReplayUsualCase(t *testing.T) {
	i := &inspector{groups: []events.Group{{Name: "stock"}}}
	o := operate(t, openTable(t), i)
	for n := range 6 { // e-1 to e-6, a millisecond after the other, even ones low
		if n%2 == 0 {
			o.write(inventory.StockUpdated{ProductID: "p", StoreID: "MAD-001"})
		} else {
			o.write(inventory.StockLow{ProductID: "p", StoreID: "MAD-001"})
		}
	}
	o.stamp(4)
	at := func(n int) string { return start.Add(time.Duration(n) * time.Millisecond).Format(time.RFC3339Nano) }
	for body, want := range map[string]struct {
		pending int64
		list    string
	}{
		`{}`:                                 {2, "/e-1 /e-2 /e-3 /e-4"},
		`{"after": 1, "until_seq": 3}`:       {0, "/e-2 /e-3"},
		`{"after": 3, "until_seq": 3}`:       {0, ""},
		`{"after": 4}`:                       {2, ""},
		`{"until_seq": 9223372036854775807}`: {2, "/e-1 /e-2 /e-3 /e-4"},
		`{"types": ["stock.low"]}`:           {1, "/e-2 /e-4"},
		`{"types": ["stock.low", "stock.updated"], "until_seq": 2, "group": "stock"}`: {0, "stock/e-1 stock/e-2"},
		`{"types": ["none"]}`:                                                               {0, ""},
		`{"seqs": [4, 2, 5, 2, 99, -1]}`:                                                    {1, "/e-2 /e-4"},
		`{"seqs": [4, 2, 5], "until_seq": 3}`:                                               {0, "/e-2"},
		`{"from_time": "` + at(2) + `", "until_time": "` + at(3) + `"}`:                     {0, "/e-2 /e-3"},
		`{"from_time": "` + at(3) + `", "until_seq": 4, "types": ["stock.low"]}`:            {0, "/e-4"},
		`{"until_time": "` + start.In(time.FixedZone("", 3600)).Format(time.RFC3339) + `"}`: {0, ""},
	} {
		for _, dry := range []bool{true, false} {
			i.list = nil
			sent, published := body, int64(len(strings.Fields(want.list)))
			if dry {
				sent = strings.Replace(strings.Replace(body, "}", `, "dry_run": true}`, 1), "{, ", "{", 1)
			}
			o.wants(eventsapi.ReplayResult{Published: published, Pending: want.pending}, "POST", eventsapi.ReplaySuffix, sent)
			if got := strings.Join(i.list, " "); !dry && got != want.list || dry && got != "" {
				t.Errorf("%s: got %q, want %q", sent, got, want.list)
			}
		}
	}
}

func testReplayInPages(t *testing.T) {
	const all = 2*eventsapi.MaxReplay + 1
	i := &inspector{}
	o := operate(t, openTable(t), i)
	err := o.db.Write(t.Context(), func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO outbox (id, event_type, aggregate_type, aggregate_id, payload, created_at)
			SELECT 'e-' || i, 'stock.low', 'stock', 'p', '{}', '2026-08-01T12:00:00.000Z' FROM n`, all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o.stamp(all)
	const page = eventsapi.MaxReplay
	o.wants(eventsapi.ReplayResult{Published: page, Next: page}, "POST", eventsapi.ReplaySuffix, `{}`)
	o.wants(eventsapi.ReplayResult{Published: page, Next: 2 * page}, "POST", eventsapi.ReplaySuffix, fmt.Sprintf(`{"after": %d}`, page))
	o.wants(eventsapi.ReplayResult{Published: 1}, "POST", eventsapi.ReplaySuffix, fmt.Sprintf(`{"after": %d}`, 2*page))
	var want []string
	for n := range all {
		want = append(want, fmt.Sprintf("/e-%d", n+1))
	}
	if !slices.Equal(i.list, want) {
		t.Errorf("%d events were published, want each of %d once and in order", len(i.list), all)
	}
	// Events after the end of the range do not cause another page.
	o.wants(eventsapi.ReplayResult{Published: page}, "POST", eventsapi.ReplaySuffix, fmt.Sprintf(`{"until_seq": %d}`, page))
}

func testReplayRefuses(t *testing.T) {
	i := &inspector{groups: []events.Group{{Name: "reservation"}, {Name: "stock"}}}
	o := operate(t, openTable(t), i)
	o.write(some()...)
	o.stamp(2)
	seqs, err := json.Marshal(make([]int64, eventsapi.MaxReplay+1))
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"":                               "required",
		"[]":                             "must be a JSON object",
		`{"from": 1}`:                    "is not a known field",
		`{"after": -1}`:                  "after must be from 0",
		`{"after": 1e30}`:                "after",
		`{"until_seq": -1}`:              "until_seq must be from 0",
		`{"seqs": [1.5]}`:                "seqs",
		`{"seqs": [1], "after":1}`:       "cannot be used together with seqs",
		`{"seqs": ` + string(seqs) + `}`: "must be 2000 at most",
		`{"from_time": "yesterday"}`:     "RFC 3339",
		`{"types": ["a\u0000"]}`:         "unprintable",
		`{"types": [""]}`:                "types is required",
		`{"types": ["` + strings.Repeat(`x","`, 50) + `x"]}`: "types must be 50 at most",
		`{"group": "stoc"}`:       "is not known to the broker, which has reservation, stock",
		`{"group": "\u001b[31m"}`: "unprintable",
		`{"dry_run": "yes"}`:      "true or false",
	} {
		if text := o.refuses(problem.ValidationError, "POST", eventsapi.ReplaySuffix, body); !strings.Contains(text, want) {
			t.Errorf("%s: got %s, want %q", body, text, want)
		}
	}
	i.groups = nil
	if text := o.refuses(problem.ValidationError, "POST", eventsapi.ReplaySuffix, `{"group": "stock"}`); !strings.Contains(text, "nor is any other") {
		t.Errorf("got %s", text)
	}
	i.err = errors.New("dial tcp: no")
	o.refuses(problem.StorageUnavailable, "POST", eventsapi.ReplaySuffix, `{"group": "stock"}`)
	if text := o.refuses(problem.StorageUnavailable, "POST", eventsapi.ReplaySuffix, `{}`); strings.Contains(text, "dial") {
		t.Errorf("it shows internal text: %s", text)
	}
	o.wants(eventsapi.ReplayResult{Published: 2, Pending: int64(len(some())) - 2}, "POST", eventsapi.ReplaySuffix, `{"dry_run": true}`)
	if len(i.list) > 0 {
		t.Errorf("%v were published", i.list)
	}
	err = o.db.Write(t.Context(), func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(`UPDATE outbox SET payload = '{' WHERE seq = 2`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := o.refuses(problem.InvalidState, "POST", eventsapi.ReplaySuffix, `{"dry_run": true}`); !strings.Contains(text, `"seq":2`) {
		t.Errorf("got %s", text)
	}
	o = operate(t, o.table, nil)
	o.refuses(problem.InvalidState, "POST", eventsapi.ReplaySuffix, `{}`)
}
