package stock_test

import (
	"strings"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/holdsapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestLowStock(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 10)                          // never set: 10
	s.stocked("p-2", "MAD-001", 11)                          // never set: not low
	s.stocked("p-3", "MAD-001", 1, `, "reorder_point": 0`)   // 0 is 0: not low
	s.stocked("p-4", "MAD-001", 0, `, "reorder_point": 0`)   // low
	s.stocked("p-5", "BCN-001", 50, `, "reorder_point": 60`) // low
	s.stocked("p-6", "BCN-001", 70)                          // held down to 5
	s.hold("r-1", "p-6", "BCN-001", 65)
	s.stocked("p-7", "VLC-001", 3)
	s.apply(events.TypeProductDeleted, "p-7", "", 2)

	for query, want := range map[string]string{
		"":                               "p-4/MAD-001 p-6/BCN-001 p-1/MAD-001 p-5/BCN-001",
		"?threshold=10":                  "p-4/MAD-001 p-3/MAD-001 p-6/BCN-001 p-1/MAD-001",
		"?threshold=0":                   "p-4/MAD-001",
		"?threshold=1000000000":          "p-4/MAD-001 p-3/MAD-001 p-6/BCN-001 p-1/MAD-001 p-2/MAD-001 p-5/BCN-001",
		"?store_id=BCN-001":              "p-6/BCN-001 p-5/BCN-001",
		"?store_id=BCN-001&threshold=49": "p-6/BCN-001",
		"?store_id=VLC-001":              "",
		"?limit=2&offset=1":              "p-6/BCN-001 p-1/MAD-001",
		"?page=2&page_size=3":            "p-5/BCN-001",
		"?offset=9":                      "",
	} {
		t.Run("finds by "+query, func(t *testing.T) {
			page := s.page("/api/v1/stock/low-stock" + query)
			if page.keys() != want || page.Count != len(page.Items) || page.Items == nil {
				t.Errorf("page %s (%d), want %s", page.keys(), page.Count, want)
			}
		})
	}
	t.Run("counts the answer and all that match", func(t *testing.T) {
		page := s.page("/api/v1/stock/low-stock?limit=1&offset=2&threshold=10")
		if page.Count != 1 || page.Total != 4 || page.Limit != 1 || page.Offset != 2 || string(page.Threshold) != "10" {
			t.Errorf("page %+v", page)
		}
		if page := s.page("/api/v1/stock/low-stock?store_id=BCN-001"); page.Total != 2 || string(page.Threshold) != "null" {
			t.Errorf("page %+v", page)
		}
	})
	t.Run("shows a key of some stores those", func(t *testing.T) {
		page := httpapitest.Decode[rows](t, s.as("k-madrid", "GET", "/api/v1/stock/low-stock", ""), 200)
		if page.keys() != "p-4/MAD-001 p-1/MAD-001" || page.Total != 2 {
			t.Errorf("page %+v", page)
		}
		httpapitest.WantProblem(t, s.as("k-madrid", "GET", "/api/v1/stock/low-stock?store_id=BCN-001", ""), 403, problem.Forbidden)
		page = httpapitest.Decode[rows](t, s.as("k-read", "GET", "/api/v1/stock/low-stock", ""), 200)
		if page.Total != 4 {
			t.Errorf("page %+v", page)
		}
	})
	t.Run("refuses what is not valid", func(t *testing.T) {
		for query, field := range map[string]string{
			"?threshold=-1": "threshold", "?threshold=": "threshold", "?threshold=1000000001": "threshold", "?threshold=x": "threshold",
			"?store_id=": "store_id", "?store_id=-": "store_id", "?limit=0": "limit", "?limit=x": "limit", "?offset=-1": "offset",
			"?page=0": "page", "?limit=1&page=1": "page", "?store=MAD-001": "store", "?threshold=1&threshold=2": "threshold",
		} {
			httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/low-stock"+query, ""), field)
		}
	})
}

