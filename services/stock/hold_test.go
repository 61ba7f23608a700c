package stock_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/holdsapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// internal sends a request to an internal path with the service key.
func (s *shop) internal(method, target string, body any) *httptest.ResponseRecorder {
	s.t.Helper()
	text := ""
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		text = string(encoded)
	}
	return s.call(method, target, text, httpapi.ServiceKeyHeader, serviceKey)
}

// holdOf returns a request for one line.
func holdOf(id, productID, storeID string, quantity int64) holdsapi.Hold {
	return holdsapi.Hold{
		ReservationID: id, CustomerID: "c-1", TTLSeconds: 600, ExpiresAt: events.FormatTime(start.Add(10 * time.Minute)),
		Lines: []holdsapi.Line{{ProductID: productID, StoreID: storeID, Quantity: quantity}},
	}
}

// holds asks for several holds in one call.
func (s *shop) holds(list ...holdsapi.Hold) []holdsapi.HoldResult {
	s.t.Helper()
	w := s.internal("POST", holdsapi.HoldsPath, holdsapi.HoldsRequest{Holds: list})
	return httpapitest.Decode[holdsapi.HoldsAnswer](s.t, w, 200).Results
}

// hold holds units of one row.
func (s *shop) hold(id, productID, storeID string, quantity int64) {
	s.t.Helper()
	if got := s.holds(holdOf(id, productID, storeID, quantity)); got[0].Outcome != holdsapi.OutcomeGranted {
		s.t.Fatalf("hold %s: %+v", id, got)
	}
}

// wantHolds asks for holds and expects the results, each as "outcome line
// available requested".
func (s *shop) wantHolds(list []holdsapi.Hold, want ...string) {
	s.t.Helper()
	var have []string
	for _, r := range s.holds(list...) {
		have = append(have, fmt.Sprintf("%s %d %d %d", r.Outcome, r.Line, r.Available, r.Requested))
	}
	if !slices.Equal(have, want) {
		s.t.Errorf("results %q, want %q", have, want)
	}
}

const granted = "granted 0 0 0"

func TestHold(t *testing.T) {
	t.Run("reserves and tells all that a reservation needs", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		got := s.holds(holdOf("r-1", "p-1", "MAD-001", 15))
		if len(got) != 1 || got[0] != (holdsapi.HoldResult{Outcome: "granted", ExpiresAt: "2026-08-01T12:10:00.000Z"}) {
			t.Errorf("results %+v", got)
		}
		s.wantRow("p-1", "MAD-001", 40, 15, 2)
		s.wantEvents("?event_type=stock.reserved", `stock.reserved MAD-001 2 {"reservation_id":"r-1","product_id":"p-1",`+
			`"store_id":"MAD-001","quantity":15,"customer_id":"c-1","expires_at":"2026-08-01T12:10:00.000Z"}`)
		w := s.internal("GET", holdsapi.HoldsPath+"/r-1", nil)
		want := holdOf("r-1", "p-1", "MAD-001", 15)
		want.State = "held"
		if found := httpapitest.Decode[holdsapi.Hold](t, w, 200); !slices.Equal(found.Lines, want.Lines) || found.CustomerID != "c-1" ||
			found.TTLSeconds != 600 || found.State != "held" || found.ExpiresAt != want.ExpiresAt {
			t.Errorf("found %+v, want %+v", found, want)
		}
	})
	t.Run("answers each hold of a call by itself", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.wantHolds([]holdsapi.Hold{
			holdOf("r-1", "p-1", "MAD-001", 4), holdOf("r-2", "p-1", "MAD-001", 7), holdOf("r-3", "p-2", "MAD-001", 1),
			holdOf("r-4", "p-1", "MAD-001", 6), holdOf("r-1", "p-1", "MAD-001", 4), holdOf("r-5", "p-1", "MAD-001", 1),
		}, granted, "insufficient 0 6 7", "no_row 0 0 0", granted, granted, "insufficient 0 0 1")
		s.wantRow("p-1", "MAD-001", 10, 10, 3)
		for _, id := range []string{"r-2", "r-3", "r-5"} {
			httpapitest.WantProblem(t, s.internal("GET", holdsapi.HoldsPath+"/"+id, nil), 404, problem.NotFound)
		}
	})
	t.Run("meets all lines or none", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.stocked("p-2", "MAD-001", 10)
		lines := func(id string, quantities ...int64) holdsapi.Hold {
			h := holdOf(id, "p-1", "MAD-001", quantities[0])
			h.Lines = append(h.Lines, holdsapi.Line{ProductID: "p-2", StoreID: "MAD-001", Quantity: quantities[1]})
			if len(quantities) > 2 {
				h.Lines = append(h.Lines, holdsapi.Line{ProductID: "p-1", StoreID: "BCN-001", Quantity: quantities[2]})
			}
			return h
		}
		s.wantHolds([]holdsapi.Hold{lines("r-1", 5, 11), lines("r-2", 5, 5, 5)}, "insufficient 1 10 11", "no_row 2 0 0")
		s.wantRow("p-1", "MAD-001", 10, 0, 1)
		s.wantRow("p-2", "MAD-001", 10, 0, 1)
		s.wantHolds([]holdsapi.Hold{lines("r-1", 5, 10)}, granted)
		s.wantRow("p-1", "MAD-001", 10, 5, 2)
		s.wantRow("p-2", "MAD-001", 10, 10, 2)
	})
	t.Run("grants again under the id what was refused for lack of stock", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 1)
		s.wantHolds([]holdsapi.Hold{holdOf("r-1", "p-1", "MAD-001", 2)}, "insufficient 0 1 2")
		httpapitest.Decode[item](t, s.do("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 2}`), 200)
		s.wantHolds([]holdsapi.Hold{holdOf("r-1", "p-1", "MAD-001", 2)}, granted)
	})
}

