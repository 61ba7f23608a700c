package stock_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func (s *shop) importIn(query, csv string, headers ...string) *httptest.ResponseRecorder {
	return s.do("POST", importPath+"?"+query, csv, append([]string{"Content-Type", "text/csv"}, headers...)...)
}

func TestImport_modes(t *testing.T) {
	t.Run("adjust", testImportAdjust)
	t.Run("adjust once per Idempotency-Key", testImportAdjustOnce)
	t.Run("set refuses a row that appears twice", testImportSetTwice)
	t.Run("set remembers the rows of an interrupted import", testImportSetTwiceInterrupted)
	t.Run("dry run", testImportDryRun)
	t.Run("forms of values", testImportForms)
	t.Run("parameters", testImportParameters)
}

func testImportAdjust(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 5`)
	s.stocked("p-1", "BCN-001", 3)
	s.hold("r-1", "p-1", "MAD-001", 30)
	s.catalog.add("p-2")
	s.wantImport(s.importIn("mode=adjust", "sku,store_id,quantity,reason,min_stock\n"+
		"SKU p-1,MAD-001,-4,damaged in transit,\n"+
		"SKU p-1,MAD-001,5.0,,2\n"+ // the same row again
		"SKU p-1,MAD-001,-12,,\n"+ // 11 are available
		"SKU p-1,BCN-001,0,,\n"+
		"SKU p-2,BCN-001,4,,\n"+ // no row
		"SKU p-1,BCN-001,1000000001,,\n"+
		"SKU p-1,BCN-001,1000000000,,\n"+
		"SKU p-1,BCN-001,1,sale,\n"),
		"lines 8, created 0, updated 2, unchanged 1, failed 5",
		"4 INSUFFICIENT_STOCK 12 units are requested, 11 are available.",
		"6 NOT_FOUND There is no stock of product p-2 in store BCN-001.",
		"7 VALIDATION_ERROR In the request, quantity must be from -1000000000 to 1000000000.",
		"8 CONFLICT The quantity would be 1000000003, above the maximum of 1000000000.",
		`9 VALIDATION_ERROR In the request, reason must not be "sale", which only the system itself gives.`)
	s.wantRow("p-1", "MAD-001", 41, 30, 4)
	s.wantRow("p-1", "BCN-001", 3, 0, 1)
	s.wantEvents("?aggregate_id=p-1&event_type="+string(inventory.TypeStockUpdated),
		`stock.updated MAD-001 3 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":40,"new_quantity":36,"change":-4,"reason":"damaged in transit"}`,
		`stock.updated MAD-001 4 {"product_id":"p-1","store_id":"MAD-001","previous_quantity":36,"new_quantity":41,"change":5,"reason":"adjustment"}`)
	s.wantImport(s.importIn("mode=set", "product_id,store_id,quantity,reason\np-1,BCN-001,2,counted\n"), "lines 1, created 0, updated 1, unchanged 0, failed 0")
	if m := s.movements("").Movements; len(m) == 0 {
		t.Error("no movements")
	}
}

func testImportAdjustOnce(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	const csv = "product_id,store_id,quantity\np-1,MAD-001,5\n"
	for range 2 {
		s.wantImport(s.importIn("mode=adjust", csv, "Idempotency-Key", "k-1"), "lines 1, created 0, updated 1, unchanged 0, failed 0")
	}
	s.wantRow("p-1", "MAD-001", 45, 0, 2)
	httpapitest.WantProblem(t, s.importIn("mode=set", csv, "Idempotency-Key", "k-1"), 422, problem.IdempotencyKeyReused)
	httpapitest.WantProblem(t, s.importIn("", csv, "Idempotency-Key", "k-1"), 422, problem.IdempotencyKeyReused)
	for range 2 { // on purpose
		s.wantImport(s.importIn("mode=adjust", csv), "lines 1, created 0, updated 1, unchanged 0, failed 0")
	}
	s.wantRow("p-1", "MAD-001", 55, 0, 4)
}

