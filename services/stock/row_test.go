package stock_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

const unknown = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a99"

func TestCreate(t *testing.T) {
	t.Run("makes the first version of a row", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		w := s.do("POST", "/api/v1/stock", createBody("p-1", "MAD-001", 40,
			`, "min_stock": 5, "max_stock": 90, "reorder_point": 20, "reorder_qty": 50`))
		got := httpapitest.Decode[item](t, w, 201)
		want := item{
			ProductID: "p-1", StoreID: "MAD-001", Quantity: 40, Available: 40, MinStock: 5, MaxStock: 90, ReorderPoint: 20,
			ReorderQty: 50, Version: 1, UpdatedAt: startText, ProductName: "Name of p-1", ProductSKU: "SKU p-1",
		}
		if got != want {
			t.Errorf("created %+v, want %+v", got, want)
		}
		if etag, at := w.Header().Get("ETag"), w.Header().Get("Location"); etag != `"1"` || at != "/api/v1/stock/p-1/MAD-001" {
			t.Errorf("ETag %s, Location %s", etag, at)
		}
		if read := s.row("p-1", "MAD-001"); read != want {
			t.Errorf("read %+v, want %+v", read, want)
		}
		s.wantEvents("?aggregate_id=p-1", `stock.created MAD-001 1 {"product_id":"p-1","store_id":"MAD-001","quantity":40,"reason":"initial_stock"}`)
	})
	t.Run("takes a quantity of 0 and a reorder point of 0", func(t *testing.T) {
		s := openShop(t)
		if got := s.stocked("p-1", "MAD-001", 0, `, "reorder_point": 0`); got.Quantity != 0 || got.ReorderPoint != 0 {
			t.Errorf("created %+v", got)
		}
	})
	t.Run("gives a row without a reorder point 10", func(t *testing.T) {
		s := openShop(t)
		if got := s.stocked("p-1", "MAD-001", 1_000_000_000, `, "reorder_point": null`); got.ReorderPoint != 10 {
			t.Errorf("created %+v", got)
		}
	})
	t.Run("refuses a row that exists", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 1)
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-1", "MAD-001", 2)), 409, problem.Conflict)
		s.wantRow("p-1", "MAD-001", 1, 0, 1)
	})
	t.Run("refuses invalid input and names all of it", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		for body, fields := range map[string][]string{
			`{}`: {"product_id", "store_id", "initial_quantity"},
			`{"product_id": "p-1", "store_id": "MAD-001"}`:                                {"initial_quantity"},
			`{"product_id": "p-1", "store_id": "MAD-001", "initial_quantity": null}`:      {"initial_quantity"},
			`{"product_id": "p-1", "store_id": "MAD-001", "initial_quantity": 1.5}`:       {"initial_quantity"},
			`{"product_id": "p-1", "store_id": "MAD-001", "initial_quantity": 1, "x": 1}`: {"x"},
			`{"product_id": "", "store_id": "_A", "initial_quantity": -1}`:                {"product_id", "store_id", "initial_quantity"},
			createBody("p-1", strings.Repeat("s", 65), 1_000_000_001):                     {"store_id", "initial_quantity"},
			createBody(strings.Repeat("p", 65), "MAD-001", 1):                             {"product_id"},
			createBody("p-1", "MAD-001", 1, `, "min_stock": -1, "max_stock": 1000000001, "reorder_point": -1, "reorder_qty": -1`): {
				"min_stock", "max_stock", "reorder_point", "reorder_qty",
			},
			createBody("p-1", "MAD-001", 1, `, "min_stock": 6, "max_stock": 5`): {"min_stock"},
		} {
			t.Run(body, func(t *testing.T) { httpapitest.WantInvalid(t, s.do("POST", "/api/v1/stock", body), fields...) })
		}
		if n := len(s.events("")); n > 0 {
			t.Errorf("refused requests left %d events", n)
		}
	})
}