func TestHold_repeated(t *testing.T) {
	t.Run("gets the first answer and moves nothing", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.hold("r-1", "p-1", "MAD-001", 10)
		again := holdOf("r-1", "p-1", "MAD-001", 10)
		again.ExpiresAt = "2026-08-01T13:00:00.000Z" // the clock went on
		if got := s.holds(again); got[0].Outcome != "granted" || got[0].ExpiresAt != "2026-08-01T12:10:00.000Z" {
			t.Errorf("results %+v", got)
		}
		s.wantRow("p-1", "MAD-001", 10, 10, 2)
	})
	t.Run("is a mismatch with another body", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.stocked("p-2", "MAD-001", 10)
		s.hold("r-1", "p-1", "MAD-001", 1)
		for name, change := range map[string]func(*holdsapi.Hold){
			"quantity": func(h *holdsapi.Hold) { h.Lines[0].Quantity = 2 },
			"product":  func(h *holdsapi.Hold) { h.Lines[0].ProductID = "p-2" },
			"store":    func(h *holdsapi.Hold) { h.Lines[0].StoreID = "BCN-001" },
			"customer": func(h *holdsapi.Hold) { h.CustomerID = "c-2" },
			"ttl":      func(h *holdsapi.Hold) { h.TTLSeconds = 601 },
			"lines": func(h *holdsapi.Hold) {
				h.Lines = append(h.Lines, holdsapi.Line{ProductID: "p-2", StoreID: "MAD-001", Quantity: 1})
			},
		} {
			t.Run(name, func(t *testing.T) {
				other := holdOf("r-1", "p-1", "MAD-001", 1)
				change(&other)
				s.wantHolds([]holdsapi.Hold{other}, "mismatch 0 0 0")
			})
		}
		s.wantRow("p-1", "MAD-001", 10, 1, 2)
		s.wantRow("p-2", "MAD-001", 10, 0, 1)
	})
	t.Run("is settled after commit and after release", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.hold("r-1", "p-1", "MAD-001", 4)
		s.hold("r-2", "p-1", "MAD-001", 4)
		s.settle("r-1", "commit", "")
		s.settle("r-2", "release", "cancelled")
		s.wantHolds([]holdsapi.Hold{holdOf("r-1", "p-1", "MAD-001", 4), holdOf("r-2", "p-1", "MAD-001", 4)},
			"settled 0 0 0", "settled 0 0 0")
		s.wantRow("p-1", "MAD-001", 6, 0, 5)
	})
}