const twice = "CONFLICT An earlier line of the file has the same product and store; a row may appear once."

func testImportSetTwice(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	for _, query := range []string{"", "mode=set", "dry_run=true"} {
		s.wantImport(s.importIn(query, "product_id,sku,store_id,quantity\n"+
			"p-1,,MAD-001,40\n"+
			",SKU p-1,MAD-001,40\n"+ // the same row by its SKU
			",SKU p-1,BCN-001,x\n"+
			"p-1,,MAD-001,7\n"+strings.Repeat("p-1,,_,1\n", 300)+"p-1,,MAD-001,8\n"),
			"lines 305, created 0, updated 0, unchanged 1, failed 304", append([]string{
				"3 " + twice, "4 VALIDATION_ERROR In the request, quantity must be a whole number.", "5 " + twice,
			}, manyOf(97, 6, "VALIDATION_ERROR In the request, store_id must be 1 to 64 of letters, digits, '.', '_' and '-', starting with a letter or digit.")...)...)
	}
	s.wantRow("p-1", "MAD-001", 40, 0, 1)
}

// manyOf returns n failures of consecutive lines.
func manyOf(n, line int, text string) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%d %s", line+i, text))
	}
	return list
}

// testImportSetTwiceInterrupted: the first appearance of a row was applied by an
// earlier request.
func testImportSetTwiceInterrupted(t *testing.T) {
	s := openShop(t)
	s.catalog.add("p-1")
	asked := 0
	s.catalog.fail(func(*http.Request) (*http.Response, error) {
		if asked++; asked > 300 {
			return nil, errors.New("away")
		}
		return answer(200, `{"id":"p-1","sku":"SKU p-1","name":"Name","version":1}`), nil
	})
	csv := strings.ReplaceAll(strings.Replace(file(400, 10), "product_id", "sku", 1), "p-1,", "SKU p-1,") + "SKU p-1,S-0001,11\n"
	httpapitest.WantProblem(t, s.importIn("", csv, "Idempotency-Key", "k"), 503, problem.StockUnavailable)
	s.wantRow("p-1", "S-0256", 10, 0, 1)
	s.catalog.fail(nil)
	s.wantImport(s.importIn("", csv, "Idempotency-Key", "k"), "lines 401, created 400, updated 0, unchanged 0, failed 1", "402 "+twice)
	s.wantRow("p-1", "S-0001", 10, 0, 1)
}

func testImportDryRun(t *testing.T) {
	filler := strings.Repeat("p-1,_,1,,\n", 300) // so that the lines are in two batches
	for mode, csv := range map[string]string{
		"set": "product_id,store_id,quantity,min_stock,max_stock\np-1,MAD-001,50,,\np-1,BCN-001,3,,\np-2,NEW-001,9,5,4\np-2,NEW-002,9,,\n" + filler +
			"p-1,MAD-001,51,,\np-9,MAD-001,1,,\np-2,NEW-002,9,,\np-3,MAD-001,1,,\n",
		"adjust": "product_id,store_id,quantity,min_stock,max_stock\np-1,MAD-001,-6,,\np-1,MAD-001,-5,,\np-1,MAD-001,0,7,9\n" + filler +
			"p-1,MAD-001,-5,,\np-1,MAD-001,-4,,\np-1,MAD-001,0,7,9\np-1,MAD-001,0,10,\np-1,MAD-001,999999970,,\np-2,MAD-001,1,,\n",
	} {
		t.Run(mode, func(t *testing.T) {
			s := openShop(t)
			s.stocked("p-1", "MAD-001", 40)
			s.stocked("p-1", "BCN-001", 3)
			s.hold("r-1", "p-1", "MAD-001", 30)
			s.catalog.add("p-2")
			s.stocked("p-3", "BCN-001", 1)
			s.catalog.remove("p-3")
			events := len(s.events(""))
			dry := httpapitest.Decode[bulk.Summary](t, s.importIn("mode="+mode+"&dry_run=true", csv, "Idempotency-Key", "k"), 200)
			if n := len(s.events("")) - events; n > 0 || !dry.DryRun {
				t.Errorf("the dry run %t left %d events", dry.DryRun, n)
			}
			s.wantRow("p-1", "MAD-001", 40, 30, 2)
			httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/p-2/NEW-002", ""), 404, problem.NotFound)
			wet := httpapitest.Decode[bulk.Summary](t, s.importIn("mode="+mode, csv, "Idempotency-Key", "k"), 200)
			if summaryText(dry) != summaryText(wet) || wet.DryRun || dry.NewStore != wet.NewStore {
				t.Errorf("the dry run says %s, the import %s", summaryText(dry), summaryText(wet))
			}
			if fmt.Sprint(dry.Errors) != fmt.Sprint(wet.Errors) {
				t.Errorf("the dry run says\n%v\nthe import\n%v", dry.Errors, wet.Errors)
			}
			if wet.Created+wet.Updated == 0 || wet.Failed < 303 {
				t.Errorf("%+v", wet)
			}
		})
	}
}

