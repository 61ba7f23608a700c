package stock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// apply delivers an event of a product's version; the name is left out of a
// deletion.
func (s *shop) apply(eventType events.Type, id, name string, version int64) {
	s.t.Helper()
	if s.handle == nil {
		s.handle = s.consumer()
	}
	if err := s.handle(s.t.Context(), productEvent(s.t, eventType, id, name, version)); err != nil {
		s.t.Errorf("%s of %s: %v", eventType, id, err)
	}
}

func productEvent(t testing.TB, eventType events.Type, id, name string, version int64) events.Event {
	t.Helper()
	var body events.Body
	p := inventory.Product{ID: id, SKU: "SKU " + id, Name: name, Category: "any", Price: json.Number("12.50"), Version: version}
	switch eventType {
	case inventory.TypeProductCreated:
		body = inventory.ProductCreated{Product: p}
	case inventory.TypeProductUpdated:
		body = inventory.ProductUpdated{Product: p}
	default:
		body = inventory.ProductDeleted{ID: id, SKU: p.SKU, Version: version}
	}
	return event(t, events.Meta{Version: version}, body)
}

const (
	created = inventory.TypeProductCreated
	updated = inventory.TypeProductUpdated
	deleted = inventory.TypeProductDeleted
)

func TestProduct(t *testing.T) {
	t.Run("usual case", testProductUsualCase)
	t.Run("notified by catalog", testProductNotifiedByCatalog)
	t.Run("deleted", testProductDeleted)
	t.Run("while catalog is down", testProductWhileCatalogIsDown)
}

func testProductUsualCase(t *testing.T) {
	t.Run("known as soon as it is created", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 1) // no event came
		if s.catalog.questions() != 1 {
			t.Errorf("catalog was asked %d times", s.catalog.questions())
		}
	})
	t.Run("that catalog does not have is not found", func(t *testing.T) {
		s := openShop(t)
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody(unknown, "MAD-001", 1)), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/product/"+unknown, ""), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("a/b?c", "MAD-001", 1)), 404, problem.NotFound)
	})
	t.Run("without stock has an empty list", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		if w := s.do("GET", "/api/v1/stock/product/p-1", ""); w.Code != 200 || w.Body.String() !=
			`{"product_id":"p-1","stores":[],"total_quantity":0,"total_reserved":0,"total_available":0}`+"\n" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("shown as in the newest event, in any order of arrival", func(t *testing.T) {
		for _, order := range [][]int64{{1, 2, 3}, {3, 2, 1}, {2, 1, 3, 1, 2}, {3, 3, 3}} {
			t.Run(fmt.Sprint(order), func(t *testing.T) {
				s := openShop(t)
				s.stocked("p-1", "MAD-001", 1)
				for _, version := range order {
					s.apply(map[bool]events.Type{true: created, false: updated}[version == 1], "p-1", fmt.Sprintf("Name %d", version), version)
				}
				if r := s.row("p-1", "MAD-001"); r.ProductName != "Name 3" || r.Version != 1 {
					t.Errorf("row %+v", r)
				}
			})
		}
	})
	t.Run("of an event that makes no sense is refused for good", func(t *testing.T) {
		s := openShop(t)
		handle := s.consumer()
		for _, e := range []events.Event{
			productEvent(t, updated, "p-1", "Name", 0),
			productEvent(t, updated, "", "Name", 1),
			event(t, events.Meta{}, inventory.StockCreated{ProductID: "p-1", StoreID: "MAD-001"}),
		} {
			if err := handle(t.Context(), e); err == nil || events.IsTemporary(err) {
				t.Errorf("%s: %v", e.Document(), err)
			}
		}
		var known int
		if err := s.tables.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM products").Scan(&known); err != nil || known > 0 {
			t.Errorf("%d products are known, %v", known, err)
		}
	})
}

// notified notifies stock of a product as catalog does.
func (s *shop) notified(p stockwire.Product, status int) {
	s.t.Helper()
	if w := s.internal("POST", stockwire.ProductsPath, p); w.Code != status {
		s.t.Errorf("%+v: %d %s", p, w.Code, w.Body)
	}
}

