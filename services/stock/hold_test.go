package stock_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
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
	return s.request(method, target, text, httpapi.ServiceKeyHeader, serviceKey)
}

// holdOf returns a request for one line.
func holdOf(id, productID, storeID string, quantity int64) stockwire.Hold {
	return stockwire.Hold{
		ReservationID: id, CustomerID: "c-1", TTLSeconds: 600, ExpiresAt: events.FormatTime(start.Add(10 * time.Minute)),
		Lines: []stockwire.Line{{ProductID: productID, StoreID: storeID, Quantity: quantity}},
	}
}

// holds asks for several holds in one call.
func (s *shop) holds(list ...stockwire.Hold) []stockwire.HoldResult {
	s.t.Helper()
	w := s.internal("POST", stockwire.HoldsPath, stockwire.HoldsRequest{Holds: list})
	return httpapitest.Decode[stockwire.HoldsAnswer](s.t, w, 200).Results
}

// hold holds units of one row.
func (s *shop) hold(id, productID, storeID string, quantity int64) {
	s.t.Helper()
	if got := s.holds(holdOf(id, productID, storeID, quantity)); got[0].Outcome != stockwire.OutcomeGranted {
		s.t.Fatalf("hold %s: %+v", id, got)
	}
}

// wantHolds asks for holds and expects the results, each as "outcome line
// available requested".
func (s *shop) wantHolds(list []stockwire.Hold, want ...string) {
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
	t.Run("usual case", testHoldUsualCase)
	t.Run("repeated", testHoldRepeated)
	t.Run("refuses", testHoldRefuses)
	t.Run("takes a full batch", testHoldTakesAFullBatch)
	t.Run("takes the longest batch", testHoldTakesTheLongestBatch)
}

func testHoldUsualCase(t *testing.T) {
	t.Run("reserves and writes all fields that a reservation needs", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		got := s.holds(holdOf("r-1", "p-1", "MAD-001", 15))
		if len(got) != 1 || !reflect.DeepEqual(got[0], stockwire.HoldResult{Outcome: "granted", ExpiresAt: "2026-08-01T12:10:00.000Z"}) {
			t.Errorf("results %+v", got)
		}
		s.wantRow("p-1", "MAD-001", 40, 15, 2)
		s.wantEvents("?event_type=stock.reserved", `stock.reserved MAD-001 2 {"reservation_id":"r-1","product_id":"p-1",`+
			`"store_id":"MAD-001","quantity":15,"customer_id":"c-1","expires_at":"2026-08-01T12:10:00.000Z"}`)
		w := s.internal("GET", stockwire.HoldsPath+"/r-1", nil)
		want := stockwire.FoundHold{
			ReservationID: "r-1", CustomerID: "c-1", TTLSeconds: 600, ExpiresAt: "2026-08-01T12:10:00.000Z", State: "held",
			Lines: []stockwire.HeldLine{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 15}},
		}
		if found := httpapitest.Decode[stockwire.FoundHold](t, w, 200); !reflect.DeepEqual(found, want) {
			t.Errorf("found %+v, want %+v", found, want)
		}
	})
	t.Run("handles each hold of a call by itself", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.wantHolds([]stockwire.Hold{
			holdOf("r-1", "p-1", "MAD-001", 4), holdOf("r-2", "p-1", "MAD-001", 7), holdOf("r-3", "p-2", "MAD-001", 1),
			holdOf("r-4", "p-1", "MAD-001", 6), holdOf("r-1", "p-1", "MAD-001", 4), holdOf("r-5", "p-1", "MAD-001", 1),
		}, granted, "insufficient 0 6 7", "no_row 0 0 0", granted, granted, "insufficient 0 0 1")
		s.wantRow("p-1", "MAD-001", 10, 10, 3)
		for _, id := range []string{"r-2", "r-3", "r-5"} {
			httpapitest.WantProblem(t, s.internal("GET", stockwire.HoldsPath+"/"+id, nil), 404, problem.NotFound)
		}
	})
	t.Run("meets all lines or none", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 10)
		s.stocked("p-2", "MAD-001", 10)
		lines := func(id string, quantities ...int64) stockwire.Hold {
			h := holdOf(id, "p-1", "MAD-001", quantities[0])
			h.Lines = append(h.Lines, stockwire.Line{ProductID: "p-2", StoreID: "MAD-001", Quantity: quantities[1]})
			if len(quantities) > 2 {
				h.Lines = append(h.Lines, stockwire.Line{ProductID: "p-1", StoreID: "BCN-001", Quantity: quantities[2]})
			}
			return h
		}
		s.wantHolds([]stockwire.Hold{lines("r-1", 5, 11), lines("r-2", 5, 5, 5)}, "insufficient 1 10 11", "no_row 2 0 0")
		s.wantRow("p-1", "MAD-001", 10, 0, 1)
		s.wantRow("p-2", "MAD-001", 10, 0, 1)
		s.wantHolds([]stockwire.Hold{lines("r-1", 5, 10)}, granted)
		s.wantRow("p-1", "MAD-001", 10, 5, 2)
		s.wantRow("p-2", "MAD-001", 10, 10, 2)
	})
	t.Run("grants a hold that was refused for lack of stock before", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 1)
		s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 2)}, "insufficient 0 1 2")
		httpapitest.Decode[item](t, s.do("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 2}`), 200)
		s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 2)}, granted)
	})
}

