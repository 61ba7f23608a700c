package stock_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/eventsapi/eventsapitest"
	"inventory.example/pkg/problem"
)

// events returns up to 100 events that match a query such as "?store_id=…".
func (s *shop) events(query string) []eventsapitest.Event {
	s.t.Helper()
	separator := "?"
	if query != "" {
		separator = "&"
	}
	return httpapitest.Decode[eventsapitest.Page](s.t, s.do("GET", "/api/v1/events/stock"+query+separator+"limit=100", ""), 200).Events
}

// eventsAfter is a ledgertest.Events.
func (s *shop) eventsAfter(_ context.Context, after int64) (list []outbox.Row, err error) {
	w := s.do("GET", fmt.Sprintf("/api/v1/events/stock?limit=100&cursor=%d", after), "")
	var page struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 {
		return nil, fmt.Errorf("answer %d %s: %w", w.Code, w.Body, err)
	}
	for _, document := range page.Events {
		var e eventsapitest.Event
		if err := json.Unmarshal(document, &e); err != nil {
			return nil, err
		}
		list = append(list, outbox.Row{Seq: e.Seq, Document: document})
	}
	return list, nil
}

// wantEvents expects exactly these events, each as "type store version payload".
func (s *shop) wantEvents(query string, want ...string) {
	s.t.Helper()
	var have []string
	for _, e := range s.events(query) {
		have = append(have, fmt.Sprintf("%s %s %d %s", e.Type, e.StoreID, e.Version, e.Payload))
	}
	if !slices.Equal(have, want) {
		s.t.Errorf("events\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

func TestRun(t *testing.T) {
	t.Run("publishes the last changes of its consumer when it stops", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 5)
		ended, err := events.New(events.Meta{ID: "0199f3a0-0000-7000-8000-000000000001", At: start, Version: 2},
			inventory.ReservationExpired{ReservationID: "r-1", ProductID: "p-1", Quantity: 5})
		if err != nil {
			t.Fatal(err)
		}
		s.groups.Last = func(handle events.Handler) error { return handle(t.Context(), ended) }
		stop := s.run()
		if _, err := s.broker.WaitFor(t.Context(), 2); err != nil {
			t.Error(err)
		}
		stop()
		all := s.broker.Events()
		if last := all[len(all)-1]; len(all) != 3 || last.Type != inventory.TypeStockReleased {
			t.Errorf("%d events were published, the last one %s", len(all), last.Type)
		}
		if pending := s.events("?pending=true"); len(pending) > 0 {
			t.Errorf("pending %s", eventsapitest.Types(pending))
		}
	})
	t.Run("publishes all events, in order, and stamps them", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 35)
		if pending := s.events("?pending=true"); len(pending) != 3 {
			t.Errorf("before: pending %s", eventsapitest.Types(pending))
		}
		stop := s.run()
		if _, err := s.broker.WaitFor(t.Context(), 3); err != nil {
			t.Error(err)
		}
		httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 100}`), 200)
		published, err := s.broker.WaitFor(t.Context(), 4)
		if err != nil {
			t.Error(err)
		}
		stop()
		stored := s.events("")
		for i, e := range published {
			if i >= len(stored) || e.ID != stored[i].ID {
				t.Errorf("published %s in place %d, stored %s", e.Type, i, eventsapitest.Types(stored))
			}
		}
		if pending := s.events("?pending=true"); len(pending) > 0 {
			t.Errorf("after: pending %s", eventsapitest.Types(pending))
		}
	})
	t.Run("is ready while it runs", func(t *testing.T) {
		s := openShop(t)
		ready := func() int { return s.request("GET", "/ready", "").Code }
		if code := ready(); code != 503 {
			t.Errorf("before: /ready answers %d", code)
		}
		stop := s.run()
		sub := <-s.groups.Joined // Run is under way
		if code := ready(); code != 200 || sub.Group != "stock" || sub.Member != "test-1" {
			t.Errorf("/ready answers %d, joined %s as %s", code, sub.Group, sub.Member)
		}
		stop()
		if code := ready(); code != 503 {
			t.Errorf("after: /ready answers %d", code)
		}
	})
}

func TestHealth(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	want := `{"status":"healthy","service":"stock","version":"1.2.3","instance_id":"test-1","timestamp":"` + startText +
		`","database":"healthy","broker":"ok","pending_events":1}`
	if w := s.request("GET", "/health", ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
}

func TestTrace(t *testing.T) {
	const trace, other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	s := openShop(t)
	s.catalog.add("p-1")
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock", createBody("p-1", "MAD-001", 40), "Traceparent", trace), 201)
	request := holdOf("r-1", "p-1", "MAD-001", 1)
	request.Traceparent = other
	s.holds(request, holdOf("r-2", "p-1", "MAD-001", 1))
	list := s.events("")
	if len(list) != 3 || list[0].Traceparent != trace || list[1].Traceparent != other || list[2].Traceparent != "" {
		t.Errorf("events %+v", list)
	}
}

func TestEvents(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-1", "BCN-001", 40)
	s.stocked("p-2", "MAD-001", 40)
	httpapitest.Decode[transfer](t, s.do("POST", "/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 5)), 200)

	for query, want := range map[string]string{
		"":                                     "stock.created stock.created stock.created stock.transferred",
		"?event_type=stock.transferred":        "stock.transferred",
		"?aggregate_id=p-2":                    "stock.created",
		"?store_id=MAD-001":                    "stock.created stock.created stock.transferred",
		"?aggregate_id=p-1&store_id=MAD-001":   "stock.created stock.transferred",
		"?pending=false&event_type=stock.low":  "",
		"?pending=true&store_id=BCN-001":       "stock.created stock.transferred",
		"?cursor=3":                            "stock.transferred",
		"?cursor=4":                            "",
		"?event_type=stock.created&store_id=X": "",
	} {
		t.Run("filters "+query, func(t *testing.T) {
			if got := eventsapitest.Types(s.events(query)); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	t.Run("pages by cursor", func(t *testing.T) {
		var all []int64
		next := new(int64)
		for n := 0; next != nil && n < 5; n++ {
			page := httpapitest.Decode[eventsapitest.Page](t, s.do("GET", fmt.Sprintf("/api/v1/events/stock?limit=3&cursor=%d", *next), ""), 200)
			for _, e := range page.Events {
				all = append(all, e.Seq)
			}
			next = page.NextCursor
		}
		if !slices.Equal(all, []int64{1, 2, 3, 4}) || next != nil {
			t.Errorf("pages hold %v", all)
		}
	})
	t.Run("shows a key of some stores those", func(t *testing.T) {
		page := httpapitest.Decode[eventsapitest.Page](t, s.as("k-madrid", "GET", "/api/v1/events/stock", ""), 200)
		if eventsapitest.Types(page.Events) != "stock.created stock.created" || page.Events[0].StoreID != "MAD-001" {
			t.Errorf("page %+v", page)
		}
		httpapitest.WantProblem(t, s.as("k-madrid", "GET", "/api/v1/events/stock?store_id=BCN-001", ""), 403, problem.Forbidden)
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		for query, field := range map[string]string{
			"?limit=0": "limit", "?limit=101": "limit", "?cursor=-1": "cursor", "?pending=yes": "pending", "?type=x": "type",
		} {
			httpapitest.WantInvalid(t, s.do("GET", "/api/v1/events/stock"+query, ""), field)
		}
	})
}

func TestOpen(t *testing.T) {
	t.Run("keeps everything over a restart", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 15)
		before := s.row("p-1", "MAD-001")
		s.reopen()
		s.clock.Advance(time.Hour)
		if after := s.row("p-1", "MAD-001"); after != before {
			t.Errorf("row %+v, before %+v", after, before)
		}
		s.settle("r-1", "commit", "")
		s.wantRow("p-1", "MAD-001", 25, 0, 3)
	})
	t.Run("refuses a file that is in use", func(t *testing.T) {
		s := openShop(t)
		if _, err := s.another(); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("opened twice: %v", err)
		}
	})
	t.Run("refuses keys that make no sense, and leaves the file free", func(t *testing.T) {
		s := openShop(t)
		if err := s.service.Close(); err != nil {
			t.Error(err)
		}
		config := s.config()
		config.APIKeys = "only-a-key"
		if _, err := openWith(t, config, s.deps()); err == nil || strings.Contains(err.Error(), "only-a-key") {
			t.Errorf("error %v", err)
		}
		s.reopen()
	})
	t.Run("returns 503 to writes, and leaves events waiting, once the database is closed", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		stop := s.run()
		handle := (<-s.groups.Joined).Handler
		stop()
		if err := s.service.Close(); err != nil {
			t.Error(err)
		}
		w := s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`)
		if httpapitest.WantProblem(t, w, 503, problem.StorageUnavailable); w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		if err := handle(t.Context(), productEvent(t, updated, "p-1", "Name", 2)); !events.IsTemporary(err) {
			t.Errorf("handle: %v", err)
		}
		s.reopen()
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
	})
}
