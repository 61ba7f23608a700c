package stock_test

import (
	"fmt"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestLowStock(t *testing.T) {
	t.Run("usual case", testLowStockUsualCase)
	t.Run("reported once per crossing", testLowStockReportedOncePerCrossing)
	t.Run("low from its first version", testLowStockLowFromItsFirstVersion)
	t.Run("hysteresis", testLowStockHysteresis)
	t.Run("not reported", testLowStockNotReported)
}

func testLowStockUsualCase(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 10)                          // never set: 10
	s.stocked("p-2", "MAD-001", 11)                          // never set: not low
	s.stocked("p-3", "MAD-001", 1, `, "reorder_point": 0`)   // 0 is 0: not low
	s.stocked("p-4", "MAD-001", 0, `, "reorder_point": 0`)   // low
	s.stocked("p-5", "BCN-001", 50, `, "reorder_point": 60`) // low
	s.stocked("p-6", "BCN-001", 70)                          // held down to 5
	s.hold("r-1", "p-6", "BCN-001", 65)
	s.stocked("p-7", "VLC-001", 3)
	s.apply(inventory.TypeProductDeleted, "p-7", "", 2)

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
	t.Run("counts the response and all matches", func(t *testing.T) {
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
	t.Run("refuses invalid input", func(t *testing.T) {
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
			change("PUT", row, `{"quantity": 20, "reorder_point": 18}`), 2, strings.NewReplacer("10", "20").Replace(low),
		},
	}
}

func testLowStockReportedOncePerCrossing(t *testing.T) {
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

// A row that is low from its first version on is reported with it.
func testLowStockLowFromItsFirstVersion(t *testing.T) {
	const low = `{"product_id":"p-1","store_id":"BCN-001","available":3,"reorder_point":10,"reorder_qty":0}`
	for name, c := range map[string]struct {
		birth  func(s *shop)
		events []string
	}{
		"created": {
			func(s *shop) { s.stocked("p-1", "BCN-001", 3) },
			[]string{`stock.created BCN-001 1 {"product_id":"p-1","store_id":"BCN-001","quantity":3,"reason":"initial_stock"}`},
		},
		"imported": {
			func(s *shop) {
				s.catalog.add("p-1")
				s.wantImport(s.importCSV("product_id,store_id,quantity\np-1,BCN-001,3\n"), "lines 1, created 1, updated 0, unchanged 0, failed 0")
			},
			[]string{`stock.created BCN-001 1 {"product_id":"p-1","store_id":"BCN-001","quantity":3,"reason":"initial_stock"}`},
		},
		"received by a transfer": {
			func(s *shop) {
				s.stocked("p-1", "MAD-001", 40)
				httpapitest.Decode[transfer](t, s.do("POST", transferPath, transferBody("p-1", "MAD-001", "BCN-001", 3)), 200)
			},
			[]string{
				`stock.created MAD-001 1 {"product_id":"p-1","store_id":"MAD-001","quantity":40,"reason":"initial_stock"}`,
				`stock.transferred  0 {"product_id":"p-1","from_store":"MAD-001","to_store":"BCN-001","quantity":3,"from_version":2,"to_version":1,"reason":"transfer"}`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			c.birth(s)
			s.wantEvents("", append(c.events, "stock.low BCN-001 1 "+low)...)
			// Once: also after a restart, and while it sinks further.
			s.reopen()
			s.hold("r-1", "p-1", "BCN-001", 1)
			change("POST", "/api/v1/stock/p-1/BCN-001/adjust", `{"adjustment": -1}`)(s)
			s.wantEvents("?event_type=stock.low", "stock.low BCN-001 1 "+low)
		})
	}
}

// After a stock.low the row must rise above its reorder point by 10 % of it,
// and by one unit at least, before it is reported again.
func testLowStockHysteresis(t *testing.T) {
	for _, c := range []struct{ point, short, enough int64 }{
		{0, 0, 1}, {1, 1, 2}, {9, 9, 10}, {10, 10, 11}, {11, 12, 13}, {15, 16, 17}, {20, 21, 22}, {100, 109, 110}, {1000, 1099, 1100},
	} {
		t.Run(fmt.Sprintf("reorder point %d", c.point), func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 5000, fmt.Sprintf(`, "reorder_point": %d`, c.point))
			n := 0
			// available changes the available units by a hold and its release: a cart comes
			// and goes.
			available := func(quantity int64) {
				t.Helper()
				if n > 0 {
					s.settle(fmt.Sprintf("r-%d", n), "release", "cancelled")
				}
				n++
				s.hold(fmt.Sprintf("r-%d", n), "p-1", "MAD-001", 5000-quantity)
			}
			reported := func(want int) {
				t.Helper()
				if got := len(s.events("?event_type=stock.low")); got != want {
					t.Errorf("%d stock.low, want %d", got, want)
				}
			}
			set := func(quantity int64) {
				t.Helper()
				change("PUT", "/api/v1/stock/p-1/MAD-001", fmt.Sprintf(`{"quantity": %d}`, quantity))(s)
			}
			available(c.point)
			reported(1)
			set(5000 + c.short - c.point)
			set(5000)
			reported(1)
			set(5000 + c.enough - c.point)
			reported(1)
			set(5000)
			reported(2)
			available(c.point) // all was available in between
			reported(3)
		})
	}
	t.Run("a cart that comes and goes at the reorder point", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 105, `, "reorder_point": 100`)
		for _, id := range []string{"r-1", "r-2", "r-3"} {
			s.hold(id, "p-1", "MAD-001", 6)
			s.settle(id, "release", "expired")
		}
		s.wantEvents("?event_type=stock.low",
			`stock.low MAD-001 2 {"product_id":"p-1","store_id":"MAD-001","available":99,"reorder_point":100,"reorder_qty":0}`)
	})
	t.Run("a reorder point that falls lets the row recover", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 100, `, "reorder_point": 100`)
		for point, want := range map[string]int{"91": 1, "90": 2} { // 91 + 10 is above 100, 90 + 9 is not
			before := len(s.events("?event_type=stock.low"))
			change("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 100, "reorder_point": `+point+`}`)(s)
			change("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 100, "reorder_point": 100}`)(s)
			if got := len(s.events("?event_type=stock.low")) - before + 1; got != want {
				t.Errorf("down to %s and back: %d, want %d", point, got, want)
			}
		}
	})
}

func testLowStockNotReported(t *testing.T) {
	t.Run("of a row that is created above its reorder point", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 11)
		s.stocked("p-2", "MAD-001", 1, `, "reorder_point": 0`)
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("of a sale, which removes held units", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 20)
		s.hold("r-1", "p-1", "MAD-001", 9)
		s.settle("r-1", "commit", "")
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("of holds that were refused", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 20)
		s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 21)}, "insufficient 0 20 21")
		s.wantEvents("?event_type=stock.low")
	})
	t.Run("twice in one call of several holds", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 20)
		s.wantHolds([]stockwire.Hold{
			holdOf("r-1", "p-1", "MAD-001", 9), holdOf("r-2", "p-1", "MAD-001", 1), holdOf("r-3", "p-1", "MAD-001", 1),
		}, granted, granted, granted)
		s.wantEvents("?event_type=stock.low",
			`stock.low MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","available":10,"reorder_point":10,"reorder_qty":0}`)
	})
}