func testHoldRepeated(t *testing.T) {
	t.Run("gets the first result and moves no stock", func(t *testing.T) {
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
		for name, change := range map[string]func(*stockwire.Hold){
			"quantity": func(h *stockwire.Hold) { h.Lines[0].Quantity = 2 },
			"product":  func(h *stockwire.Hold) { h.Lines[0].ProductID = "p-2" },
			"store":    func(h *stockwire.Hold) { h.Lines[0].StoreID = "BCN-001" },
			"customer": func(h *stockwire.Hold) { h.CustomerID = "c-2" },
			"ttl":      func(h *stockwire.Hold) { h.TTLSeconds = 601 },
			"lines": func(h *stockwire.Hold) {
				h.Lines = append(h.Lines, stockwire.Line{ProductID: "p-2", StoreID: "MAD-001", Quantity: 1})
			},
		} {
			t.Run(name, func(t *testing.T) {
				other := holdOf("r-1", "p-1", "MAD-001", 1)
				change(&other)
				s.wantHolds([]stockwire.Hold{other}, "mismatch 0 0 0")
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
		s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 4), holdOf("r-2", "p-1", "MAD-001", 4)},
			"settled 0 0 0", "settled 0 0 0")
		s.wantRow("p-1", "MAD-001", 6, 0, 5)
	})
}

func testHoldRefuses(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 1000)
	valid := func() stockwire.Hold { return holdOf("r-1", "p-1", "MAD-001", 1) }
	for name, c := range map[string]struct {
		change func(*stockwire.Hold)
		fields []string
	}{
		"no id":                      {func(h *stockwire.Hold) { h.ReservationID = "" }, []string{"reservation_id"}},
		"a long id":                  {func(h *stockwire.Hold) { h.ReservationID = strings.Repeat("r", 65) }, []string{"reservation_id"}},
		"no customer":                {func(h *stockwire.Hold) { h.CustomerID = "" }, []string{"customer_id"}},
		"no ttl":                     {func(h *stockwire.Hold) { h.TTLSeconds = 0 }, []string{"ttl_seconds"}},
		"a ttl of more than 31 days": {func(h *stockwire.Hold) { h.TTLSeconds = 31*86400 + 1 }, []string{"ttl_seconds"}},
		"no lines":                   {func(h *stockwire.Hold) { h.Lines = nil }, []string{"lines"}},
		"no quantity":                {func(h *stockwire.Hold) { h.Lines[0].Quantity = 0 }, []string{"quantity"}},
		"a debt":                     {func(h *stockwire.Hold) { h.Lines[0].Quantity = -1 }, []string{"quantity"}},
		"too much":                   {func(h *stockwire.Hold) { h.Lines[0].Quantity = 1_000_000_001 }, []string{"quantity"}},
		"no store":                   {func(h *stockwire.Hold) { h.Lines[0].StoreID = "" }, []string{"store_id"}},
		"one row twice":              {func(h *stockwire.Hold) { h.Lines = append(h.Lines, h.Lines[0]) }, []string{"lines"}},
		"over 100 lines":             {func(h *stockwire.Hold) { h.Lines = manyLines(101) }, []string{"lines"}},
		"several at once":            {func(h *stockwire.Hold) { h.CustomerID, h.TTLSeconds = "", 0 }, []string{"customer_id", "ttl_seconds"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := valid()
			c.change(&h)
			other := holdOf("r-2", "p-1", "MAD-001", 1)
			httpapitest.WantInvalid(t, s.internal("POST", stockwire.HoldsPath, stockwire.HoldsRequest{Holds: []stockwire.Hold{other, h}}), c.fields...)
		})
	}
	t.Run("no holds, and more than 512", func(t *testing.T) {
		httpapitest.WantInvalid(t, s.internal("POST", stockwire.HoldsPath, stockwire.HoldsRequest{Holds: []stockwire.Hold{}}), "holds")
		httpapitest.WantInvalid(t, s.internal("POST", stockwire.HoldsPath, stockwire.HoldsRequest{Holds: manyHolds(stockwire.MaxBatch + 1)}), "holds")
	})
	t.Run("a field of a newer reservation", func(t *testing.T) { // docs/releasing.md: a release sends fields that the previous one knows
		for path, body := range map[string]string{
			stockwire.HoldsPath:       `{"holds": [], "new": 1}`,
			stockwire.SettlementsPath: `{"settlements": [], "new": 1}`,
		} {
			httpapitest.WantInvalid(t, s.request("POST", path, body, httpapi.ServiceKeyHeader, serviceKey), "new")
		}
	})
	t.Run("a call without the service key", func(t *testing.T) {
		body := `{"holds": []}`
		for _, path := range []string{stockwire.HoldsPath, stockwire.SettlementsPath} {
			httpapitest.WantProblem(t, s.request("POST", path, body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.request("POST", path, body, httpapi.ServiceKeyHeader, serviceKey+"x"), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.request("POST", path, body, "X-API-Key", admin), 401, problem.Unauthorized)
		}
		httpapitest.WantProblem(t, s.request("GET", stockwire.HoldsPath+"/r-1", "", "X-API-Key", admin), 401, problem.Unauthorized)
	})
	s.wantRow("p-1", "MAD-001", 1000, 0, 1)
}

