package stock_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// count is a count as clients see it, with all that any response has of it.
type count struct {
	ID        string      `json:"id"`
	StoreID   string      `json:"store_id"`
	Status    string      `json:"status"`
	Reference string      `json:"reference"`
	Totals    countTotals `json:"totals"`
	Actor     string      `json:"actor"`
	Version   int64       `json:"version"`
	NewStore  bool        `json:"new_store"`
	Lines     []countLine `json:"lines"`
	Failed    []countLine `json:"failed"`
	Next      string      `json:"next_cursor"`
}

type countTotals struct {
	Lines, Applied, Failed int64
}

type countLine struct {
	ProductID   string `json:"product_id"`
	ProductSKU  string `json:"product_sku"`
	ProductName string `json:"product_name"`
	Counted     int64  `json:"counted"`
	Quantity    int64  `json:"quantity"`
	Difference  int64  `json:"difference"`
	RowVersion  int64  `json:"row_version"`
	CountedAt   string `json:"counted_at"`
	State       string `json:"state"`
	Error       *struct {
		Code         problem.Code `json:"code"`
		Detail       string       `json:"detail"`
		Reservations []struct {
			ID       string `json:"reservation_id"`
			Quantity int64  `json:"quantity"`
		} `json:"reservations"`
	} `json:"error"`
}

// text is a line in short: product, counted, quantity, difference, state, and the
// reason why it failed with the reservations that it names.
func (l countLine) text() string {
	text := fmt.Sprintf("%s %d-%d=%d %s", l.ProductID, l.Counted, l.Quantity, l.Difference, l.State)
	if l.Error != nil {
		text += " " + string(l.Error.Code)
		for _, r := range l.Error.Reservations {
			text += fmt.Sprintf(" %s:%d", r.ID, r.Quantity)
		}
	}
	return text
}

func linesText(lines []countLine) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.text())
	}
	return strings.Join(all, "\n")
}

const countsPath = "/api/v1/stock/counts"

// openCount opens a count of a store.
func (s *shop) openCount(storeID string) count {
	s.t.Helper()
	return httpapitest.Decode[count](s.t, s.do("POST", countsPath, `{"store_id": "`+storeID+`", "reference": "autumn"}`), 201)
}

// countLines sends lines of a count as JSON.
func (s *shop) countLines(c count, body string, headers ...string) *httptest.ResponseRecorder {
	return s.do("PUT", countsPath+"/"+c.ID+"/lines", body, headers...)
}

// counted adds the line of one product.
func (s *shop) counted(c count, productID string, units int64) count {
	s.t.Helper()
	return httpapitest.Decode[count](s.t, s.countLines(c, fmt.Sprintf(`{"product_id": %q, "counted": %d}`, productID, units)), 200)
}

func (s *shop) applyCount(c count, headers ...string) *httptest.ResponseRecorder {
	return s.do("POST", countsPath+"/"+c.ID+"/apply", "", headers...)
}

// applied applies a count, and expects its totals and the lines that failed.
func (s *shop) applied(c count, totals countTotals, failed ...string) count {
	s.t.Helper()
	got := httpapitest.Decode[count](s.t, s.applyCount(c), 200)
	if got.Status != "applied" || got.Totals != totals || linesText(got.Failed) != strings.Join(failed, "\n") {
		s.t.Errorf("applied: %s %+v\n%s\nwant %+v\n%s", got.Status, got.Totals, linesText(got.Failed), totals, strings.Join(failed, "\n"))
	}
	return got
}

// readCount reads a count with its first lines.
func (s *shop) readCount(c count, query string) count {
	s.t.Helper()
	return httpapitest.Decode[count](s.t, s.do("GET", countsPath+"/"+c.ID+query, ""), 200)
}

