package stock_test

import (
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestAdjust(t *testing.T) {
	const path = "/api/v1/stock/p-1/MAD-001/adjust"
	t.Run("adds and takes", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 3`)
		got := httpapitest.Decode[item](t, s.do("POST", path, `{"adjustment": 5}`), 200)
		if got != s.row("p-1", "MAD-001") || got.ReorderPoint != 3 {
			t.Errorf("adjusted %+v", got)
		}
		w := s.do("POST", path, `{"adjustment": -20, "reason": "broken"}`)
		httpapitest.Decode[item](t, w, 200)
		if w.Header().Get("ETag") != `"3"` {
			t.Errorf("ETag %s", w.Header().Get("ETag"))
		}
		s.wantRow("p-1", "MAD-001", 25, 0, 3)
		s.wantEvents("?cursor=1",
			`stock.updated MAD-001 2 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":45,"change":5,"reason":"adjustment"}`,
			`stock.updated MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":45,"new_quantity":25,"change":-20,"reason":"broken"}`)
	})
	t.Run("takes null for no reason", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		httpapitest.Decode[item](t, s.do("POST", path, `{"adjustment": 5, "reason": null}`), 200)
		httpapitest.Decode[item](t, s.do("PUT", "/api/v1/stock/p-1/MAD-001", `{"quantity": 50, "reason": null, "max_stock": null}`), 200)
		const transfer = `{"product_id":"p-1","from_store_id":"MAD-001","to_store_id":"BCN-001","quantity":11,"reason":null}`
		if w := s.do("POST", "/api/v1/stock/transfer", transfer); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		s.wantEvents("?cursor=1",
			`stock.updated MAD-001 2 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":45,"change":5,"reason":"adjustment"}`,
			`stock.updated MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":45,"new_quantity":50,"change":5,"reason":"restock"}`,
			`stock.transferred  0 {"product_id":"p-1","from_store":"MAD-001","to_store":"BCN-001","quantity":11,"from_version":4,"to_version":1,"reason":"transfer"}`)
	})
	t.Run("removes all available units and no more", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 15)
		wantShort(t, s.do("POST", path, `{"adjustment": -26}`), 25, 26)
		wantShort(t, s.do("POST", path, `{"adjustment": -1000000000}`), 25, 1_000_000_000)
		s.wantRow("p-1", "MAD-001", 40, 15, 2)
		httpapitest.Decode[item](t, s.do("POST", path, `{"adjustment": -25}`), 200)
		s.wantRow("p-1", "MAD-001", 15, 15, 3)
	})
	t.Run("adds up to the maximum and no more", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		httpapitest.WantProblem(t, s.do("POST", path, `{"adjustment": 999999961}`), 409, problem.Conflict)
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
		httpapitest.Decode[item](t, s.do("POST", path, `{"adjustment": 999999960}`), 200)
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		for _, body := range []string{
			`{}`, `{"adjustment": 0}`, `{"adjustment": null}`, `{"adjustment": 1000000001}`, `{"adjustment": -1000000001}`,
			`{"adjustment": -9223372036854775808}`, `{"adjustment": 0.5}`, `{"adjustment": "1"}`,
		} {
			httpapitest.WantInvalid(t, s.do("POST", path, body), "adjustment")
		}
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
	})
	t.Run("returns 404 for an unknown row", func(t *testing.T) {
		httpapitest.WantProblem(t, openShop(t).do("POST", path, `{"adjustment": 1}`), 404, problem.NotFound)
	})
}