func testHoldTakesAFullBatch(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 10*stockwire.MaxBatch)
	for i, r := range s.holds(manyHolds(stockwire.MaxBatch)...) {
		if r.Outcome != stockwire.OutcomeGranted {
			t.Errorf("hold %d: %+v", i, r)
		}
	}
	s.wantRow("p-1", "MAD-001", 10*stockwire.MaxBatch, stockwire.MaxBatch, stockwire.MaxBatch+1)
	settlements := make([]stockwire.Settlement, stockwire.MaxBatch)
	for i := range settlements {
		settlements[i] = stockwire.Settlement{ReservationID: fmt.Sprintf("r-%d", i), Settlement: "commit"}
	}
	if w := s.internal("POST", stockwire.SettlementsPath, stockwire.SettlementsRequest{Settlements: settlements}); w.Code != 204 {
		t.Errorf("settlements: %d %s", w.Code, w.Body)
	}
	s.wantRow("p-1", "MAD-001", 9*stockwire.MaxBatch, 0, 2*stockwire.MaxBatch+1)
}

// testHoldTakesTheLongestBatch sends the longest batch that reservation collects:
// it must not exceed the limit of a body.
func testHoldTakesTheLongestBatch(t *testing.T) {
	s := openShop(t)
	productID, storeID := strings.Repeat("<", 64), strings.Repeat("S", 64)
	list := manyHolds(stockwire.MaxBatch)
	for i := range list {
		list[i].ReservationID = fmt.Sprintf("%036d", i)
		list[i].CustomerID = strings.Repeat("&", 128)
		list[i].Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		list[i].Lines = []stockwire.Line{{ProductID: productID, StoreID: storeID, Quantity: 1_000_000_000}}
	}
	if got := s.holds(list...); len(got) != stockwire.MaxBatch || got[0].Outcome != stockwire.OutcomeNoRow {
		t.Errorf("%d results", len(got))
	}
}

func manyHolds(n int) []stockwire.Hold {
	list := make([]stockwire.Hold, n)
	for i := range list {
		list[i] = holdOf(fmt.Sprintf("r-%d", i), "p-1", "MAD-001", 1)
	}
	return list
}

func manyLines(n int) []stockwire.Line {
	list := make([]stockwire.Line, n)
	for i := range list {
		list[i] = stockwire.Line{ProductID: fmt.Sprintf("p-%d", i), StoreID: "MAD-001", Quantity: 1}
	}
	return list
}

// heldPage asks for a page of the holds that are held.
func (s *shop) heldPage(query string) stockwire.HeldAnswer {
	s.t.Helper()
	return httpapitest.Decode[stockwire.HeldAnswer](s.t, s.internal("GET", stockwire.HoldsPath+query, nil), 200)
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
		if pages == 1 { // a walk does not see holds that are created during it, and a settled hold is not a gap
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
		httpapitest.WantInvalid(t, s.internal("GET", stockwire.HoldsPath+query, nil), field)
	}
	httpapitest.WantProblem(t, s.do("GET", stockwire.HoldsPath, ""), 401, problem.Unauthorized)
}