func TestCount(t *testing.T) {
	t.Run("books differences", testCountBooksDifferences)
	t.Run("creates missing rows", testCountCreatesMissingRows)
	t.Run("fails lines of held units", testCountFailsLinesOfHeldUnits)
	t.Run("goes up to the maximum of a row", testCountGoesUpToTheMaximum)
	t.Run("takes a file", testCountTakesAFile)
	t.Run("refuses a wrong state", testCountRefusesAWrongState)
	t.Run("refuses invalid input", testCountRefusesInvalidInput)
	t.Run("of a deleted product", testCountOfADeletedProduct)
	t.Run("of an unknown store", testCountOfAnUnknownStore)
	t.Run("repeats results", testCountRepeatsResults)
	t.Run("pages its lines", testCountPagesItsLines)
	t.Run("lists counts", testCountListsCounts)
	t.Run("keeps stores apart", testCountKeepsStoresApart)
}

func testCountBooksDifferences(t *testing.T) {
	s := openShop(t)
	for i, quantity := range []int64{20, 20, 5} {
		s.stocked(fmt.Sprintf("p-%d", i+1), "MAD-001", quantity, `, "reorder_point": 0`)
	}
	c := s.openCount("MAD-001")
	if c.Status != "open" || c.StoreID != "MAD-001" || c.Reference != "autumn" || c.Actor != "Admin" || c.Version != 1 || c.Totals != (countTotals{}) {
		t.Errorf("opened %+v", c)
	}
	w := s.countLines(c, `{"lines": [{"product_id": "p-1", "counted": 18}, {"sku": "SKU p-2", "counted": 23}, {"product_id": "p-3", "counted": 5}]}`)
	got := httpapitest.Decode[count](t, w, 200)
	const counted = "p-1 18-20=-2 counted\np-2 23-20=3 counted\np-3 5-5=0 counted"
	if linesText(got.Lines) != counted || got.Totals.Lines != 3 || got.Version != 2 || got.Lines[1].ProductSKU != "SKU p-2" || got.Lines[0].RowVersion != 1 {
		t.Errorf("counted %+v", got)
	}
	if read := s.readCount(c, ""); linesText(read.Lines) != counted || read.Lines[0] != got.Lines[0] {
		t.Errorf("read %+v", read)
	}
	// Two units are sold, and five arrive, before the count is booked.
	s.hold("r-1", "p-1", "MAD-001", 2)
	s.settle("r-1", "commit", "")
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-2/MAD-001/adjust", `{"adjustment": 5}`), 200)
	s.wantRow("p-1", "MAD-001", 18, 0, 3)

	for range 2 { // the second apply finds nothing to book
		c = s.applied(c, countTotals{Lines: 3, Applied: 3})
	}
	s.wantRow("p-1", "MAD-001", 16, 0, 4)
	s.wantRow("p-2", "MAD-001", 28, 0, 3)
	s.wantRow("p-3", "MAD-001", 5, 0, 1)
	events := s.events("?event_type=stock.updated&aggregate_id=p-1")
	const event = `{"product_id":"p-1","store_id":"MAD-001","previous_quantity":18,"new_quantity":16,"change":-2,"reason":"count","count_id":%q}`
	if last := events[len(events)-1]; string(last.Payload) != fmt.Sprintf(event, c.ID) || last.Version != 4 {
		t.Errorf("event %s, version %d", last.Payload, last.Version)
	}
	var ledger struct {
		Data []struct {
			ProductID string `json:"product_id"`
			Change    int64
			Quantity  int64
			Reason    string
			Reference string
			Actor     string
			CountID   string `json:"count_id"`
		}
	}
	if err := json.Unmarshal(s.do("GET", "/api/v1/stock/movements?kind=counted", "").Body.Bytes(), &ledger); err != nil || len(ledger.Data) != 2 {
		t.Fatalf("%d movements, %v", len(ledger.Data), err)
	}
	if m := ledger.Data[1]; m.ProductID != "p-1" || m.Change != -2 || m.Quantity != 16 || m.Reason != "count" || m.Reference != "autumn" ||
		m.Actor != "Admin" || m.CountID != c.ID {
		t.Errorf("movement %+v", m)
	}
}