func TestGet(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-1", "BCN-001", 2)
	s.hold("r-1", "p-1", "MAD-001", 15)

	t.Run("returns one row with its version", func(t *testing.T) {
		w := s.do("GET", "/api/v1/stock/p-1/MAD-001", "")
		if got := httpapitest.Decode[item](t, w, 200); got.Available != 25 || w.Header().Get("ETag") != `"2"` {
			t.Errorf("row %+v, ETag %s", got, w.Header().Get("ETag"))
		}
	})
	t.Run("returns 404 for an unknown row", func(t *testing.T) {
		for _, path := range []string{"/api/v1/stock/p-1/VLC-001", "/api/v1/stock/p-2/MAD-001", "/api/v1/stock/p%2F1/MAD-001"} {
			httpapitest.WantProblem(t, s.do("GET", path, ""), 404, problem.NotFound)
		}
	})
	t.Run("refuses an invalid store, and a query", func(t *testing.T) {
		httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/p-1/-MAD", ""), "store_id")
		httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/p-1/MAD-001?quantity=1", ""), "quantity")
	})
	t.Run("adds up the stores of a product", func(t *testing.T) {
		got := httpapitest.Decode[struct {
			Stores         []item `json:"stores"`
			TotalQuantity  int64  `json:"total_quantity"`
			TotalReserved  int64  `json:"total_reserved"`
			TotalAvailable int64  `json:"total_available"`
		}](t, s.do("GET", "/api/v1/stock/product/p-1", ""), 200)
		if len(got.Stores) != 2 || got.Stores[0].StoreID != "BCN-001" || got.TotalQuantity != 42 || got.TotalReserved != 15 ||
			got.TotalAvailable != 27 {
			t.Errorf("answer %+v", got)
		}
	})
	t.Run("pages through a store", func(t *testing.T) {
		s.stocked("p-2", "MAD-001", 1)
		s.stocked("p-3", "MAD-001", 1)
		if page := s.page("/api/v1/stock/store/MAD-001?limit=2"); page.keys() != "p-1/MAD-001 p-2/MAD-001" || page.Total != 3 || page.Count != 2 {
			t.Errorf("first page %+v", page)
		}
		if page := s.page("/api/v1/stock/store/MAD-001?page=2&page_size=2"); page.keys() != "p-3/MAD-001" || page.Total != 3 || page.Count != 1 || page.Offset != 2 {
			t.Errorf("second page %+v", page)
		}
		if page := s.page("/api/v1/stock/store/VLC-001"); page.keys() != "" || page.Items == nil || page.Total != 0 {
			t.Errorf("page of a store without stock %+v", page)
		}
		httpapitest.WantInvalid(t, s.do("GET", "/api/v1/stock/store/MAD-001?limit=101", ""), "limit")
	})
}

func TestAvailability(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.hold("r-1", "p-1", "MAD-001", 15)
	const path = "/api/v1/stock/p-1/MAD-001/availability"
	for query, want := range map[string]string{
		"?quantity=25": `{"product_id":"p-1","store_id":"MAD-001","requested":25,"available":25,"sufficient":true}`,
		"?quantity=26": `{"product_id":"p-1","store_id":"MAD-001","requested":26,"available":25,"sufficient":false}`,
	} {
		if w := s.do("GET", path+query, ""); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s, want %s", query, w.Code, w.Body, want)
		}
	}
	for _, query := range []string{"", "?quantity=", "?quantity=0", "?quantity=-1", "?quantity=1.5", "?quantity=x"} {
		httpapitest.WantInvalid(t, s.do("GET", path+query, ""), "quantity")
	}
	httpapitest.WantInvalid(t, s.do("GET", path+"?quantity=1&store=x", ""), "store")
	httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/p-1/BCN-001/availability?quantity=1", ""), 404, problem.NotFound)
}