func testImportForms(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	w := s.do("POST", importPath, "\ufeffproduct_id ; store_id;quantity;min_stock\r\n p-1 ; MAD-001 ; 7.0 ; 1.00 \r\n", "Content-Type", "application/vnd.ms-excel")
	s.wantImport(w, "lines 1, created 0, updated 1, unchanged 0, failed 0")
	if r := s.row("p-1", "MAD-001"); r.Quantity != 7 || r.MinStock != 1 {
		t.Errorf("row %+v", r)
	}
	w = s.do("POST", importPath, `{"product_id":"p-1","store_id":"MAD-001","quantity":8.0,"reason":null}`, "Content-Type", "application/x-ndjson")
	s.wantImport(w, "lines 1, created 0, updated 1, unchanged 0, failed 0")
	got := httpapitest.Decode[bulk.Summary](t, s.importCSV("sku,store_id,quantity\n1.23E+12,MAD-001,1\n"), 200)
	if len(got.Warnings) != 1 || got.Warnings[0].Line != 2 || got.Failed != 1 {
		t.Errorf("%+v", got)
	}
}

func testImportParameters(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	const csv = "product_id,store_id,quantity\np-1,MAD-001,5\n"
	for query, field := range map[string]string{
		"mode=": "mode", "mode=create": "mode", "mode=Set": "mode", "dry_run=1": "dry_run", "errors=first": "errors", "mod=set": "mod", "errors=all&errors=all": "errors",
	} {
		d := httpapitest.WantProblem(t, s.importIn(query, csv), 400, problem.ValidationError)
		if len(d.Errors) != 1 || d.Errors[0].Field != field {
			t.Errorf("%s: %+v", query, d)
		}
	}
	s.wantRow("p-1", "MAD-001", 40, 0, 1)
	w := s.importIn("errors=all&mode=adjust", "product_id,store_id,quantity\np-1,MAD-001,-41\np-1,MAD-001,1\n")
	const want = `{"line":2,"code":"INSUFFICIENT_STOCK","detail":"41 units are requested, 40 are available."}` + "\n" +
		`{"lines":2,"created":0,"updated":1,"unchanged":0,"failed":1,"reported":1}` + "\n"
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("got %d\n%swant\n%s", w.Code, w.Body, want)
	}
	httpapitest.WantProblem(t, s.as("k-read", "POST", importPath+"?mode=adjust", csv, "Content-Type", "text/csv"), 403, problem.Forbidden)
	s.wantImport(s.as("k-madrid", "POST", importPath+"?mode=adjust", csv+"p-1,BCN-001,1\n", "Content-Type", "text/csv"), "lines 2, created 0, updated 1, unchanged 0, failed 1",
		"3 FORBIDDEN This API key may not use store BCN-001.")
}