func testCountCreatesMissingRows(t *testing.T) {
	s := openShop(t)
	for _, product := range []string{"p-1", "p-2", "p-3"} {
		s.catalog.add(product)
	}
	c := s.openCount("MAD-001")
	s.counted(c, "p-1", 30)
	s.counted(c, "p-2", 0)
	if got := s.counted(c, "p-3", 4); got.Lines[0].RowVersion != 0 || got.Lines[0].Difference != 4 {
		t.Errorf("counted %+v", got)
	}
	s.stocked("p-3", "MAD-001", 10) // which arrived after they were counted
	if got := s.applied(c, countTotals{Lines: 3, Applied: 3}); got.NewStore {
		t.Error("the store exists since the row of p-3")
	}
	s.wantRow("p-1", "MAD-001", 30, 0, 2)
	s.wantRow("p-3", "MAD-001", 14, 0, 2)
	httpapitest.WantProblem(t, s.do("GET", "/api/v1/stock/p-2/MAD-001", ""), 404, problem.NotFound)
	if low := s.events("?event_type=stock.low&aggregate_id=p-1"); len(low) != 0 {
		t.Errorf("%d stock.low of a row that is not low once its units are booked", len(low))
	}
	s.wantMovements("MAD-001", "counted 30 30 ", "created 0 0 ")

	other := s.openCount("VLC-001")
	s.counted(other, "p-1", 1)
	if got := s.applied(other, countTotals{Lines: 1, Applied: 1}); !got.NewStore {
		t.Error("the apply was the first use of the store")
	}
	// A row that was removed since has no units to take.
	s.stocked("p-2", "VLC-001", 3)
	gone := s.openCount("VLC-001")
	s.counted(gone, "p-2", 2)
	httpapitest.Decode[item](t, s.do("PUT", "/api/v1/stock/p-2/VLC-001", `{"quantity": 0}`), 200)
	if w := s.do("DELETE", "/api/v1/stock/p-2/VLC-001", ""); w.Code != 204 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.applied(gone, countTotals{Lines: 1, Failed: 1}, "p-2 2-3=-1 failed CONFLICT")
}

func testCountFailsLinesOfHeldUnits(t *testing.T) {
	s := openShop(t)
	for i := range 3 {
		s.stocked(fmt.Sprintf("p-%d", i+1), "MAD-001", 10)
	}
	s.stocked("p-1", "BCN-001", 10)
	for i, h := range []struct {
		product, store string
		units          int64
	}{{"p-1", "MAD-001", 4}, {"p-1", "BCN-001", 4}, {"p-2", "MAD-001", 1}, {"p-1", "MAD-001", 5}} {
		s.hold(fmt.Sprintf("r-%d", i+1), h.product, h.store, h.units)
		s.clock.Advance(time.Second)
	}
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-3/MAD-001/states", `{"from": "available", "to": "damaged", "quantity": 8}`), 200)
	c := s.openCount("MAD-001")
	w := s.countLines(c, `{"lines": [{"product_id": "p-1", "counted": 8}, {"product_id": "p-2", "counted": 8}, {"product_id": "p-3", "counted": 7}]}`)
	httpapitest.Decode[count](t, w, 200)
	failed := []string{"p-1 8-10=-2 failed CONFLICT r-4:5 r-1:4", "p-3 7-10=-3 failed CONFLICT"}
	for range 2 {
		s.applied(c, countTotals{Lines: 3, Applied: 1, Failed: 2}, failed...)
	}
	if got := s.readCount(c, "?state=failed"); linesText(got.Lines) != strings.Join(failed, "\n") {
		t.Errorf("read\n%s", linesText(got.Lines))
	}
	s.wantRow("p-1", "MAD-001", 10, 9, 3)
	s.wantRow("p-2", "MAD-001", 8, 1, 3)

	// Once the newest reservation is gone, the line is booked by another apply.
	s.settle("r-4", "release", "cancelled")
	s.applied(c, countTotals{Lines: 3, Applied: 2, Failed: 1}, failed[1])
	s.wantRow("p-1", "MAD-001", 8, 4, 5)
	s.wantRow("p-2", "MAD-001", 8, 1, 3)
}

