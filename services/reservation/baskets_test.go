package reservation_test

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// rowLine is a line of a request for units of p-1.
func rowLine(store string, quantity int64) string {
	return fmt.Sprintf(`{"product_id": "p-1", "store_id": %q, "quantity": %d}`, store, quantity)
}

// basketBody asks for lines; more are further members.
func basketBody(more string, lines ...string) string {
	return fmt.Sprintf(`{"customer_id": "c-1", "lines": [%s]%s}`, strings.Join(lines, ", "), more)
}

// twoStores asks for two units in MAD-001 and three in BCN-001.
func twoStores(more ...string) string {
	return basketBody(strings.Join(more, ""), rowLine("MAD-001", 2), rowLine("BCN-001", 3))
}

// basketLine is a line of p-1 that was granted as requested, and then ended.
func basketLine(store string, quantity, confirmed, released int64) line {
	return line{ProductID: "p-1", StoreID: store, Quantity: quantity, Requested: quantity, Confirmed: confirmed, Released: released}
}

func TestBasket(t *testing.T) {
	t.Run("is created and ends as a whole", testBasketEnds)
	t.Run("is granted in part", testBasketInPart)
	t.Run("asks stock to choose", testBasketChoice)
	t.Run("of one row is the single form", testBasketOfOneRow)
	t.Run("is refused with every short line", testBasketShort)
	t.Run("is refused for its rows", testBasketRows)
	t.Run("is refused when invalid", testBasketInvalid)
	t.Run("has a key for the whole request", testBasketKey)
	t.Run("is seen by keys of all its stores", testBasketAccess)
	t.Run("is repaired as it was granted", testBasketRepair)
	t.Run("is taken over from its hold", testBasketTakenOver)
	t.Run("is aborted as a whole", testBasketAborted)
	t.Run("of 100 lines with rankings of 50 stores", testBasketOfManyLines)
}

func (d *desk) basket(body string, headers ...string) order {
	d.t.Helper()
	return httpapitest.Decode[order](d.t, d.do("POST", base, body, headers...), 201)
}

func testBasketEnds(t *testing.T) {
	for end, want := range map[string]struct {
		status string
		lines  []line
	}{
		"confirm": {"confirmed", []line{basketLine("MAD-001", 2, 2, 0), basketLine("BCN-001", 3, 3, 0)}},
		"cancel":  {"cancelled", []line{basketLine("MAD-001", 2, 0, 2), basketLine("BCN-001", 3, 0, 3)}},
		"expire":  {"expired", []line{basketLine("MAD-001", 2, 0, 2), basketLine("BCN-001", 3, 0, 3)}},
	} {
		t.Run(end, func(t *testing.T) {
			d := openDesk(t)
			d.running()
			w := d.do("POST", base, twoStores(`, "ttl_seconds": 20`))
			if strings.Contains(w.Body.String(), `{"id"`) && strings.Count(w.Body.String(), "product_id") != 2 {
				t.Errorf("the response has the fields of a single line: %s", w.Body)
			}
			r := httpapitest.Decode[order](t, w, 201)
			d.wantOrder(order{ID: r.ID, Status: "pending", Lines: []line{basketLine("MAD-001", 2, 0, 0), basketLine("BCN-001", 3, 0, 0)}, Version: 1})
			if h := d.stock.last(); len(h.Lines) != 2 || h.Request != nil {
				t.Errorf("asked for %+v, which a stock of the previous release does not know", h)
			}
			if end == "expire" {
				d.armed(20 * time.Second)
				d.clock.Advance(20 * time.Second)
				d.expired(1)
			} else {
				httpapitest.Decode[order](t, d.do("POST", base+"/"+r.ID+"/"+end, ""), 200)
			}
			d.wantOrder(order{ID: r.ID, Status: want.status, Lines: want.lines, Version: 2})
			settled := map[string]protocol.Hold{"confirm": protocol.HoldCommitted, "cancel": protocol.HoldReleased}
			if state := d.stock.state(r.ID); settled[end] != "" && state != settled[end] {
				t.Errorf("the hold is %s", state)
			}
			for _, e := range d.events("") {
				if payload := string(e.Payload); e.StoreID != "" || strings.HasPrefix(payload, `{"reservation_id":"`+r.ID+`","product_id"`) ||
					strings.Count(payload, `"store_id"`) != 2 {
					t.Errorf("event of %q: %s", e.StoreID, e.Payload)
				}
			}
		})
	}
}