func testProductNotifiedByCatalog(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 1)
	s.notified(stockwire.Product{ID: "p-1", SKU: "SKU p-1", Name: "Cup", Version: 3}, 204)
	for _, p := range []stockwire.Product{{Version: 4}, {ID: "p-1"}, {ID: "p-1", Version: -1, Deleted: true}} {
		s.notified(p, 400)
	}
	s.notified(stockwire.Product{ID: "p-1", SKU: "SKU p-1", Name: "Late", Version: 2}, 204)
	for _, key := range []string{"", "wrong"} {
		w := s.request("POST", stockwire.ProductsPath, `{"id":"p-1","sku":"S","name":"N","version":9,"deleted":true}`, httpapi.ServiceKeyHeader, key)
		httpapitest.WantProblem(t, w, 401, problem.Unauthorized)
	}
	if r := s.row("p-1", "MAD-001"); r.ProductName != "Cup" || r.Version != 1 {
		t.Errorf("row %+v", r)
	}
}

func testProductDeleted(t *testing.T) {
	for name, remove := range map[string]func(s *shop){
		"by an event": func(s *shop) { s.apply(deleted, "p-1", "", 2) },
		"by a call": func(s *shop) {
			s.notified(stockwire.Product{ID: "p-1", SKU: "SKU p-1", Name: "Name of p-1", Version: 2, Deleted: true}, 204)
		},
		"by a call and its event": func(s *shop) {
			s.notified(stockwire.Product{ID: "p-1", SKU: "SKU p-1", Name: "Name of p-1", Version: 2, Deleted: true}, 204)
			s.apply(deleted, "p-1", "", 2)
			s.notified(stockwire.Product{ID: "p-1", SKU: "SKU p-1", Name: "Late", Version: 1}, 204)
		},
		"by an event, then late": func(s *shop) { s.apply(deleted, "p-1", "", 3); s.apply(updated, "p-1", "Late", 2) },
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			before := s.stocked("p-1", "MAD-001", 40)
			s.hold("r-1", "p-1", "MAD-001", 5)
			s.catalog.remove("p-1")
			remove(s)

			httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-1", "BCN-001", 1)), 404, problem.NotFound)
			httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 1)), 404, problem.NotFound)
			refused := s.holds(holdOf("r-2", "p-1", "MAD-001", 1), holdOf("r-3", "p-1", "BCN-001", 1), holdOf("r-4", "p-1", "MAD-001", 90))
			none := stockwire.HoldResult{Outcome: stockwire.OutcomeNoRow}
			gone := stockwire.HoldResult{Outcome: stockwire.OutcomeNoRow, ProductDeleted: true}
			if !reflect.DeepEqual(refused, []stockwire.HoldResult{gone, none, gone}) {
				t.Errorf("holds of a deleted product: %+v", refused)
			}
			s.wantHolds([]stockwire.Hold{holdOf("r-1", "p-1", "MAD-001", 5)}, granted) // a repetition
			if r := s.row("p-1", "MAD-001"); r.ProductName != before.ProductName || r.ProductSKU != before.ProductSKU || r.Reserved != 5 {
				t.Errorf("row %+v", r)
			}
			s.wantMarked("p-1")
			s.settle("r-1", "commit", "")
			httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -1}`), 200)
			s.wantRow("p-1", "MAD-001", 34, 0, 6)
		})
	}
	t.Run("while it is asked for takes no new row", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		s.stocked("p-1", "MAD-001", 40)
		s.apply(created, "p-1", "Name", 1)
		s.catalog.before(func() { s.apply(deleted, "p-1", "", 2) }) // catalog responds with the state before
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-1", "BCN-001", 1)), 404, problem.NotFound)
	})
	t.Run("of which no event came takes no new row", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.catalog.remove("p-1")
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-1", "BCN-001", 1)), 404, problem.NotFound)
	})
	t.Run("before stock knew it takes no row, also while catalog is away", func(t *testing.T) {
		s := openShop(t)
		s.apply(deleted, "p-1", "", 2)
		s.apply(created, "p-1", "Late", 1)
		s.catalog.fail(refused)
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-1", "BCN-001", 1)), 404, problem.NotFound)
	})
}

// wantMarked expects every reading of the row of a product in MAD-001 to say
// that the product was deleted, and those of other products not to.
func (s *shop) wantMarked(productID string) {
	s.t.Helper()
	s.stocked("p-there", "MAD-001", 3)
	const mark = `"product_deleted":true`
	for _, path := range []string{"/p-1/MAD-001", "/p-1/MAD-001/availability?quantity=1", "/product/p-1", "/store/MAD-001"} {
		if w := s.do("GET", "/api/v1/stock"+path, ""); w.Code != 200 || strings.Count(w.Body.String(), mark) != 1 {
			s.t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/p-there/MAD-001", "/p-there/MAD-001/availability?quantity=1", "/product/p-there", "/low-stock"} {
		if w := s.do("GET", "/api/v1/stock"+path, ""); w.Code != 200 || strings.Contains(w.Body.String(), "product_deleted") {
			s.t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	w := s.do("GET", "/api/v1/stock/"+productID+"/MAD-001/availability?quantity=1", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"sufficient":false`) {
		s.t.Errorf("availability of a deleted product: %d %s", w.Code, w.Body)
	}
	if w := s.do("GET", "/api/v1/stock/p-there/MAD-001/availability?quantity=3", ""); !strings.Contains(w.Body.String(), `"sufficient":true`) {
		s.t.Errorf("availability: %s", w.Body)
	}
	// Changes of the row show it marked, too.
	for _, change := range []string{`POST /adjust {"adjustment": 1}`, `PUT  {"quantity": 40}`} {
		part := strings.SplitN(change, " ", 3)
		if w := s.do(part[0], "/api/v1/stock/"+productID+"/MAD-001"+part[1], part[2]); w.Code != 200 || !strings.Contains(w.Body.String(), mark) {
			s.t.Errorf("%s: %d %s", change, w.Code, w.Body)
		}
	}
}

