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

const importPath = "/api/v1/stock/import"

func (s *shop) importCSV(csv string, headers ...string) *httptest.ResponseRecorder {
	return s.do("POST", importPath, csv, append([]string{"Content-Type", "text/csv"}, headers...)...)
}

func summaryText(s bulk.Summary) string {
	return fmt.Sprintf("lines %d, created %d, updated %d, unchanged %d, failed %d", s.Lines, s.Created, s.Updated, s.Unchanged, s.Failed)
}

// wantImport expects the summary of an import and its failed lines.
func (s *shop) wantImport(w *httptest.ResponseRecorder, summary string, failed ...string) {
	s.t.Helper()
	got := httpapitest.Decode[bulk.Summary](s.t, w, 200)
	var lines []string
	for _, e := range got.Errors {
		lines = append(lines, fmt.Sprintf("%d %s %s", e.Line, e.Code, e.Detail))
	}
	if summaryText(got) != summary || strings.Join(lines, "\n") != strings.Join(failed, "\n") {
		s.t.Errorf("%s\n%s\nwant %s\n%s", summaryText(got), strings.Join(lines, "\n"), summary, strings.Join(failed, "\n"))
	}
}

func TestImport(t *testing.T) {
	t.Run("usual case", testImportUsualCase)
	t.Run("continues after an interruption", testImportContinuesAfterAnInterruption)
	t.Run("two imports with one key", testImportTwoImportsWithOneKey)
}

