package stock_test

import (
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func stateBody(from, to, quantity string) string {
	return `{"from": "` + from + `", "to": "` + to + `", "quantity": ` + quantity + `}`
}

func TestChangeState(t *testing.T) {
	const row, path = "/api/v1/stock/p-1/MAD-001", "/api/v1/stock/p-1/MAD-001/states"
	t.Run("sets units apart and makes them available again", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		got := httpapitest.Decode[item](t, s.do("POST", path, `{"from": "available", "to": "damaged", "quantity": 2, "reason": "wet"}`), 200)
		if got != s.row("p-1", "MAD-001") || got.Unavailable.Damaged != 2 || got.Available != 38 || got.Quantity != 40 || got.Version != 2 {
			t.Errorf("%+v", got)
		}
		httpapitest.Decode[item](t, s.do("POST", path, stateBody("damaged", "quality_control", "1")), 200)
		got = httpapitest.Decode[item](t, s.do("POST", path, stateBody("quality_control", "available", "1")), 200)
		if got.Unavailable.Damaged != 1 || got.Unavailable.QualityControl != 0 || got.Available != 39 {
			t.Errorf("%+v", got)
		}
		if w := s.do("GET", row, ""); !strings.Contains(w.Body.String(), `"unavailable":{"damaged":1}`) {
			t.Errorf("%s", w.Body)
		}
		s.wantEvents("?cursor=1",
			`stock.state_changed MAD-001 2 {"product_id":"p-1","store_id":"MAD-001","from":"available","to":"damaged","quantity":2,"reason":"wet"}`,
			`stock.state_changed MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","from":"damaged","to":"quality_control","quantity":1,"reason":"state_change"}`,
			`stock.state_changed MAD-001 4 {"product_id":"p-1","store_id":"MAD-001","from":"quality_control","to":"available","quantity":1,"reason":"state_change"}`)
	})
	t.Run("units that are not available cannot be reserved, taken or moved", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 5`)
		s.hold("r-1", "p-1", "MAD-001", 10)
		httpapitest.Decode[item](t, s.do("POST", path, stateBody("available", "safety_stock", "24")), 200)
		wantShort(t, s.do("POST", path, stateBody("available", "other", "7")), 6, 7)
		wantShort(t, s.do("POST", path, stateBody("damaged", "other", "1")), 0, 1)
		wantShort(t, s.do("POST", row+"/adjust", `{"adjustment": -7}`), 6, 7)
		wantShort(t, s.do("POST", "/api/v1/stock/transfer", transferBody("p-1", "MAD-001", "BCN-001", 7)), 6, 7)
		httpapitest.WantProblem(t, s.do("PUT", row, `{"quantity": 33}`), 409, problem.Conflict)
		if w := s.do("GET", row+"/availability?quantity=7", ""); !strings.Contains(w.Body.String(), `"available":6,"sufficient":false`) {
			t.Errorf("%s", w.Body)
		}
		httpapitest.Decode[item](t, s.do("POST", path, stateBody("available", "damaged", "1")), 200)
		s.wantEvents("?cursor=3",
			`stock.state_changed MAD-001 4 {"product_id":"p-1","store_id":"MAD-001","from":"available","to":"damaged","quantity":1,"reason":"state_change"}`,
			`stock.low MAD-001 4 {"product_id":"p-1","store_id":"MAD-001","available":5,"reorder_point":5,"reorder_qty":0}`)
		if w := s.do("GET", "/api/v1/stock/summary", ""); !strings.Contains(w.Body.String(), `"quantity":40,"reserved":10,"available":5,"low":1`) {
			t.Errorf("%s", w.Body)
		}
		if w := s.do("GET", "/api/v1/stock/low-stock", ""); !strings.Contains(w.Body.String(), `"count":1`) {
			t.Errorf("%s", w.Body)
		}
	})
	t.Run("a repeated request changes once", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		for range 2 {
			got := httpapitest.Decode[item](t, s.request("POST", path, stateBody("available", "damaged", "2"), "X-API-Key", admin, "Idempotency-Key", "k"), 200)
			if got.Unavailable.Damaged != 2 {
				t.Errorf("%+v", got)
			}
		}
	})
	t.Run("refuses invalid input", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		for body, field := range map[string]string{
			stateBody("lost", "damaged", "1"): "from", stateBody("available", "", "1"): "to", stateBody("damaged", "damaged", "1"): "to",
			stateBody("available", "damaged", "0"): "quantity", stateBody("available", "damaged", "1000000001"): "quantity",
			`{"from": "available", "to": "other", "quantity": 1, "reason": "sale"}`: "reason",
		} {
			httpapitest.WantInvalid(t, s.do("POST", path, body), field)
		}
		s.wantRow("p-1", "MAD-001", 40, 0, 1)
	})
}

func TestDelete(t *testing.T) {
	const row = "/api/v1/stock/p-1/MAD-001"
	t.Run("removes an empty row from every list", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 3)
		httpapitest.WantProblem(t, s.do("DELETE", row, ""), 409, problem.Conflict)
		httpapitest.Decode[item](t, s.do("PUT", row, `{"quantity": 0}`), 200)
		if w := s.do("DELETE", row, ""); w.Code != 204 || w.Body.Len() != 0 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		httpapitest.WantProblem(t, s.do("GET", row, ""), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.do("DELETE", row, ""), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.do("POST", row+"/adjust", `{"adjustment": 1}`), 404, problem.NotFound)
		for path, want := range map[string]string{
			"store/MAD-001": `"items":[],"count":0,"total":0`, "low-stock": `"items":[],"count":0,"total":0`,
			"product/p-1": `"stores":[],"total_quantity":0`, "summary": `{"data":[]}`,
		} {
			if w := s.do("GET", "/api/v1/stock/"+path, ""); !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %s, want %s", path, w.Body, want)
			}
		}
		s.wantEvents("?cursor=3", `stock.deleted MAD-001 3 {"product_id":"p-1","store_id":"MAD-001"}`)
	})
	t.Run("goes on with its versions when it is created again", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 0, `, "reorder_point": 7`)
		if w := s.do("DELETE", row, ""); w.Code != 204 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if got := s.stocked("p-1", "MAD-001", 20); got.Version != 3 || got.Quantity != 20 || got.ReorderPoint != 10 || got != s.row("p-1", "MAD-001") {
			t.Errorf("%+v", got)
		}
		if w := s.do("GET", "/api/v1/stock/summary", ""); !strings.Contains(w.Body.String(), `"rows":1,"quantity":20`) {
			t.Errorf("%s", w.Body)
		}
		if got := s.movements("").lines(); got != "created +20 =20 v3 initial_stock\ndeleted +0 =0 v2 deletion\ncreated +0 =0 v1 initial_stock" {
			t.Errorf("%s", got)
		}
	})
	t.Run("looks at the version", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 0)
		httpapitest.WantProblem(t, s.request("DELETE", row, "", "X-API-Key", admin, "If-Match", `"2"`), 412, problem.VersionMismatch)
		if w := s.request("DELETE", row, "", "X-API-Key", admin, "If-Match", `"1"`); w.Code != 204 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