func TestHold_refuses(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 1000)
	valid := func() holdsapi.Hold { return holdOf("r-1", "p-1", "MAD-001", 1) }
	for name, c := range map[string]struct {
		change func(*holdsapi.Hold)
		fields []string
	}{
		"no id":           {func(h *holdsapi.Hold) { h.ReservationID = "" }, []string{"reservation_id"}},
		"a long id":       {func(h *holdsapi.Hold) { h.ReservationID = strings.Repeat("r", 65) }, []string{"reservation_id"}},
		"no customer":     {func(h *holdsapi.Hold) { h.CustomerID = "" }, []string{"customer_id"}},
		"no ttl":          {func(h *holdsapi.Hold) { h.TTLSeconds = 0 }, []string{"ttl_seconds"}},
		"a ttl of days":   {func(h *holdsapi.Hold) { h.TTLSeconds = 86401 }, []string{"ttl_seconds"}},
		"no lines":        {func(h *holdsapi.Hold) { h.Lines = nil }, []string{"lines"}},
		"no quantity":     {func(h *holdsapi.Hold) { h.Lines[0].Quantity = 0 }, []string{"quantity"}},
		"a debt":          {func(h *holdsapi.Hold) { h.Lines[0].Quantity = -1 }, []string{"quantity"}},
		"too much":        {func(h *holdsapi.Hold) { h.Lines[0].Quantity = 1_000_000_001 }, []string{"quantity"}},
		"no store":        {func(h *holdsapi.Hold) { h.Lines[0].StoreID = "" }, []string{"store_id"}},
		"one row twice":   {func(h *holdsapi.Hold) { h.Lines = append(h.Lines, h.Lines[0]) }, []string{"lines"}},
		"over 100 lines":  {func(h *holdsapi.Hold) { h.Lines = manyLines(101) }, []string{"lines"}},
		"several at once": {func(h *holdsapi.Hold) { h.CustomerID, h.TTLSeconds = "", 0 }, []string{"customer_id", "ttl_seconds"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := valid()
			c.change(&h)
			other := holdOf("r-2", "p-1", "MAD-001", 1)
			httpapitest.WantInvalid(t, s.internal("POST", holdsapi.HoldsPath, holdsapi.HoldsRequest{Holds: []holdsapi.Hold{other, h}}), c.fields...)
		})
	}
	t.Run("no holds, and more than 512", func(t *testing.T) {
		httpapitest.WantInvalid(t, s.internal("POST", holdsapi.HoldsPath, holdsapi.HoldsRequest{Holds: []holdsapi.Hold{}}), "holds")
		httpapitest.WantInvalid(t, s.internal("POST", holdsapi.HoldsPath, holdsapi.HoldsRequest{Holds: manyHolds(holdsapi.MaxBatch + 1)}), "holds")
	})
	t.Run("a field of a newer reservation", func(t *testing.T) { // docs/releasing.md: a release sends what the one before knows
		for path, body := range map[string]string{
			holdsapi.HoldsPath:       `{"holds": [], "new": 1}`,
			holdsapi.SettlementsPath: `{"settlements": [], "new": 1}`,
		} {
			httpapitest.WantInvalid(t, s.call("POST", path, body, httpapi.ServiceKeyHeader, serviceKey), "new")
		}
	})
	t.Run("a call without the service key", func(t *testing.T) {
		body := `{"holds": []}`
		for _, path := range []string{holdsapi.HoldsPath, holdsapi.SettlementsPath} {
			httpapitest.WantProblem(t, s.call("POST", path, body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.call("POST", path, body, httpapi.ServiceKeyHeader, serviceKey+"x"), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.call("POST", path, body, "X-API-Key", admin), 401, problem.Unauthorized)
		}
		httpapitest.WantProblem(t, s.call("GET", holdsapi.HoldsPath+"/r-1", "", "X-API-Key", admin), 401, problem.Unauthorized)
	})
	s.wantRow("p-1", "MAD-001", 1000, 0, 1)
}