func testCountGoesUpToTheMaximum(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 5)
	c := s.openCount("MAD-001")
	s.counted(c, "p-1", 1_000_000_000)
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 1}`), 200)
	s.applied(c, countTotals{Lines: 1, Failed: 1}, "p-1 1000000000-5=999999995 failed CONFLICT")
}

func testCountTakesAFile(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 20)
	s.stocked("p-2", "MAD-001", 20)
	s.stocked("p-3", "MAD-001", 20)
	s.catalog.remove("p-3")
	s.apply(deleted, "p-3", "", 2)
	c := s.openCount("MAD-001")
	s.counted(c, "p-1", 1)
	put := func(mediaType, body string, headers ...string) *httptest.ResponseRecorder {
		return s.countLines(c, body, append([]string{"Content-Type", mediaType}, headers...)...)
	}
	const file = "sku,product_id,counted\nSKU p-2,,19\n,p-1,18\n,p-9,1\n,p-1,\nSKU p-3,,4\n,p-3,4\n"
	for range 2 { // the second is a repetition
		s.wantImport(put("text/csv", file, "Idempotency-Key", "k"), "lines 6, created 1, updated 1, unchanged 0, failed 4",
			"4 NOT_FOUND There is no product p-9.", "5 VALIDATION_ERROR In the request, counted is required.",
			"6 PRODUCT_DELETED Product p-3 was deleted: it takes no new stock rows and is not counted.",
			"7 PRODUCT_DELETED Product p-3 was deleted: it takes no new stock rows and is not counted.")
		httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -1}`), 200)
	}
	got := httpapitest.Decode[bulk.Summary](t, put("application/x-ndjson", `{"sku": "SKU p-2", "counted": 21}`), 200)
	if summaryText(got) != "lines 1, created 0, updated 1, unchanged 0, failed 0" {
		t.Errorf("NDJSON: %s", summaryText(got))
	}
	s.wantImport(put("application/x-ndjson", `{"product_id": "", "sku": "SKU p-2", "counted": 21}`),
		"lines 1, created 0, updated 0, unchanged 0, failed 1", "1 VALIDATION_ERROR In the request, product_id must not be empty.")
	if read := s.readCount(c, ""); linesText(read.Lines) != "p-1 18-20=-2 counted\np-2 21-20=1 counted" {
		t.Errorf("read\n%s", linesText(read.Lines))
	}
	if w := put("application/xml", "<x/>"); w.Code != 415 || w.Header().Get("Accept") != "application/json, text/csv, application/x-ndjson" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	s.applied(c, countTotals{Lines: 2, Applied: 2})
	httpapitest.WantProblem(t, put("text/csv", file), 409, problem.InvalidState)
	httpapitest.WantProblem(t, s.do("PUT", countsPath+"/x/lines", file, "Content-Type", "text/csv"), 404, problem.NotFound)
}

func testCountRefusesAWrongState(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 20)
	discarded, applied := s.openCount("MAD-001"), s.openCount("MAD-001")
	s.counted(discarded, "p-1", 1)
	if got := httpapitest.Decode[count](t, s.do("POST", countsPath+"/"+discarded.ID+"/discard", "{}"), 200); got.Status != "discarded" || got.Version != 3 {
		t.Errorf("discarded %+v", got)
	}
	httpapitest.WantProblem(t, s.applyCount(discarded), 409, problem.InvalidState)
	s.applied(applied, countTotals{})
	for _, c := range []count{discarded, applied} {
		httpapitest.WantProblem(t, s.do("POST", countsPath+"/"+c.ID+"/discard", ""), 409, problem.InvalidState)
		httpapitest.WantProblem(t, s.countLines(c, `{"product_id": "p-1", "counted": 1}`), 409, problem.InvalidState)
	}
	missing := count{ID: unknown}
	for _, call := range []string{"apply", "discard"} {
		httpapitest.WantProblem(t, s.do("POST", countsPath+"/"+missing.ID+"/"+call, ""), 404, problem.NotFound)
	}
	httpapitest.WantProblem(t, s.countLines(missing, `{"product_id": "p-1", "counted": 1}`), 404, problem.NotFound)
	httpapitest.WantProblem(t, s.do("GET", countsPath+"/x", ""), 404, problem.NotFound)
	s.wantRow("p-1", "MAD-001", 20, 0, 1)
}

