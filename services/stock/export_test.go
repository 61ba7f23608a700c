package stock_test

import (
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func TestExport(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 0, "reorder_qty": 7`)
	s.stocked("p-2", "BCN-001", 3)
	s.stocked("p-3", "MAD-001", 1)
	s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -2, "reason": "=cmd"}`)
	s.applyStore("MAD-001", 9, true) // the stock of a deleted store stays
	const header = "sku,store_id,quantity,min_stock,max_stock,reorder_point,reorder_qty\n"
	madrid := header + "SKU p-1,MAD-001,38,0,0,0,7\nSKU p-3,MAD-001,1,0,0,,0\n"
	all := header + "SKU p-1,MAD-001,38,0,0,0,7\nSKU p-2,BCN-001,3,0,0,,0\nSKU p-3,MAD-001,1,0,0,,0\n"
	export := func(key, query string) string {
		t.Helper()
		w := s.as(key, "GET", "/api/v1/stock/"+query, "")
		if w.Code != 200 {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
		return w.Body.String()
	}
	for name, got := range map[string][2]string{
		"all": {export(admin, "export"), all}, "a store": {export(admin, "export?store_id=MAD-001"), madrid},
		"a key of a store": {export("k-madrid", "export"), madrid}, "no rows": {export(admin, "export?store_id=X"), header},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got[0], got[1])
		}
	}
	s.wantImport(s.importCSV(all), "lines 3, created 0, updated 0, unchanged 3, failed 0")
	w := s.do("POST", importPath, export(admin, "export?format=ndjson"), "Content-Type", "application/x-ndjson")
	s.wantImport(w, "lines 3, created 0, updated 0, unchanged 3, failed 0")

	const columns = "created_at,product_id,store_id,kind,change,quantity,version,reason,actor,reservation_id,reference,transfer_id,count_id,from_state,to_state,units\n"
	want := columns + startText + ",p-1,MAD-001,created,40,40,1,initial_stock,Admin,,,,,,,0\n" +
		startText + ",p-3,MAD-001,created,1,1,1,initial_stock,Admin,,,,,,,0\n" +
		startText + ",p-1,MAD-001,adjusted,-2,38,2,'=cmd,Admin,,,,,,,0\n"
	if got := export("k-madrid", "movements/export"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, path := range []string{"export", "movements/export"} {
		httpapitest.WantProblem(t, s.as("k-madrid", "GET", "/api/v1/stock/"+path+"?store_id=BCN-001", ""), 403, problem.Forbidden)
		httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/"+path+"?store_id=-", ""), 400, problem.ValidationError)
		httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/"+path+"?format=xml", ""), 400, problem.ValidationError)
		httpapitest.WantProblem(t, s.request("GET", "/api/v1/stock/"+path, ""), 401, problem.Unauthorized)
	}
}
