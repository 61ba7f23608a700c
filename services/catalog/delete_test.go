package catalog_test

import (
	"fmt"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestDelete(t *testing.T) {
	t.Run("ends a product", testDeleteEndsAProduct)
	t.Run("refuses an unknown product", testDeleteRefusesAnUnknownProduct)
}

func testDeleteEndsAProduct(t *testing.T) {
	s := openShop(t)
	p := s.mustCreate(`{"sku":"A-1","name":"Mug","category":"cups"}`)
	w := s.write("DELETE", "/api/v1/products/"+p.ID, "", "If-Match", `"1"`)
	if w.Code != 204 || w.Body.Len() != 0 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	gone := func(t *testing.T) {
		t.Helper()
		for _, path := range []string{"/api/v1/products/" + p.ID, "/api/v1/products/sku/A-1"} {
			httpapitest.WantProblem(t, s.request("GET", path, ""), 404, problem.NotFound)
		}
		httpapitest.WantProblem(t, s.write("PUT", "/api/v1/products/"+p.ID, `{"sku":"A-1","name":"Mug"}`), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.write("DELETE", "/api/v1/products/"+p.ID, ""), 404, problem.NotFound)
		for _, query := range []string{"", "?q=mug", "?category=cups"} {
			if list := httpapitest.Decode[page](t, s.request("GET", "/api/v1/products"+query, ""), 200); list.Total != 0 || len(list.Data) != 0 {
				t.Errorf("list%s has %+v", query, list)
			}
		}
	}
	t.Run("found nowhere", gone)
	t.Run("found nowhere after a restart", func(t *testing.T) {
		s.shut()
		s.open()
		gone(t)
	})
	t.Run("its event is its last version", func(t *testing.T) {
		e := s.wantEvents(p.ID, inventory.TypeProductCreated, inventory.TypeProductDeleted)[1]
		if want := fmt.Sprintf(`{"id":%q,"sku":"A-1","version":2}`, p.ID); string(e.Payload) != want {
			t.Errorf("payload %s, want %s", e.Payload, want)
		}
	})
	t.Run("its SKU is free", func(t *testing.T) {
		for range 2 { // also when more than one deleted product had it
			next := s.mustCreate(`{"sku":"A-1","name":"Mug"}`)
			if next.ID == p.ID || next.Version != 1 {
				t.Errorf("created %+v", next)
			}
			if got := httpapitest.Decode[item](t, s.request("GET", "/api/v1/products/sku/A-1", ""), 200); got != next {
				t.Errorf("found %+v, want %+v", got, next)
			}
			if w := s.write("DELETE", "/api/v1/products/"+next.ID, ""); w.Code != 204 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
}

func testDeleteRefusesAnUnknownProduct(t *testing.T) {
	s := openShop(t)
	for _, id := range []string{"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", "7", "sku"} {
		httpapitest.WantProblem(t, s.write("DELETE", "/api/v1/products/"+id, ""), 404, problem.NotFound)
	}
	if n := len(s.events("")); n != 0 {
		t.Errorf("%d events, want none", n)
	}
}