func testImportUsualCase(t *testing.T) {
	t.Run("creates rows that are missing and sets those that exist", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40, `, "reorder_point": 5, "reorder_qty": 7`)
		s.stocked("p-1", "BCN-001", 3)
		s.catalog.add("p-2")
		s.wantImport(s.importCSV("sku,product_id,store_id,quantity,min_stock,max_stock,reorder_point,reorder_qty\n"+
			"SKU p-1,,MAD-001,50,,,,\n"+ // keeps its thresholds
			",p-1,BCN-001,3,,,,\n"+
			"SKU p-2,,MAD-001,9,1,90,0,5\n"+
			",p-2,BCN-001,0,,,,\n"),
			"lines 4, created 2, updated 1, unchanged 1, failed 0")
		s.wantImport(s.importCSV("product_id,store_id,quantity,min_stock\np-2,BCN-001,4,2\n"), "lines 1, created 0, updated 1, unchanged 0, failed 0")
		if r := s.row("p-1", "MAD-001"); r.Quantity != 50 || r.ReorderPoint != 5 || r.ReorderQty != 7 || r.Version != 2 {
			t.Errorf("row %+v", r)
		}
		if r := s.row("p-2", "MAD-001"); r.Quantity != 9 || r.MinStock != 1 || r.MaxStock != 90 || r.ReorderPoint != 0 || r.ReorderQty != 5 || r.ProductSKU != "SKU p-2" {
			t.Errorf("row %+v", r)
		}
		s.wantRow("p-1", "BCN-001", 3, 0, 1)
		s.wantRow("p-2", "BCN-001", 4, 0, 2)
		s.wantEvents("?aggregate_id=p-2",
			`stock.created MAD-001 1 {"product_id":"p-2","store_id":"MAD-001","quantity":9,"reason":"initial_stock"}`,
			`stock.created BCN-001 1 {"product_id":"p-2","store_id":"BCN-001","quantity":0,"reason":"initial_stock"}`,
			`stock.low BCN-001 1 {"product_id":"p-2","store_id":"BCN-001","available":0,"reorder_point":10,"reorder_qty":0}`,
			`stock.updated BCN-001 2 {"product_id":"p-2","store_id":"BCN-001","previous_quantity":0,"new_quantity":4,"change":4,"reason":"restock"}`)
	})
	t.Run("takes NDJSON", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		body := `{"product_id":"p-1","store_id":"MAD-001","quantity":5,"reorder_point":null}` + "\n" +
			`{"product_id":null,"sku":"SKU p-1","store_id":"BCN-001","quantity":6,"max_stock":10}` + "\r\n\n"
		w := s.do("POST", importPath, body, "Content-Type", "application/x-ndjson; charset=UTF-8")
		s.wantImport(w, "lines 2, created 2, updated 0, unchanged 0, failed 0")
		s.wantRow("p-1", "BCN-001", 6, 0, 1)
	})
	t.Run("refuses a product of NDJSON that is given and empty", func(t *testing.T) {
		s := openShop(t)
		s.catalog.add("p-1")
		body := `{"product_id":"p-1","sku":"","store_id":"MAD-001","quantity":5}` + "\n" +
			`{"product_id":"","sku":"SKU p-1","store_id":"MAD-001","quantity":5}` + "\n"
		s.wantImport(s.do("POST", importPath, body, "Content-Type", "application/x-ndjson"),
			"lines 2, created 0, updated 0, unchanged 0, failed 2",
			"1 VALIDATION_ERROR In the request, sku must not be empty.",
			"2 VALIDATION_ERROR In the request, product_id must not be empty.")
	})
	t.Run("reports each line that fails and keeps the others", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.hold("r-1", "p-1", "MAD-001", 30)
		s.catalog.add("p-2")
		s.wantImport(s.importCSV("product_id,sku,store_id,quantity,min_stock,max_stock\n"+
			"p-1,,MAD-001,29,,\n"+
			"p-9,,MAD-001,1,,\n"+
			",SKU p-9,MAD-001,1,,\n"+
			"p-2,SKU p-2,MAD-001,1,,\n"+
			",,MAD-001,1,,\n"+
			"p-2,,MAD-001,,,\n"+
			"p-2,,MAD-001,1000000001,,\n"+
			"p-2,,MAD-001,9223372036854775808,1.5,-1\n"+
			"p-2,,BCN-001,5,3,2\n"+
			"p-2,,MAD-001,5,,\n"),
			"lines 10, created 1, updated 0, unchanged 0, failed 9",
			"2 CONFLICT The quantity must not be below the 30 units that are reserved.",
			"3 NOT_FOUND There is no product p-9.",
			"4 NOT_FOUND There is no product with this SKU.",
			"5 VALIDATION_ERROR In the request, sku must not be given together with product_id.",
			"6 VALIDATION_ERROR In the request, product_id is required.",
			"7 VALIDATION_ERROR In the request, quantity is required.",
			"8 VALIDATION_ERROR In the request, quantity must be from 0 to 1000000000.",
			"9 VALIDATION_ERROR In the request, quantity is out of range; errors has 1 more.",
			"10 VALIDATION_ERROR In the request, min_stock must not be above max_stock (2).")
		s.wantRow("p-1", "MAD-001", 40, 30, 2)
		s.wantRow("p-2", "MAD-001", 5, 0, 1)
	})
	t.Run("a row of a deleted product is set, and none is created", func(t *testing.T) {
		s := openShop(t)
		s.stocked("p-1", "MAD-001", 40)
		s.catalog.remove("p-1")
		s.wantImport(s.importCSV("product_id,store_id,quantity\np-1,MAD-001,30\np-1,BCN-001,30\n"),
			"lines 2, created 0, updated 1, unchanged 0, failed 1", "3 NOT_FOUND There is no product p-1.")
	})
}

// file returns a CSV of stores with a quantity of p-1 each, from 1 on.
func file(stores, quantity int) string {
	var b strings.Builder
	b.WriteString("product_id,store_id,quantity\n")
	for i := range stores {
		fmt.Fprintf(&b, "p-1,S-%04d,%d\n", i+1, quantity)
	}
	return b.String()
}

