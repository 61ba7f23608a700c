package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/services/catalog"
)

// stock replaces the stock service at the end of a connection; it records the
// notifications. The zero value accepts every request.
type stock struct {
	answer http.RoundTripper // nil: 204

	mu     sync.Mutex
	told   []stockwire.Product
	stores []stockwire.Store
	keys   []string
}

// RoundTrip implements http.RoundTripper.
func (s *stock) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.answer != nil {
		return s.answer.RoundTrip(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == stockwire.StoresPath {
		var changed stockwire.Store
		if err := json.NewDecoder(r.Body).Decode(&changed); err != nil {
			return nil, err
		}
		s.stores = append(s.stores, changed)
		return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
	}
	var p stockwire.Product
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return nil, err
	}
	s.told = append(s.told, p)
	s.keys = append(s.keys, r.Method+" "+r.URL.String()+" "+r.Header.Get(httpapi.ServiceKeyHeader))
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
}

func TestStock(t *testing.T) {
	t.Run("notified before the response", testStockNotifiedBeforeTheResponse)
	t.Run("notified after the caller has left", testStockNotifiedAfterTheCallerHasLeft)
	t.Run("stock is down", testStockStockIsDown)
}

// testStockNotifiedBeforeTheResponse: stock is not notified of a new product,
// because it asks for it; nor of a request that changes nothing.
func testStockNotifiedBeforeTheResponse(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-2","name":""}`)
	s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-2","name":"Cup"}`, "If-Match", `"7"`)
	s.write("DELETE", "/api/v1/products/"+p.ID, "", "If-Match", `"7"`)
	if len(s.stock.told) > 0 {
		t.Errorf("told %+v", s.stock.told)
	}
	s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-2","name":"Cup"}`)
	s.write("DELETE", "/api/v1/products/"+p.ID, "")
	s.write("DELETE", "/api/v1/products/"+p.ID, "")
	want := []stockwire.Product{
		{ID: p.ID, SKU: "A-2", Name: "Cup", Version: 2},
		{ID: p.ID, SKU: "A-2", Name: "Cup", Version: 3, Deleted: true},
	}
	if len(s.stock.told) != 2 || s.stock.told[0] != want[0] || s.stock.told[1] != want[1] {
		t.Errorf("told %+v, want %+v", s.stock.told, want)
	}
	for _, how := range s.stock.keys {
		if how != "POST http://stock:8082/internal/v1/products "+serviceKey {
			t.Errorf("told by %s", how)
		}
	}
}

// testStockNotifiedAfterTheCallerHasLeft: the change is committed, and the
// call belongs to its trace.
func testStockNotifiedAfterTheCallerHasLeft(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	told := false
	s.stock.answer = httpapitest.Transport(func(r *http.Request) (*http.Response, error) {
		leave()
		told = r.Context().Err() == nil
		if got := r.Header.Get("Traceparent"); got != traceparent {
			t.Errorf("traceparent %q", got)
		}
		return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
	})
	r := httptest.NewRequestWithContext(ctx, "DELETE", "/api/v1/products/"+p.ID, http.NoBody)
	r.Header.Set("X-Api-Key", admin)
	r.Header.Set("Traceparent", traceparent)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != 204 || !told {
		t.Errorf("%d %s, told: %t", w.Code, w.Body, told)
	}
}

// testStockStockIsDown: a change is committed, and its event reaches stock later.
func testStockStockIsDown(t *testing.T) {
	for name, answer := range map[string]httpapitest.Transport{
		"refused": func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
		"silent": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"of another release": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusNotFound, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, func(c *catalog.Config) { c.StockTimeout = 10 * time.Millisecond })
			s.stock.answer = answer
			p := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
			httpapitest.Decode[item](t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Cup"}`), 200)
			if w := s.write("DELETE", "/api/v1/products/"+p.ID, ""); w.Code != 204 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductUpdated, inventory.TypeProductDeleted)
		})
	}
}