func testCountRefusesInvalidInput(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 20)
	for body, fields := range map[string][]string{
		`{}`:                                    {"store_id"},
		`{"store_id": ".", "reference": "a\n"}`: {"store_id", "reference"},
		`{"store_id": "MAD-001", "reference": ""}`:                                 {"reference"},
		`{"store_id": "MAD-001", "reference": "` + strings.Repeat("r", 129) + `"}`: {"reference"},
		`{"store_id": "MAD-001", "lines": []}`:                                     {"lines"},
	} {
		httpapitest.WantInvalid(t, s.do("POST", countsPath, body), fields...)
	}
	c := s.openCount("MAD-001")
	for body, fields := range map[string][]string{
		`{}`:                                   {"product_id", "counted"},
		`{"lines": []}`:                        {"lines"},
		`{"lines": null}`:                      {"lines"},
		`{"lines": [{}], "product_id": "p-1"}`: {"lines"},
		`{"lines": [{}]}`:                      {"lines.0.product_id", "lines.0.counted"},
		`{"product_id": "p-1", "counted": -1}`: {"counted"},
		`{"product_id": "p-1", "counted": 1000000001}`:                                 {"counted"},
		`{"product_id": "p-1", "sku": "s", "counted": 1}`:                              {"sku"},
		`{"product_id": "p-1", "sku": "", "counted": 1}`:                               {"sku"},
		`{"lines": [{"product_id": "", "sku": "s", "counted": 1}]}`:                    {"lines.0.product_id"},
		`{"product_id": "p-1", "counted": 1, "quantity": 1}`:                           {"quantity"},
		`{"lines": [{"product_id": "p-1", "counted": 1}, {"sku": "a\u0000"}]}`:         {"lines.1.sku", "lines.1.counted"},
		`{"lines": [` + strings.Repeat(`{"counted": 1}, `, 1000) + `{}]}`:              {"lines"},
		`{"lines": [{"product_id": "` + strings.Repeat("p", 65) + `", "counted": 1}]}`: {"lines.0.product_id"},
	} {
		httpapitest.WantInvalid(t, s.countLines(c, body), fields...)
	}
	w := s.countLines(c, `{"lines": [{"product_id": "p-1", "counted": 1}, {"product_id": "p-9", "counted": 1}]}`)
	httpapitest.WantProblem(t, w, 404, problem.NotFound)
	if !strings.Contains(w.Body.String(), `"line":1`) || s.readCount(c, "").Totals.Lines != 0 {
		t.Errorf("the line is not named, or another one is stored: %s", w.Body)
	}
	httpapitest.WantInvalid(t, s.do("POST", countsPath+"/"+c.ID+"/apply", `{"lines": []}`), "lines")
	for query, field := range map[string]string{
		"?status=lost": "status", "?status=": "status", "?store_id=.": "store_id", "?limit=0": "limit", "?cursor=x": "cursor", "?state=failed": "state",
	} {
		httpapitest.WantInvalid(t, s.do("GET", countsPath+query, ""), field)
	}
	for query, field := range map[string]string{"?state=lost": "state", "?state=": "state", "?limit=101": "limit", "?status=open": "status"} {
		httpapitest.WantInvalid(t, s.do("GET", countsPath+"/"+c.ID+query, ""), field)
	}
}