func testImportContinuesAfterAnInterruption(t *testing.T) {
	s := openShop(t)
	s.catalog.add("p-1")
	away := func(*http.Request) (*http.Response, error) { return nil, errors.New("away") }
	asked := 0
	const lines = 700
	// Catalog fails after the first batch of 256 lines.
	s.catalog.fail(func(r *http.Request) (*http.Response, error) {
		if asked++; asked > 300 {
			return away(r)
		}
		return answer(200, `{"id":"p-1","sku":"SKU p-1","name":"Name","version":1}`), nil
	})
	key := []string{"Idempotency-Key", "k-1"}
	sku := func(quantity int) string {
		return strings.ReplaceAll(strings.Replace(file(lines, quantity), "product_id", "sku", 1), "p-1,", "SKU p-1,")
	}
	w := s.importCSV(sku(10), key...)
	httpapitest.WantProblem(t, w, 503, problem.StockUnavailable)
	progress := httpapitest.Decode[struct{ Import bulk.Summary }](t, w, 503).Import
	if progress.Created != 256 || progress.Lines != 256 || w.Header().Get("Retry-After") == "" {
		t.Fatalf("it came to %+v, %v", progress, w.Header())
	}
	s.catalog.fail(nil)
	// A sale in between: the repetition must not take it back.
	s.hold("r-1", "p-1", "S-0001", 4)
	s.settle("r-1", "commit", "")

	t.Run("another file under the key is refused", func(t *testing.T) {
		httpapitest.WantProblem(t, s.importCSV(sku(11), key...), 422, problem.IdempotencyKeyReused)
		httpapitest.WantProblem(t, s.importCSV("sku,store_id,quantity\nSKU p-1,S-0001,10\n", key...), 422, problem.IdempotencyKeyReused)
		httpapitest.WantProblem(t, s.do("POST", "/api/v1/stock", createBody("p-1", "X", 1), key...), 422, problem.IdempotencyKeyReused)
	})
	w = s.importCSV(sku(10), key...)
	s.wantImport(w, "lines 700, created 700, updated 0, unchanged 0, failed 0")
	if w.Header().Get("Idempotency-Replayed") != "" {
		t.Error("the rest of an import is no replay")
	}
	s.wantRow("p-1", "S-0001", 6, 0, 3)
	s.wantRow("p-1", "S-0700", 10, 0, 1)

	t.Run("then the key returns the first response again", func(t *testing.T) {
		again := s.importCSV(sku(10), key...)
		if again.Body.String() != w.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s %v", again.Body, again.Header())
		}
		s.wantRow("p-1", "S-0001", 6, 0, 3)
		for _, other := range []string{sku(10) + "SKU p-1,S-0001,3\n", sku(10) + "\n", sku(11), strings.Replace(sku(10), ",10\n", ",12\n", 1)} {
			httpapitest.WantProblem(t, s.importCSV(other, key...), 422, problem.IdempotencyKeyReused)
		}
	})
	t.Run("without the key it sets the quantities again", func(t *testing.T) {
		s.wantImport(s.importCSV(sku(10)), "lines 700, created 0, updated 1, unchanged 699, failed 0")
	})
}

func testImportTwoImportsWithOneKey(t *testing.T) {
	s := openShop(t)
	s.catalog.add("p-1")
	key := []string{"Idempotency-Key", "k-1"}
	csv := file(300, 10)
	// The second request comes while the first reads its file, and wins.
	var second *httptest.ResponseRecorder
	s.catalog.fail(func(r *http.Request) (*http.Response, error) {
		return answer(200, `{"id":"p-1","sku":"SKU p-1","name":"Name","version":1}`), nil
	})
	body := &hooked{Reader: strings.NewReader(csv), hook: func() { second = s.importCSV(csv, key...) }}
	r := httptest.NewRequest("POST", importPath, body)
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("X-API-Key", admin)
	r.Header.Set("Idempotency-Key", "k-1")
	first := httptest.NewRecorder()
	s.service.Handler().ServeHTTP(first, r)
	s.wantImport(second, "lines 300, created 300, updated 0, unchanged 0, failed 0")
	httpapitest.WantProblem(t, first, 409, problem.Conflict)
	if n := len(s.events("?event_type=" + string(inventory.TypeStockUpdated))); n > 0 {
		t.Error("the loser has set what the winner had created")
	}
	again := s.importCSV(csv, key...)
	if again.Body.String() != second.Body.String() {
		t.Errorf("again %s", again.Body)
	}
}

// hooked calls hook before its first read.
type hooked struct {
	*strings.Reader
	hook func()
}

func (h *hooked) Read(p []byte) (int, error) {
	if h.hook != nil {
		hook := h.hook
		h.hook = nil
		hook()
	}
	return h.Reader.Read(p)
}