// crossing is a change of the row of p-1 in MAD-001, which begins with 20 units
// available and a reorder point of 10.
type crossing struct {
	name    string
	down    func(s *shop) // to 10 or less available, or at the reorder point
	up      func(s *shop) // back, without an event of its own kind
	version int64
	payload string
}

func change(method, path, body string) func(*shop) {
	return func(s *shop) {
		s.t.Helper()
		if w := s.do(method, path, body); w.Code != 200 {
			s.t.Fatalf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
		}
	}
}

func crossings() []crossing {
	const row, adjust, move = "/api/v1/stock/p-1/MAD-001", "/api/v1/stock/p-1/MAD-001/adjust", "/api/v1/stock/transfer"
	const low = `{"product_id":"p-1","store_id":"MAD-001","available":10,"reorder_point":10,"reorder_qty":7}`
	held := 0
	return []crossing{
		{"a hold", func(s *shop) {
			held++
			s.hold("r-"+strings.Repeat("i", held), "p-1", "MAD-001", 10)
		}, func(s *shop) { s.settle("r-"+strings.Repeat("i", held), "release", "expired") }, 2, low},
		{"an adjustment", change("POST", adjust, `{"adjustment": -10}`), change("POST", adjust, `{"adjustment": 10}`), 2, low},
		{
			"a transfer", change("POST", move, transferBody("p-1", "MAD-001", "BCN-001", 10)),
			change("POST", move, transferBody("p-1", "BCN-001", "MAD-001", 10)), 2, low,
		},
		{"a count", change("PUT", row, `{"quantity": 10}`), change("PUT", row, `{"quantity": 20}`), 2, low},
		{
			"a raised reorder point", change("PUT", row, `{"quantity": 20, "reorder_point": 20}`),
			change("PUT", row, `{"quantity": 20, "reorder_point": 19}`), 2, strings.NewReplacer("10", "20").Replace(low),
		},
	}
}

func TestLowStock_is_told_once_per_crossing(t *testing.T) {
	for _, c := range crossings() {
		t.Run("by "+c.name, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 20, `, "reorder_point": 10, "reorder_qty": 7`)
			s.stocked("p-1", "BCN-001", 200)
			told := func(want int) {
				t.Helper()
				if got := s.events("?event_type=stock.low"); len(got) != want {
					t.Errorf("told %d times, want %d", len(got), want)
				}
			}
			c.down(s)
			s.wantEvents("?event_type=stock.low", "stock.low MAD-001 2 "+c.payload)
			c.up(s)
			told(1)
			c.down(s)
			told(2)
			// Still low: further down, and up but not over the reorder point.
			change("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -2}`)(s)
			change("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`)(s)
			s.hold("r-0", "p-1", "MAD-001", 1)
			s.settle("r-0", "commit", "")
			told(2)
		})
	}
}

func TestLowStock_is_not_told(t *testing.T) {
	t.Run("of a row that begins low", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 3)
		s.hold("r-1", "p-1", "MAD-001", 3)
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("of a row that a transfer makes", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		httpapitest.Decode[transfer](t, s.do("POST", "/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 1)), 200)
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("of a sale, which takes what was held", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 20)
		s.hold("r-1", "p-1", "MAD-001", 9)
		s.settle("r-1", "commit", "")
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("of holds that were refused", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 20)
		s.wantHolds([]holdsapi.Hold{holdOf("r-1", "p-1", "MAD-001", 21)}, "insufficient 0 20 21")
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("twice in one call of several holds", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 20)
		s.wantHolds([]holdsapi.Hold{
			holdOf("r-1", "p-1", "MAD-001", 9), holdOf("r-2", "p-1", "MAD-001", 1), holdOf("r-3", "p-1", "MAD-001", 1),
		}, granted, granted, granted)
		s.wantEvents("?event_type=stock.low",
			`stock.low MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","available":10,"reorder_point":10,"reorder_qty":0}`)
	})
}