func testCountOfADeletedProduct(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 20)
	s.catalog.add("p-2")
	c := s.openCount("MAD-001")
	s.counted(c, "p-1", 18)
	s.counted(c, "p-2", 3)
	for _, product := range []string{"p-1", "p-2"} {
		s.catalog.remove(product)
		s.apply(deleted, product, "", 2)
	}
	for _, line := range []string{`"product_id": "p-1"`, `"sku": "SKU p-1"`, `"product_id": "p-2"`} {
		w := s.countLines(c, `{"lines": [{`+line+`, "counted": 1}]}`)
		httpapitest.WantProblem(t, w, 409, problem.ProductDeleted)
		if !strings.Contains(w.Body.String(), `"line":0`) {
			t.Errorf("the line is not named: %s", w.Body)
		}
	}
	// Its row can be corrected still, as by an adjustment, but no new one is created.
	s.applied(c, countTotals{Lines: 2, Applied: 1, Failed: 1}, "p-2 3-0=3 failed PRODUCT_DELETED")
	if row := s.row("p-1", "MAD-001"); row.Quantity != 18 {
		t.Errorf("row %+v", row)
	}
}

func testCountOfAnUnknownStore(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 5)
	s.catalog.add("p-2")
	s.stores = "registered"
	s.reopen()
	s.catalog.addStore("BCN-001", 1)
	d := httpapitest.WantProblem(t, s.do("POST", countsPath, `{"store_id": "MAD-0001"}`), 404, problem.UnknownStore)
	if d.Detail != "There is no store MAD-0001; the nearest id is MAD-001." {
		t.Errorf("detail %q", d.Detail)
	}
	c := s.openCount("BCN-001")
	s.counted(c, "p-2", 3)
	s.catalog.addStore("BCN-001", 0)
	s.applyStore("BCN-001", 2, true)
	s.applied(c, countTotals{Lines: 1, Failed: 1}, "p-2 3-0=3 failed UNKNOWN_STORE")
}

func testCountRepeatsResults(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 20)
	s.stocked("p-2", "MAD-001", 20)
	s.hold("r-1", "p-2", "MAD-001", 20)
	same := func(call func() *httptest.ResponseRecorder, between func()) *httptest.ResponseRecorder {
		t.Helper()
		first := call()
		between()
		s.reopen()
		if again := call(); again.Code != first.Code || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("again: %d %s %v\nfirst: %d %s", again.Code, again.Body, again.Header(), first.Code, first.Body)
		}
		return first
	}
	sold := func() {
		httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": -1}`), 200)
	}
	key := []string{"Idempotency-Key", "k"}
	c := httpapitest.Decode[count](t, same(func() *httptest.ResponseRecorder {
		return s.do("POST", countsPath, `{"store_id": "MAD-001"}`, key...)
	}, func() {}), 201)
	key[1] = "lines"
	same(func() *httptest.ResponseRecorder {
		return s.countLines(c, `{"lines": [{"product_id": "p-1", "counted": 18}, {"product_id": "p-2", "counted": 19}]}`, key...)
	}, sold)
	httpapitest.WantProblem(t, s.countLines(c, `{"product_id": "p-1", "counted": 17}`, key...), 422, problem.IdempotencyKeyReused)
	key[1] = "apply"
	same(func() *httptest.ResponseRecorder { return s.applyCount(c, key...) }, func() { s.settle("r-1", "release", "cancelled") })
	s.wantRow("p-1", "MAD-001", 17, 0, 3)
	discarded := s.openCount("MAD-001")
	same(func() *httptest.ResponseRecorder {
		return s.do("POST", countsPath+"/"+discarded.ID+"/discard", "", "Idempotency-Key", "discard")
	}, func() {})
}

func testCountPagesItsLines(t *testing.T) {
	s := openShop(t)
	c := s.openCount("MAD-001")
	for i := range 5 {
		s.stocked(fmt.Sprintf("p-%d", i), "MAD-001", 10)
		s.counted(c, fmt.Sprintf("p-%d", i), 9)
	}
	var all []string
	for query := "?limit=2"; ; {
		page := s.readCount(c, query)
		for _, l := range page.Lines {
			all = append(all, l.ProductID)
		}
		if page.Next == "" {
			break
		}
		query = "?limit=2&cursor=" + page.Next
	}
	if got := strings.Join(all, " "); got != "p-0 p-1 p-2 p-3 p-4" {
		t.Errorf("lines %q", got)
	}
	if got := s.readCount(c, "?state=applied"); got.Lines == nil || len(got.Lines) != 0 {
		t.Errorf("applied lines %+v", got.Lines)
	}
}