func testBasketInPart(t *testing.T) {
	d := openDesk(t)
	d.stock.units["p-1 VLC-001"] = 0
	body := basketBody(`, "on_shortage": "partial", "reference": "order-7"`, rowLine("VLC-001", 4), rowLine("MAD-001", 1002), rowLine("BCN-001", 3))
	r := d.basket(body, "Idempotency-Key", "k")
	none := line{ProductID: "p-1", StoreID: "VLC-001", Requested: 4}
	some := line{ProductID: "p-1", StoreID: "MAD-001", Quantity: 1000, Requested: 1002}
	// A line that was granted nothing keeps its place, also when it is the first one.
	want := []line{none, some, basketLine("BCN-001", 3, 0, 0)}
	if got := d.order(r.ID).Lines; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if again := d.basket(body, "Idempotency-Key", "k"); !reflect.DeepEqual(again, r) {
		t.Errorf("the repeated request got %+v, the first one %+v", again, r)
	}
	httpapitest.Decode[order](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
	for i := range want {
		want[i].Confirmed = want[i].Quantity
	}
	if got := d.order(r.ID).Lines; !reflect.DeepEqual(got, want) {
		t.Errorf("confirmed: got %+v, want %+v", got, want)
	}
	d.stock.units["p-1 BCN-001"] = 0
	p := httpapitest.WantProblem(t, d.do("POST", base, body), 409, problem.InsufficientStock)
	if p.Available == nil || *p.Available != 0 {
		t.Errorf("problem %+v", p)
	}
}

func testBasketChoice(t *testing.T) {
	d := openDesk(t)
	d.do("POST", base, basketBody(`, "sourcing": "fewest_stores", "reference": "order-8"`,
		`{"sku": "TEA-1", "stores": ["MAD-001", "BCN-001"], "quantity": 3}`, `{"sku": "Cafe\u0301", "store_id": "VLC-001", "quantity": 1}`))
	want := stockwire.Request{
		Reference: "order-8", OnShortage: "reject", Sourcing: "fewest_stores",
		Lines: []stockwire.RequestLine{
			{SKU: "TEA-1", Stores: []string{"MAD-001", "BCN-001"}, Quantity: 3}, {SKU: "Caf\u00e9", StoreID: "VLC-001", Quantity: 1},
		},
	}
	if h := d.stock.last(); !reflect.DeepEqual(h.Request, &want) || len(h.Lines) != 0 {
		t.Errorf("asked for %+v %+v", h.Request, h.Lines)
	}
	// Rows that are named twice are added up by stock.
	d.do("POST", base, basketBody("", rowLine("MAD-001", 1), rowLine("MAD-001", 2)))
	if h := d.stock.last(); h.Request == nil || len(h.Request.Lines) != 2 {
		t.Errorf("asked for %+v", h)
	}
}

func testBasketOfOneRow(t *testing.T) {
	d := openDesk(t)
	r := httpapitest.Decode[item](t, d.do("POST", base, basketBody(`, "sourcing": "ranked"`, rowLine("MAD-001", 3))), 201)
	if r.ProductID != "p-1" || r.StoreID != "MAD-001" || r.Quantity != 3 {
		t.Errorf("got %+v", r)
	}
	row := stockwire.Line{ProductID: "p-1", StoreID: "MAD-001", Quantity: 3}
	if h := d.stock.last(); h.Request != nil || !slices.Equal(h.Lines, []stockwire.Line{row}) {
		t.Errorf("asked for %+v", h)
	}
	r = httpapitest.Decode[item](t, d.do("POST", base, basketBody(`, "on_shortage": "partial"`, rowLine("MAD-001", 1000))), 201)
	part := line{ProductID: "p-1", StoreID: "MAD-001", Quantity: 997, Requested: 1000}
	if d.wantOrder(order{ID: r.ID, Status: "pending", Version: 1, Lines: []line{part}}); r.Quantity != 997 {
		t.Errorf("got %+v", r)
	}
}

// shortage is the refusal of a basket.
type shortage struct {
	Available int64 `json:"available"`
	Requested int64 `json:"requested"`
	Line      *int  `json:"line"`
	Lines     []struct {
		Line      int    `json:"line"`
		ProductID string `json:"product_id"`
		StoreID   string `json:"store_id"`
		Requested int64  `json:"requested"`
		Available int64  `json:"available"`
	} `json:"lines"`
	Detail string `json:"detail"`
}

func testBasketShort(t *testing.T) {
	d := openDesk(t)
	d.stock.units["p-1 VLC-001"] = 1
	w := d.do("POST", base, basketBody("", rowLine("MAD-001", 1001), rowLine("BCN-001", 3), rowLine("VLC-001", 2)))
	httpapitest.WantProblem(t, w, 409, problem.InsufficientStock)
	p := httpapitest.Decode[shortage](t, w, 409)
	if got := fmt.Sprint(p.Available, p.Requested, p.Lines); got != "1000 1001 [{0 p-1 MAD-001 1001 1000} {2 p-1 VLC-001 2 1}]" {
		t.Errorf("refused with %s", got)
	}
	// Also with one line, in any form.
	for _, text := range []string{body(1001), basketBody("", rowLine("MAD-001", 1001))} {
		p := httpapitest.Decode[shortage](t, d.do("POST", base, text), 409)
		if got := fmt.Sprint(p.Available, p.Requested, p.Lines); got != "1000 1001 [{0 p-1 MAD-001 1001 1000}]" {
			t.Errorf("%s refused with %s", text, got)
		}
	}
	if len(d.events("")) > 0 || d.stock.available() != 1000 {
		t.Errorf("%d events, %d units", len(d.events("")), d.stock.available())
	}
}

func testBasketRows(t *testing.T) {
	d := openDesk(t)
	d.stock.units["p-9 MAD-001"], d.stock.deleted["p-9"] = 5, true
	for _, test := range []struct {
		body   string
		status int
		code   problem.Code
		words  string
		line   int
	}{
		{basketBody("", rowLine("MAD-001", 1), rowLine("SVQ-001", 1)), 404, problem.NotFound, "line 1: of product p-1 in store SVQ-001", 1},
		{
			basketBody(`, "on_shortage": "partial"`, `{"product_id": "p-9", "store_id": "MAD-001", "quantity": 1}`, rowLine("MAD-001", 1)),
			409, problem.ProductDeleted, "Line 0: product p-9 was deleted", 0,
		},
	} {
		w := d.do("POST", base, test.body)
		httpapitest.WantProblem(t, w, test.status, test.code)
		if p := httpapitest.Decode[shortage](t, w, test.status); !strings.Contains(p.Detail, test.words) || p.Line == nil || *p.Line != test.line {
			t.Errorf("got %s, want %q", w.Body, test.words)
		}
	}
}

func testBasketInvalid(t *testing.T) {
	d := openDesk(t)
	quoted := func(n int) string {
		stores := make([]string, n)
		for i := range stores {
			stores[i] = fmt.Sprintf(`"S-%d"`, i)
		}
		return "[" + strings.Join(stores, ",") + "]"
	}
	of := func(members string) string {
		return basketBody("", `{"product_id": "p-1", `+members+`, "quantity": 1}`)
	}
	mad := rowLine("MAD-001", 1)
	for text, fields := range map[string][]string{
		basketBody(""): {"lines"},
		basketBody("", slices.Repeat([]string{mad}, 101)...):                            {"lines"},
		basketBody(`, "product_id": "p-1"`, mad):                                        {"product_id"},
		basketBody(`, "quantity": 1, "store_id": "MAD-001"`, mad):                       {"store_id", "quantity"},
		body(1, `, "on_shortage": "partial", "sourcing": "ranked"`):                     {"on_shortage", "sourcing"},
		basketBody(`, "on_shortage": "some"`, mad):                                      {"on_shortage"},
		basketBody(`, "on_shortage": ""`, mad):                                          {"on_shortage"},
		basketBody(`, "sourcing": "nearest"`, mad):                                      {"sourcing"},
		basketBody(`, "sourcing": ""`, mad):                                             {"sourcing"},
		basketBody(`, "reference": ""`, mad):                                            {"reference"},
		basketBody(`, "ttl_seconds": 0`, mad):                                           {"ttl_seconds"},
		strings.Replace(basketBody("", mad), "c-1", "", 1):                              {"customer_id"},
		basketBody("", `7`):                                                             {"lines.0"},
		basketBody("", mad, `null`):                                                     {"lines.1"},
		basketBody("", mad, rowLine("MAD-001", 0)):                                      {"lines.1.quantity"},
		basketBody("", rowLine("MAD-001", 1_000_000_001)):                               {"lines.0.quantity"},
		basketBody("", `{"product_id": "p-1", "store_id": "MAD-001"}`):                  {"lines.0.quantity"},
		basketBody("", rowLine("MAD 001", 1)):                                           {"lines.0.store_id"},
		of(`"units": 1, "store_id": "MAD-001"`):                                         {"lines.0.units"},
		of(`"store_id": ""`):                                                            {"lines.0.store_id"},
		of(`"store_id": null`):                                                          {"lines.0.store_id"},
		of(`"stores": []`):                                                              {"lines.0.stores"},
		of(`"stores": ["MAD-001", "MAD-001"]`):                                          {"lines.0.stores"},
		of(`"stores": ` + quoted(51)):                                                   {"lines.0.stores"},
		of(`"stores": [""]`):                                                            {"lines.0.stores"},
		of(`"stores": ["MAD-001"], "store_id": "MAD-001"`):                              {"lines.0.stores"},
		of(`"sku": "X", "store_id": "MAD-001"`):                                         {"lines.0.sku"},
		of(`"sku": "", "store_id": "MAD-001"`):                                          {"lines.0.sku"},
		basketBody("", `{"sku": "a\u0007b", "store_id": "MAD-001", "quantity": 1}`):     {"lines.0.sku"},
		basketBody("", `{"store_id": "MAD-001", "quantity": 1}`):                        {"lines.0.product_id"},
		strings.Replace(of(`"store_id": "MAD-001"`), "p-1", strings.Repeat("p", 65), 1): {"lines.0.product_id"},
		basketBody(`, "sourcing": "single_store"`, `{"product_id": "p-1", "stores": ["MAD-001", "BCN-001"], "quantity": 1}`,
			`{"product_id": "p-1", "stores": ["BCN-001", "MAD-001"], "quantity": 1}`): {"lines.1.stores"},
		basketBody(`, "sourcing": "fewest_stores"`, `{"product_id": "p-1", "stores": `+quoted(50)+`, "quantity": 1}`,
			`{"product_id": "p-1", "stores": `+strings.ReplaceAll(quoted(50), "S-", "T-")+`, "quantity": 1}`,
			`{"product_id": "p-1", "stores": ["U-1"], "quantity": 1}`): {"lines"},
	} {
		t.Run(text[:min(len(text), 150)], func(t *testing.T) { httpapitest.WantInvalid(t, d.do("POST", base, text), fields...) })
	}
	if len(d.stock.asked) > 0 || len(d.events("")) > 0 {
		t.Errorf("stock was asked %d times, there are %d events", len(d.stock.asked), len(d.events("")))
	}
}

func testBasketKey(t *testing.T) {
	d := openDesk(t)
	key := []string{"Idempotency-Key", "k"}
	first := d.basket(twoStores(), key...)
	if again := d.basket(twoStores(), key...); !reflect.DeepEqual(again, first) || len(d.stock.requests()) != 1 {
		t.Errorf("again %+v, first %+v, %d requests", again, first, len(d.stock.requests()))
	}
	for _, other := range []string{
		twoStores(`, "on_shortage": "partial"`), twoStores(`, "reference": "x"`), basketBody("", rowLine("BCN-001", 3), rowLine("MAD-001", 2)),
		basketBody("", rowLine("MAD-001", 2)), body(2),
	} {
		httpapitest.WantProblem(t, d.do("POST", base, other, key...), 422, problem.IdempotencyKeyReused)
	}
}

func testBasketAccess(t *testing.T) {
	d := openDesk(t)
	r := d.basket(twoStores())
	ranked := basketBody("", `{"product_id": "p-1", "stores": ["MAD-001", "BCN-001"], "quantity": 1}`)
	count := func(w *httptest.ResponseRecorder) int {
		return len(httpapitest.Decode[list](t, w, 200).Reservations)
	}
	for _, key := range []string{"k-madrid", "k-two", admin} {
		want, status, created := 0, 404, 403
		if key != "k-madrid" {
			want, status, created = 1, 200, 201
		}
		for _, path := range []string{"/store/MAD-001/pending", "/product/p-1/store/MAD-001?status=pending"} {
			w := d.as(key, "GET", base+path, "")
			if got := count(w); got != want || httpapitest.Decode[list](t, w, 200).Total != int64(want) {
				t.Errorf("%s: %s has %d reservations: %s", key, path, got, w.Body)
			}
		}
		if w := d.as(key, "GET", base+"/"+r.ID, ""); w.Code != status {
			t.Errorf("%s: got %d", key, w.Code)
		}
		for _, text := range []string{twoStores(), ranked} {
			if w := d.as(key, "POST", base, text); w.Code != created {
				t.Errorf("%s: created %d %s", key, w.Code, w.Body)
			} else if created == 201 {
				id := httpapitest.Decode[order](t, w, 201).ID
				httpapitest.Decode[order](t, d.as(key, "POST", base+"/"+id+"/cancel", ""), 200)
			}
		}
	}
	httpapitest.WantProblem(t, d.as("k-madrid", "POST", base+"/"+r.ID+"/confirm", ""), 404, problem.NotFound)
}

func testBasketOfManyLines(t *testing.T) {
	d := openDesk(t)
	var lines, ranked []string
	var want []line
	for i := range 100 {
		product := fmt.Sprintf("p-%d", 99-i)
		d.stock.units[product+" MAD-001"] = 5
		lines = append(lines, fmt.Sprintf(`{"product_id": %q, "store_id": "MAD-001", "quantity": 2}`, product))
		want = append(want, line{ProductID: product, StoreID: "MAD-001", Quantity: 2, Requested: 2})
		var stores []string
		for store := range 50 {
			stores = append(stores, fmt.Sprintf(`"S-%d"`, store))
		}
		ranked = append(ranked, fmt.Sprintf(`{"product_id": %q, "stores": [%s], "quantity": 2}`, product, strings.Join(stores, ",")))
	}
	r := d.basket(basketBody("", lines...))
	d.wantOrder(order{ID: r.ID, Status: "pending", Lines: want, Version: 1})
	httpapitest.WantProblem(t, d.do("POST", base, basketBody("", ranked...)), 404, problem.NotFound) // the fake knows rows only
	if h := d.stock.last(); h.Request == nil || len(h.Request.Lines) != 100 || len(h.Request.Lines[99].Stores) != 50 {
		t.Errorf("asked for %d lines", len(h.Request.Lines))
	}
}