func refused(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
}

func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func testProductWhileCatalogIsDown(t *testing.T) {
	answers := func(status int, body string) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return answer(status, body), nil }
	}
	for name, how := range map[string]func(*http.Request) (*http.Response, error){
		"refuses":               refused,
		"hangs":                 hangs,
		"answers 503":           answers(503, `{"code": "STORAGE_UNAVAILABLE"}`),
		"answers 401":           answers(401, `{"code": "UNAUTHORIZED"}`),
		"answers no JSON":       answers(200, `<html>`),
		"answers no product":    answers(200, `{}`),
		"answers another":       answers(200, `{"id": "p-9", "sku": "S", "name": "N", "version": 1}`),
		"answers no version":    answers(200, `{"id": "p-1", "sku": "S", "name": "N"}`),
		"answers half a letter": answers(200, `{"id": "p-1", "sku"`),
	} {
		t.Run("which "+name, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 40)
			s.apply(updated, "p-2", "Name of p-2", 5)
			s.catalog.fail(how)
			s.patience = time.Millisecond
			s.reopen()

			w := s.do("POST", "/api/v1/stock", createBody(unknown, "MAD-001", 1))
			if httpapitest.WantProblem(t, w, 503, problem.StockUnavailable); w.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/product/"+unknown, ""), 503, problem.StockUnavailable)
			for _, id := range []string{"p-1", "p-2"} { // known from a row, and from an event
				w := s.do("POST", "/api/v1/stock", createBody(id, "BCN-001", 1))
				if got := httpapitest.Decode[item](t, w, 201); got.ProductName != "Name of "+id || got != s.row(id, "BCN-001") {
					t.Errorf("created %+v", got)
				}
			}
			s.catalog.fail(nil)
			s.patience = time.Minute
			s.reopen()
			s.stocked(unknown, "MAD-001", 1)
		})
	}
}
