package stock_test

import (
	"net/http/httptest"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// route is a public route with its requests to MAD-001 and to BCN-001.
type route struct {
	method, path, body string
	write              bool
	ofStore            bool // refused to a key of another store; otherwise narrowed or not restricted
}

func routes(store string) []route {
	row := "/api/v1/stock/p-1/" + store
	return []route{
		{"POST", "/api/v1/stock", createBody("p-2", store, 1), true, true},
		{"GET", "/api/v1/stock/product/p-1", "", false, false},
		{"GET", "/api/v1/stock/store/" + store, "", false, true},
		{"GET", "/api/v1/stock?totals=true", "", false, false},
		{"GET", "/api/v1/stock?store_id=" + store, "", false, true},
		{"GET", "/api/v1/stock/movements", "", false, false},
		{"GET", "/api/v1/stock/movements?store_id=" + store, "", false, true},
		{"GET", "/api/v1/stock/store/" + store + "?as_of=2026-08-01T12:00:00Z", "", false, true},
		{"GET", row + "?as_of=2026-08-01T12:00:00Z", "", false, true},
		{"GET", "/api/v1/stock/low-stock", "", false, false},
		{"GET", "/api/v1/stock/summary", "", false, false},
		{"GET", "/api/v1/stock/low-stock?store_id=" + store, "", false, true},
		{"GET", row, "", false, true},
		{"GET", row + "/availability?quantity=1", "", false, true},
		{"GET", row + "/movements", "", false, true},
		{"GET", row + "/movements?as_of=2026-08-01T12:00:00Z", "", false, true},
		{"PUT", row, `{"quantity": 7}`, true, true},
		{"POST", row + "/adjust", `{"adjustment": 1}`, true, true},
		{"POST", row + "/states", `{"from": "available", "to": "other", "quantity": 1}`, true, true},
		{"POST", "/api/v1/stock/transfer", transferBody("p-1", store, "VLC-001", 1), true, true},
		{"GET", "/api/v1/events/stock", "", false, false},
		{"GET", "/api/v1/events/stock?store_id=" + store, "", false, true},
	}
}

func TestAccess(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-1", "BCN-001", 40)
	s.stocked("p-1", "VLC-001", 40)
	s.catalog.add("p-2")
	before := len(s.events(""))

	for _, r := range routes("BCN-001") {
		t.Run(r.method+" "+r.path, func(t *testing.T) {
			httpapitest.WantProblem(t, s.request(r.method, r.path, r.body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.as("k-nobody", r.method, r.path, r.body), 401, problem.Unauthorized)
			httpapitest.WantProblem(t, s.as(serviceKey, r.method, r.path, r.body), 401, problem.Unauthorized)
			if r.write {
				httpapitest.WantProblem(t, s.as("k-read", r.method, r.path, r.body), 403, problem.Forbidden)
			} else if w := s.as("k-read", r.method, r.path, r.body); w.Code != 200 {
				t.Errorf("a key that reads: %d %s", w.Code, w.Body)
			}
			if r.ofStore {
				httpapitest.WantProblem(t, s.as("k-madrid", r.method, r.path, r.body), 403, problem.Forbidden)
			}
		})
	}
	if after := len(s.events("")); after != before {
		t.Errorf("refused requests left %d events", after-before)
	}
	for _, r := range routes("MAD-001") {
		if r.path == "/api/v1/stock/transfer" {
			continue // needs both stores, see TestTransfer
		}
		t.Run("own store: "+r.method+" "+r.path, func(t *testing.T) {
			if w := s.as("k-madrid", r.method, r.path, r.body); w.Code != 200 && w.Code != 201 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	t.Run("the rows of a product are narrowed to the key's stores", func(t *testing.T) {
		got := httpapitest.Decode[struct {
			Stores        []item `json:"stores"`
			TotalQuantity int64  `json:"total_quantity"`
		}](t, s.as("k-two", "GET", "/api/v1/stock/product/p-1", ""), 200)
		if len(got.Stores) != 2 || got.TotalQuantity != got.Stores[0].Quantity+got.Stores[1].Quantity ||
			got.Stores[0].StoreID != "BCN-001" || got.Stores[1].StoreID != "MAD-001" {
			t.Errorf("answer %+v", got)
		}
	})
	t.Run("an import needs a key that writes, and does the lines of the key's stores", func(t *testing.T) {
		const csv = "product_id,store_id,quantity\np-1,MAD-001,5\np-1,BCN-001,5\np-1,_,5\n"
		send := func(key string) *httptest.ResponseRecorder {
			return s.as(key, "POST", "/api/v1/stock/import", csv, "Content-Type", "text/csv")
		}
		httpapitest.WantProblem(t, send(""), 401, problem.Unauthorized)
		httpapitest.WantProblem(t, send(serviceKey), 401, problem.Unauthorized)
		httpapitest.WantProblem(t, send("k-read"), 403, problem.Forbidden)
		s.wantImport(send("k-madrid"), "lines 3, created 0, updated 1, unchanged 0, failed 2",
			"3 FORBIDDEN This API key may not use store BCN-001.", "4 VALIDATION_ERROR In the request, store_id must be 1 to 64 of letters, digits, '.', '_' and '-', starting with a letter or digit.")
		s.wantRow("p-1", "BCN-001", 40, 0, 1)
	})
	t.Run("paths that are none", func(t *testing.T) {
		httpapitest.WantProblem(t, s.do("PUT", "/api/v1/stock", ""), 405, problem.MethodNotAllowed)
		for _, path := range []string{"/", "/api/v1/stock/", "/api/v1/stock/p-1/MAD-001/x", "/internal/v1/x"} {
			httpapitest.WantProblem(t, s.do("GET", path, ""), 404, problem.NotFound)
		}
	})
}