func TestHold_takes_a_full_batch(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 10*holdsapi.MaxBatch)
	for i, r := range s.holds(manyHolds(holdsapi.MaxBatch)...) {
		if r.Outcome != holdsapi.OutcomeGranted {
			t.Errorf("hold %d: %+v", i, r)
		}
	}
	s.wantRow("p-1", "MAD-001", 10*holdsapi.MaxBatch, holdsapi.MaxBatch, holdsapi.MaxBatch+1)
	settlements := make([]holdsapi.Settlement, holdsapi.MaxBatch)
	for i := range settlements {
		settlements[i] = holdsapi.Settlement{ReservationID: fmt.Sprintf("r-%d", i), Settlement: "commit"}
	}
	if w := s.internal("POST", holdsapi.SettlementsPath, holdsapi.SettlementsRequest{Settlements: settlements}); w.Code != 204 {
		t.Errorf("settlements: %d %s", w.Code, w.Body)
	}
	s.wantRow("p-1", "MAD-001", 9*holdsapi.MaxBatch, 0, 2*holdsapi.MaxBatch+1)
}

// TestHold_takes_the_longest_batch sends what reservation may at most gather:
// it must not be above the limit of a body.
func TestHold_takes_the_longest_batch(t *testing.T) {
	s := openShop(t)
	productID, storeID := strings.Repeat("<", 64), strings.Repeat("S", 64)
	list := manyHolds(holdsapi.MaxBatch)
	for i := range list {
		list[i].ReservationID = fmt.Sprintf("%036d", i)
		list[i].CustomerID = strings.Repeat("&", 128)
		list[i].Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		list[i].Lines = []holdsapi.Line{{ProductID: productID, StoreID: storeID, Quantity: 1_000_000_000}}
	}
	if got := s.holds(list...); len(got) != holdsapi.MaxBatch || got[0].Outcome != holdsapi.OutcomeNoRow {
		t.Errorf("%d results", len(got))
	}
}

func manyHolds(n int) []holdsapi.Hold {
	list := make([]holdsapi.Hold, n)
	for i := range list {
		list[i] = holdOf(fmt.Sprintf("r-%d", i), "p-1", "MAD-001", 1)
	}
	return list
}

func manyLines(n int) []holdsapi.Line {
	list := make([]holdsapi.Line, n)
	for i := range list {
		list[i] = holdsapi.Line{ProductID: fmt.Sprintf("p-%d", i), StoreID: "MAD-001", Quantity: 1}
	}
	return list
}

// heldPage asks for a page of the holds that are held.
func (s *shop) heldPage(query string) holdsapi.HeldAnswer {
	s.t.Helper()
	return httpapitest.Decode[holdsapi.HeldAnswer](s.t, s.internal("GET", holdsapi.HoldsPath+query, nil), 200)
}

func TestHeld(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 100)
	if a := s.heldPage(""); len(a.ReservationIDs) != 0 || a.ReservationIDs == nil || a.Next != "" {
		t.Errorf("of no hold: %+v", a)
	}
	for n := range 7 {
		s.hold(fmt.Sprintf("r-%d", n), "p-1", "MAD-001", 1)
		if n%2 == 1 { // two holds have the same time
			s.clock.Advance(time.Second)
		}
	}
	s.settle("r-1", "commit", "")
	s.settle("r-4", "release", "cancelled")
	s.settle("r-9", "release", "aborted") // a tombstone
	if a := s.heldPage(""); !slices.Equal(a.ReservationIDs, []string{"r-6", "r-5", "r-3", "r-2", "r-0"}) || a.Next != "" {
		t.Errorf("all: %+v", a)
	}
	var walked []string
	after := ""
	for pages := 1; ; pages++ {
		a := s.heldPage("?limit=2&after=" + url.QueryEscape(after))
		walked = append(walked, a.ReservationIDs...)
		if pages == 1 { // holds that come during a walk are not on its way, and one that was settled is no gap
			s.hold("r-8", "p-1", "MAD-001", 1)
			s.settle("r-3", "commit", "")
		}
		if after = a.Next; after == "" {
			break
		}
	}
	if !slices.Equal(walked, []string{"r-6", "r-5", "r-2", "r-0"}) {
		t.Errorf("walked %v", walked)
	}
	for query, field := range map[string]string{
		"?limit=0": "limit", "?limit=5001": "limit", "?after=r-1": "after", "?state=held": "state",
	} {
		httpapitest.WantInvalid(t, s.internal("GET", holdsapi.HoldsPath+query, nil), field)
	}
	httpapitest.WantProblem(t, s.do("GET", holdsapi.HoldsPath, ""), 401, problem.Unauthorized)
}