func testCountListsCounts(t *testing.T) {
	s := openShop(t)
	names := map[string]string{}
	for i, store := range []string{"MAD-001", "BCN-001", "MAD-001", "VLC-001", "MAD-001"} {
		names[s.openCount(store).ID] = fmt.Sprint(i)
	}
	listed := func(key, query string) string {
		t.Helper()
		text := ""
		for {
			page := httpapitest.Decode[struct {
				Data []count
				Next string `json:"next_cursor"`
			}](t, s.as(key, "GET", countsPath+query, ""), 200)
			for _, c := range page.Data {
				text += names[c.ID]
			}
			if page.Next == "" {
				return text
			}
			query = strings.Split(query, "&cursor")[0] + "&cursor=" + page.Next
		}
	}
	for id, name := range names {
		if name == "2" {
			httpapitest.Decode[count](t, s.do("POST", countsPath+"/"+id+"/discard", ""), 200)
		}
	}
	for _, test := range []struct{ key, query, want string }{
		{admin, "?limit=2", "43210"},
		{admin, "?limit=2&store_id=MAD-001", "420"},
		{admin, "?limit=1&status=open", "4310"},
		{admin, "?limit=1&status=discarded&store_id=MAD-001", "2"},
		{admin, "?limit=1&status=applied", ""},
		{"k-madrid", "?limit=1", "420"},
		{"k-two", "?limit=1", "4210"},
		{"k-read", "?limit=3", "43210"},
	} {
		if got := listed(test.key, test.query); got != test.want {
			t.Errorf("%s %s lists %q, want %q", test.key, test.query, got, test.want)
		}
	}
}

func testCountKeepsStoresApart(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "BCN-001", 5)
	c := s.openCount("BCN-001")
	const madrid = "k-madrid"
	httpapitest.WantProblem(t, s.as(madrid, "POST", countsPath, `{"store_id": "BCN-001"}`), 403, problem.Forbidden)
	httpapitest.WantProblem(t, s.as(madrid, "GET", countsPath+"?store_id=BCN-001", ""), 403, problem.Forbidden)
	httpapitest.WantProblem(t, s.as(madrid, "GET", countsPath+"/"+c.ID, ""), 404, problem.NotFound)
	const line = `{"product_id": "p-1", "counted": 1}`
	httpapitest.WantProblem(t, s.as(madrid, "PUT", countsPath+"/"+c.ID+"/lines", line), 404, problem.NotFound)
	httpapitest.WantProblem(t, s.as(madrid, "PUT", countsPath+"/"+c.ID+"/lines", "product_id,counted\np-1,1\n", "Content-Type", "text/csv"), 404, problem.NotFound)
	for _, call := range []string{"apply", "discard"} {
		httpapitest.WantProblem(t, s.as(madrid, "POST", countsPath+"/"+c.ID+"/"+call, ""), 404, problem.NotFound)
		httpapitest.WantProblem(t, s.as("k-read", "POST", countsPath+"/"+c.ID+"/"+call, ""), 403, problem.Forbidden)
	}
	httpapitest.WantProblem(t, s.as("k-read", "PUT", countsPath+"/"+c.ID+"/lines", line), 403, problem.Forbidden)
	httpapitest.WantProblem(t, s.as("k-read", "POST", countsPath, `{"store_id": "BCN-001"}`), 403, problem.Forbidden)
	own := httpapitest.Decode[count](t, s.as("k-two", "PUT", countsPath+"/"+c.ID+"/lines", line), 200)
	if own.Totals.Lines != 1 {
		t.Errorf("counted %+v", own)
	}
	s.wantRow("p-1", "BCN-001", 5, 0, 1)
}