func TestUpdate(t *testing.T) {
	const path = "/api/v1/stock/p-1/MAD-001"
	t.Run("sets quantity and thresholds and keeps absent ones", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 3, "reorder_qty": 30`)
		s.clock.Advance(time.Second)
		w := s.do("PUT", path, `{"quantity": 55, "min_stock": 2}`)
		got := httpapitest.Decode[item](t, w, 200)
		if got.Quantity != 55 || got.MinStock != 2 || got.ReorderPoint != 3 || got.ReorderQty != 30 || got.Version != 2 ||
			got.UpdatedAt != "2026-08-01T12:00:01.000Z" || w.Header().Get("ETag") != `"2"` || got != s.row("p-1", "MAD-001") {
			t.Errorf("updated %+v", got)
		}
	})
	t.Run("records restock, adjustment or the caller's reason", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		for _, body := range []string{`{"quantity": 41}`, `{"quantity": 40}`, `{"quantity": 40}`, `{"quantity": 50, "reason": "Jahreszählung"}`} {
			httpapitest.Decode[item](t, s.do("PUT", path, body), 200)
		}
		s.wantEvents("?event_type=stock.updated",
			`stock.updated MAD-001 2 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":41,"change":1,"reason":"restock"}`,
			`stock.updated MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":41,"new_quantity":40,"change":-1,"reason":"adjustment"}`,
			`stock.updated MAD-001 4 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":40,"change":0,"reason":"adjustment"}`,
			`stock.updated MAD-001 5 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":50,"change":10,"reason":"Jahreszählung"}`,
		)
	})
	t.Run("goes down to the reserved units and no further", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 15)
		httpapitest.WantProblem(t, s.do("PUT", path, `{"quantity": 14}`), 409, problem.Conflict)
		s.wantRow("p-1", "MAD-001", 40, 15, 2)
		httpapitest.Decode[item](t, s.do("PUT", path, `{"quantity": 15}`), 200)
		s.wantRow("p-1", "MAD-001", 15, 15, 3)
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "max_stock": 50`)
		for body, field := range map[string]string{
			`{}`: "quantity", `{"quantity": -1}`: "quantity", `{"quantity": 1000000001}`: "quantity",
			`{"quantity": 9223372036854775808}`: "quantity", `{"quantity": 1, "min_stock": 51}`: "min_stock",
			`{"quantity": 1, "reason": "a\u0000b"}`: "reason", `{"quantity": 1, "reason": "` + strings.Repeat("é", 201) + `"}`: "reason",
			`[]`: "body", ``: "body",
		} {
			httpapitest.WantInvalid(t, s.do("PUT", path, body), field)
		}
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
	})
	t.Run("returns 404 for an unknown row", func(t *testing.T) {
		s := openShop(t)
		httpapitest.WantProblem(t, s.do("PUT", path, `{"quantity": 1}`), 404, problem.NotFound)
	})
}

func TestIfMatch(t *testing.T) {
	for method, target := range map[string][2]string{
		"PUT":  {"/api/v1/stock/p-1/MAD-001", `{"quantity": 41}`},
		"POST": {"/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`},
	} {
		t.Run(method, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 40)
			for _, tag := range []string{`"2"`, `"0"`, `W/"2"`, `"01"`, `"stale"`} {
				httpapitest.WantProblem(t, s.do(method, target[0], target[1], "If-Match", tag), 412, problem.VersionMismatch)
			}
			for _, tag := range []string{`1`, `"1", "2"`, ``} {
				httpapitest.WantInvalid(t, s.do(method, target[0], target[1], "If-Match", tag), "If-Match")
			}
			s.wantRow("p-1", "MAD-001", 40, 0, 1)
			httpapitest.Decode[item](t, s.do(method, target[0], target[1], "If-Match", `"1"`), 200)
			httpapitest.WantProblem(t, s.do(method, target[0], target[1], "If-Match", `"1"`), 412, problem.VersionMismatch)
			httpapitest.Decode[item](t, s.do(method, target[0], target[1], "If-Match", `*`), 200)
		})
	}
}

// rows is a page of rows.
type rows struct {
	Threshold json.RawMessage `json:"threshold"`
	Items     []item          `json:"items"`
	Count     int             `json:"count"`
	Total     int64           `json:"total"`
	Limit     int             `json:"limit"`
	Offset    int             `json:"offset"`
}

func (r rows) keys() string {
	var all []string
	for _, i := range r.Items {
		all = append(all, i.ProductID+"/"+i.StoreID)
	}
	return strings.Join(all, " ")
}

func (s *shop) page(target string) rows {
	s.t.Helper()
	return httpapitest.Decode[rows](s.t, s.do("GET", target, ""), 200)
}
