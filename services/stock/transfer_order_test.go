package stock_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// transferOrder is a transfer that takes time, as clients see it.
type transferOrder struct {
	ID          string              `json:"id"`
	FromStoreID string              `json:"from_store_id"`
	Supplier    string              `json:"supplier"`
	ToStoreID   string              `json:"to_store_id"`
	Status      string              `json:"status"`
	Reference   string              `json:"reference"`
	ExpectedAt  string              `json:"expected_at"`
	Lines       []transferOrderLine `json:"lines"`
	Actor       string              `json:"actor"`
	Version     int64               `json:"version"`
}

type transferOrderLine struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Shipped   int64  `json:"shipped"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
	OnTheWay  int64  `json:"on_the_way"`
}

const transfersPath = "/api/v1/transfers"

// requested creates a transfer with the given members.
func (s *shop) requested(members string) transferOrder {
	s.t.Helper()
	return httpapitest.Decode[transferOrder](s.t, s.do("POST", transfersPath, "{"+members+"}"), 201)
}

// act sends a call of a transfer, such as ship.
func (s *shop) act(t transferOrder, call, body string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do("POST", transfersPath+"/"+t.ID+"/"+call, body)
}

// acted is act for a call that succeeds.
func (s *shop) acted(t transferOrder, call, body string) transferOrder {
	s.t.Helper()
	return httpapitest.Decode[transferOrder](s.t, s.act(t, call, body), 200)
}

// wantOnTheWay expects the incoming units of a row.
func (s *shop) wantOnTheWay(productID, storeID string, incoming int64) {
	s.t.Helper()
	var got int64
	const query = `SELECT incoming FROM stock WHERE product_id = ? AND store_id = ?`
	if err := s.tables.QueryRow(query, productID, storeID).Scan(&got); err != nil || got != incoming {
		s.t.Errorf("incoming of %s in %s: %d, %v; want %d", productID, storeID, got, err, incoming)
	}
}

const (
	madridToBarcelona = `"from_store_id": "MAD-001", "to_store_id": "BCN-001", `
	tenOfOne          = `"lines": [{"product_id": "p-1", "quantity": 10}]`
)

func TestTransferOrder(t *testing.T) {
	t.Run("moves units in steps", testTransferOrderMovesUnitsInSteps)
	t.Run("takes a delivery of a supplier", testTransferOrderTakesADelivery)
	t.Run("adds up lines of one product", testTransferOrderAddsUpLines)
	t.Run("is cancelled while nothing was received", testTransferOrderIsCancelled)
	t.Run("ships all lines or none", testTransferOrderShipsAllOrNone)
	t.Run("receives no more than is on the way", testTransferOrderReceivesNoMore)
	t.Run("refuses a wrong state", testTransferOrderRefusesAWrongState)
	t.Run("refuses invalid input", testTransferOrderRefusesInvalidInput)
	t.Run("goes up to the maximum of a row", testTransferOrderGoesUpToTheMaximum)
	t.Run("of a deleted product", testTransferOrderOfADeletedProduct)
}

func testTransferOrderMovesUnitsInSteps(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	order := s.requested(madridToBarcelona + `"reference": "note-17", "expected_at": "2026-08-03T09:00:00+02:00", ` + tenOfOne)
	if order.Status != "requested" || order.Reference != "note-17" || order.ExpectedAt != "2026-08-03T07:00:00.000Z" ||
		order.Version != 1 || order.Actor != "Admin" || order.Lines[0].Quantity != 10 {
		t.Errorf("requested: %+v", order)
	}
	s.wantRow("p-1", "MAD-001", 40, 0, 1)

	order = s.acted(order, "ship", "")
	if order.Status != "shipped" || order.Lines[0].OnTheWay != 10 {
		t.Errorf("shipped: %+v", order)
	}
	s.wantRow("p-1", "MAD-001", 30, 0, 2)
	s.wantRow("p-1", "BCN-001", 0, 0, 2)
	s.wantOnTheWay("p-1", "BCN-001", 10)

	order = s.acted(order, "receive", `{"lines": [{"product_id": "p-1", "received": 7, "damaged": 2}]}`)
	if order.Status != "shipped" || order.Lines[0] != (transferOrderLine{"p-1", 10, 10, 7, 2, 0, 3}) {
		t.Errorf("received in part: %+v", order)
	}
	s.wantOnTheWay("p-1", "BCN-001", 3)
	if row := s.row("p-1", "BCN-001"); row.Quantity != 7 || row.Available != 5 {
		t.Errorf("row %+v", row)
	}

	order = s.acted(order, "receive", `{"lines": [{"product_id": "p-1", "received": 2, "lost": 1}]}`)
	if order.Status != "received" || order.Lines[0] != (transferOrderLine{"p-1", 10, 10, 9, 2, 1, 0}) || order.Version != 4 {
		t.Errorf("received: %+v", order)
	}
	s.wantOnTheWay("p-1", "BCN-001", 0)
	if got := httpapitest.Decode[transferOrder](t, s.do("GET", transfersPath+"/"+order.ID, ""), 200); !slices.Equal(got.Lines, order.Lines) {
		t.Errorf("read %+v, want %+v", got, order)
	}

	lines := `"lines":[{"product_id":"p-1","quantity":10,"shipped":%d,"received":%d,"damaged":%d,"lost":%d}]`
	event := func(what string, version int, status string, totals ...any) string {
		return fmt.Sprintf(`transfer.%s  %d {"transfer_id":%q,"from_store_id":"MAD-001","to_store_id":"BCN-001","status":%q,`+
			`"reference":"note-17","expected_at":"2026-08-03T07:00:00.000Z",`+lines+`}`, append([]any{what, version, order.ID, status}, totals...)...)
	}
	s.wantEvents("?aggregate_id="+order.ID,
		event("requested", 1, "requested", 0, 0, 0, 0), event("shipped", 2, "shipped", 10, 0, 0, 0),
		event("received", 3, "shipped", 10, 7, 2, 0), event("received", 4, "received", 10, 9, 2, 1))
	updated := func(store string, version, before, after, change int, damaged string) string {
		return fmt.Sprintf(`stock.updated %s %d {"product_id":"p-1","store_id":%q,"previous_quantity":%d,"new_quantity":%d,"change":%d,`+
			`"reason":"transfer",%s"transfer_id":%q}`, store, version, store, before, after, change, damaged, order.ID)
	}
	s.wantEvents("?event_type=stock.updated", updated("MAD-001", 2, 40, 30, -10, ""), updated("BCN-001", 2, 0, 0, 0, ""),
		updated("BCN-001", 3, 0, 7, 7, `"damaged":2,`), updated("BCN-001", 4, 7, 9, 2, ""))
	s.wantMovements("MAD-001", "transferred_out -10 30 "+order.ID, "created 40 40 ")
	s.wantMovements("BCN-001", "transferred_in 2 9 "+order.ID, "transferred_in 7 7 "+order.ID, "created 0 0 ")
}

// wantMovements expects the movements of p-1 in a store, newest first, each as "kind
// change quantity transfer".
func (s *shop) wantMovements(storeID string, want ...string) {
	s.t.Helper()
	rows, err := s.tables.Query(`SELECT kind || ' ' || change || ' ' || quantity || ' ' || COALESCE(transfer_id, '') FROM movements
	WHERE product_id = 'p-1' AND store_id = ? ORDER BY seq DESC`, storeID)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var have []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			s.t.Fatal(err)
		}
		have = append(have, text)
	}
	if err := rows.Err(); err != nil || !slices.Equal(have, want) {
		s.t.Errorf("movements in %s\n%s\nwant\n%s (%v)", storeID, strings.Join(have, "\n"), strings.Join(want, "\n"), err)
	}
}

func testTransferOrderTakesADelivery(t *testing.T) {
	s := openShop(t)
	s.catalog.add("p-1")
	order := s.requested(`"supplier": "Tea & Co.", "to_store_id": "MAD-001", "lines": [{"sku": "SKU p-1", "quantity": 6}]`)
	if order.Supplier != "Tea & Co." || order.FromStoreID != "" || order.Lines[0].ProductID != "p-1" {
		t.Errorf("requested: %+v", order)
	}
	s.acted(order, "ship", "{}")
	s.wantOnTheWay("p-1", "MAD-001", 6)
	if got := s.acted(order, "receive", `{"lines": [{"product_id": "p-1", "received": 6}]}`); got.Status != "received" {
		t.Errorf("received: %+v", got)
	}
	s.wantRow("p-1", "MAD-001", 6, 0, 3)
	s.wantMovements("MAD-001", "received 6 6 "+order.ID, "created 0 0 ")
	if low := s.events("?event_type=stock.low&store_id=MAD-001"); len(low) != 1 {
		t.Errorf("%d stock.low of a row that is low from its first version", len(low))
	}
}

func testTransferOrderAddsUpLines(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	s.stocked("p-2", "MAD-001", 40)
	order := s.requested(madridToBarcelona + `"lines": [{"product_id": "p-1", "quantity": 1}, {"product_id": "p-2", "quantity": 2},
		{"sku": "SKU p-1", "quantity": 3}]`)
	if want := []transferOrderLine{{ProductID: "p-1", Quantity: 4}, {ProductID: "p-2", Quantity: 2}}; !slices.Equal(order.Lines, want) {
		t.Errorf("lines %+v", order.Lines)
	}
}

func testTransferOrderIsCancelled(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	requested := s.requested(madridToBarcelona + tenOfOne)
	if got := s.acted(requested, "cancel", `{"reason": "not needed"}`); got.Status != "cancelled" {
		t.Errorf("cancelled: %+v", got)
	}
	shipped := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
	if got := s.acted(shipped, "cancel", ""); got.Status != "cancelled" || got.Lines[0] != (transferOrderLine{ProductID: "p-1", Quantity: 10}) {
		t.Errorf("cancelled after its ship: %+v", got)
	}
	s.wantRow("p-1", "MAD-001", 40, 0, 3)
	s.wantOnTheWay("p-1", "BCN-001", 0)
	delivery := s.acted(s.requested(`"supplier": "Tea & Co.", "to_store_id": "BCN-001", `+tenOfOne), "ship", "")
	s.acted(delivery, "cancel", "")
	s.wantOnTheWay("p-1", "BCN-001", 0)
	for _, lost := range []string{`"received": 1`, `"lost": 1`, `"received": 1, "damaged": 1`} {
		order := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
		s.acted(order, "receive", `{"lines": [{"product_id": "p-1", `+lost+`}]}`)
		httpapitest.WantProblem(t, s.act(order, "cancel", ""), 409, problem.InvalidState)
	}
}

func testTransferOrderShipsAllOrNone(t *testing.T) {
	s := openShop(t)
	for i, quantity := range []int64{5, 40, 7} {
		s.stocked(fmt.Sprintf("p-%d", i+1), "MAD-001", quantity)
	}
	s.hold("r-1", "p-3", "MAD-001", 4)
	order := s.requested(madridToBarcelona + `"lines": [{"product_id": "p-1", "quantity": 6}, {"product_id": "p-2", "quantity": 40},
		{"product_id": "p-3", "quantity": 4}]`)
	before := len(s.events(""))
	w := s.act(order, "ship", "")
	wantShort(t, w, 5, 6)
	var d struct {
		Lines json.RawMessage `json:"lines"`
	}
	const want = `[{"line":0,"product_id":"p-1","store_id":"MAD-001","requested":6,"available":5},` +
		`{"line":2,"product_id":"p-3","store_id":"MAD-001","requested":4,"available":3}]`
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || string(d.Lines) != want {
		t.Errorf("lines %s, want %s (%v)", d.Lines, want, err)
	}
	if n := len(s.events("")) - before; n != 0 {
		t.Errorf("a refused ship left %d events", n)
	}
	s.wantRow("p-2", "MAD-001", 40, 0, 1)
}

func testTransferOrderReceivesNoMore(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	order := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
	for _, line := range []string{`"received": 11`, `"received": 11, "damaged": 11`, `"lost": 11`, `"received": 8, "damaged": 4, "lost": 3`} {
		w := s.act(order, "receive", `{"lines": [{"product_id": "p-1", `+line+`}]}`)
		httpapitest.WantProblem(t, w, 409, problem.InvalidState)
		if !strings.Contains(w.Body.String(), `"on_the_way":10`) {
			t.Errorf("no numbers in %s", w.Body)
		}
	}
	httpapitest.WantProblem(t, s.act(order, "receive", `{"lines": [{"product_id": "p-9", "received": 1}]}`), 404, problem.NotFound)
	httpapitest.WantInvalid(t, s.act(order, "receive", `{"lines": [{"product_id": "p-1", "received": 1, "damaged": 2}]}`), "lines.0.damaged")
	s.wantOnTheWay("p-1", "BCN-001", 10)
	s.acted(order, "receive", `{"lines": [{"product_id": "p-1", "received": 10}]}`)
	httpapitest.WantProblem(t, s.act(order, "receive", `{"lines": [{"product_id": "p-1", "received": 1}]}`), 409, problem.InvalidState)
}

func testTransferOrderRefusesAWrongState(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	order := s.requested(madridToBarcelona + tenOfOne)
	const receive = `{"lines": [{"product_id": "p-1", "received": 1}]}`
	httpapitest.WantProblem(t, s.act(order, "receive", receive), 409, problem.InvalidState)
	s.acted(order, "ship", "")
	httpapitest.WantProblem(t, s.act(order, "ship", ""), 409, problem.InvalidState)
	s.acted(order, "cancel", "")
	for _, call := range []string{"ship", "cancel"} {
		httpapitest.WantProblem(t, s.act(order, call, ""), 409, problem.InvalidState)
	}
	httpapitest.WantProblem(t, s.act(order, "receive", receive), 409, problem.InvalidState)
	for call, body := range map[string]string{"ship": "", "cancel": "", "receive": receive} {
		httpapitest.WantProblem(t, s.act(transferOrder{ID: unknown}, call, body), 404, problem.NotFound)
	}
	httpapitest.WantProblem(t, s.do("GET", transfersPath+"/x", ""), 404, problem.NotFound)
	s.wantRow("p-1", "MAD-001", 40, 0, 3)
}

func testTransferOrderRefusesInvalidInput(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	for body, fields := range map[string][]string{
		`{}`: {"to_store_id", "from_store_id", "to_store_id", "lines"},
		`{"from_store_id": "MAD-001", "to_store_id": "MAD-001", ` + tenOfOne + `}`:                                  {"to_store_id"},
		`{"from_store_id": "MAD-001", "supplier": "s", "to_store_id": "BCN-001", ` + tenOfOne + `}`:                 {"supplier"},
		`{"from_store_id": "", "supplier": "s", "to_store_id": "BCN-001", ` + tenOfOne + `}`:                        {"from_store_id"},
		`{"from_store_id": "MAD-001", "supplier": "", "to_store_id": "BCN-001", ` + tenOfOne + `}`:                  {"supplier"},
		`{` + madridToBarcelona + `"reference": "", ` + tenOfOne + `}`:                                              {"reference"},
		`{"supplier": " ", "to_store_id": "BCN-001", ` + tenOfOne + `}`:                                             {"supplier"},
		`{` + madridToBarcelona + `"lines": []}`:                                                                    {"lines"},
		`{` + madridToBarcelona + `"lines": [{"quantity": 0}]}`:                                                     {"lines.0.product_id", "lines.0.quantity"},
		`{` + madridToBarcelona + `"lines": [{"product_id": "p-1", "sku": "s", "quantity": 1}]}`:                    {"lines.0.sku"},
		`{` + madridToBarcelona + `"lines": [{"product_id": "p-1", "sku": "", "quantity": 1}]}`:                     {"lines.0.sku"},
		`{` + madridToBarcelona + `"lines": [{"product_id": "", "sku": "s", "quantity": 1}]}`:                       {"lines.0.product_id"},
		`{` + madridToBarcelona + `"expected_at": "tomorrow", ` + tenOfOne + `}`:                                    {"expected_at"},
		`{` + madridToBarcelona + `"reference": "` + strings.Repeat("r", 129) + `", ` + tenOfOne + `}`:              {"reference"},
		`{` + madridToBarcelona + `"lines": [` + strings.Repeat(`{"quantity": 1}, `, 100) + `{}]}`:                  {"lines"},
		`{` + madridToBarcelona + `"lines": [{"product_id": "p-1", "quantity": 1000000000}, ` + tenOfOne[10:] + `}`: {"lines"},
	} {
		httpapitest.WantInvalid(t, s.do("POST", transfersPath, body), fields...)
	}
	w := s.do("POST", transfersPath, `{`+madridToBarcelona+`"lines": [{"product_id": "p-1", "quantity": 1}, {"product_id": "p-9", "quantity": 1}]}`)
	httpapitest.WantProblem(t, w, 404, problem.NotFound)
	if !strings.Contains(w.Body.String(), `"line":1`) {
		t.Errorf("the line is not named: %s", w.Body)
	}
	order := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
	for body, fields := range map[string][]string{
		`{}`:                                 {"lines"},
		`{"lines": []}`:                      {"lines"},
		`{"lines": [{"product_id": "p-1"}]}`: {"lines"},
		`{"lines": [{"received": 1}]}`:       {"lines.0.product_id"},
		`{"lines": [{"product_id": "p-1", "received": 2, "lost": -1}]}`:                       {"lines.0.lost"},
		`{"lines": [{"product_id": "p-1", "received": 1}, {"product_id": "p-1", "lost": 1}]}`: {"lines.1.product_id"},
	} {
		httpapitest.WantInvalid(t, s.act(order, "receive", body), fields...)
	}
	httpapitest.WantInvalid(t, s.act(order, "cancel", `{"reason": "sale"}`), "reason")
	httpapitest.WantInvalid(t, s.act(order, "ship", `{"lines": []}`), "lines")
	for query, field := range map[string]string{
		"?status=lost": "status", "?status=": "status", "?store_id=": "store_id", "?store_id=.": "store_id", "?limit=0": "limit",
		"?cursor=x": "cursor", "?offset=1": "offset", "?status=shipped&status=shipped": "status",
	} {
		httpapitest.WantInvalid(t, s.do("GET", transfersPath+query, ""), field)
	}
}

func testTransferOrderGoesUpToTheMaximum(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 1_000_000_000)
	s.stocked("p-1", "BCN-001", 1_000_000_000)
	full := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
	httpapitest.WantProblem(t, s.act(full, "receive", `{"lines": [{"product_id": "p-1", "received": 1}]}`), 409, problem.Conflict)
	s.acted(full, "receive", `{"lines": [{"product_id": "p-1", "lost": 1}]}`)
	back := s.acted(s.requested(madridToBarcelona+tenOfOne), "ship", "")
	httpapitest.Decode[item](t, s.do("POST", "/api/v1/stock/p-1/MAD-001/adjust", `{"adjustment": 20}`), 200)
	httpapitest.WantProblem(t, s.act(back, "cancel", ""), 409, problem.Conflict)
	s.wantOnTheWay("p-1", "BCN-001", 19)
	more := s.requested(`"supplier": "s", "to_store_id": "BCN-001", "lines": [{"product_id": "p-1", "quantity": 999999982}]`)
	httpapitest.WantProblem(t, s.act(more, "ship", ""), 409, problem.Conflict)
}

func testTransferOrderOfADeletedProduct(t *testing.T) {
	s := openShop(t)
	s.stocked("p-1", "MAD-001", 40)
	order := s.requested(madridToBarcelona + tenOfOne)
	s.catalog.remove("p-1")
	s.apply(deleted, "p-1", "", 2)
	httpapitest.WantProblem(t, s.act(order, "ship", ""), 409, problem.ProductDeleted)
	httpapitest.WantProblem(t, s.do("POST", transfersPath, `{`+madridToBarcelona+tenOfOne+`}`), 404, problem.NotFound)
}
