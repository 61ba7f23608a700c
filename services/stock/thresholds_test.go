package stock_test

import (
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestThresholds(t *testing.T) {
	const path = "/api/v1/stock/p-1/MAD-001"
	t.Run("changes the given thresholds and never the quantity", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 3, "reorder_qty": 30`)
		s.hold("r-1", "p-1", "MAD-001", 5)
		s.settle("r-1", "commit", "")
		w := s.do("PATCH", path, `{"min_stock": 2, "reorder_point": 4, "max_stock": null}`)
		got := httpapitest.Decode[item](t, w, 200)
		if got.Quantity != 35 || got.MinStock != 2 || got.ReorderPoint != 4 || got.ReorderQty != 30 || got.Version != 4 ||
			w.Header().Get("ETag") != `"4"` || got != s.row("p-1", "MAD-001") {
			t.Errorf("changed %+v %v", got, w.Header())
		}
		s.wantEvents("?cursor=3", `stock.updated MAD-001 4 {"product_id":"p-1","store_id":"MAD-001",`+
			`"previous_quantity":35,"new_quantity":35,"change":0,"reason":"adjustment"}`)
	})
	t.Run("writes nothing when nothing changes", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 3`)
		for _, body := range []string{`{}`, `{"reorder_point": 3}`, `{"reorder_point": null, "min_stock": 0}`} {
			if got := httpapitest.Decode[item](t, s.do("PATCH", path, body), 200); got.Version != 1 {
				t.Errorf("%s: %+v", body, got)
			}
		}
		s.wantEvents("?cursor=1")
	})
	t.Run("reports the row that it makes low", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		httpapitest.Decode[item](t, s.do("PATCH", path, `{"reorder_point": 40}`), 200)
		s.wantEvents("?event_type=stock.low",
			`stock.low MAD-001 2 {"product_id":"p-1","store_id":"MAD-001","available":40,"reorder_point":40,"reorder_qty":0}`)
	})
	t.Run("only of the version that the caller saw", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		httpapitest.WantProblem(t, s.do("PATCH", path, `{"min_stock": 1}`, "If-Match", `"2"`), 412, problem.VersionMismatch)
		httpapitest.Decode[item](t, s.do("PATCH", path, `{"min_stock": 1}`, "If-Match", `"1"`), 200)
		httpapitest.WantProblem(t, s.do("PATCH", path, `{"min_stock": 2}`, "If-Match", `"1"`), 412, problem.VersionMismatch)
	})
	t.Run("refuses invalid input, and keys without the right", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "max_stock": 50`)
		s.stocked("p-1", "BCN-001", 40)
		for body, field := range map[string]string{
			``: "body", `[]`: "body", `{"quantity": 1}`: "quantity", `{"reason": "x"}`: "reason", `{"min_stock": 51}`: "min_stock",
			`{"reorder_point": -1}`: "reorder_point", `{"reorder_qty": 1000000001}`: "reorder_qty", `{"max_stock": "1"}`: "max_stock",
		} {
			httpapitest.WantInvalid(t, s.do("PATCH", path, body), field)
		}
		httpapitest.WantProblem(t, s.do("PATCH", "/api/v1/stock/p-1/VLC-001", `{"min_stock": 1}`), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.as("k-read", "PATCH", path, `{"min_stock": 1}`), 403, problem.Forbidden)
		httpapitest.WantProblem(t, s.as("k-madrid", "PATCH", "/api/v1/stock/p-1/BCN-001", `{"min_stock": 1}`), 403, problem.Forbidden)
		httpapitest.Decode[item](t, s.as("k-madrid", "PATCH", path, `{"min_stock": 1}`), 200)
		s.wantRow("p-1", "BCN-001", 40, 0, 1)
	})
}
