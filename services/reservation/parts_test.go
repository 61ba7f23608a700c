package reservation_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// part is a body with units of p-1 in MAD-001; more are further members.
func part(quantity int64, more ...string) string {
	return fmt.Sprintf(`{"lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": %d}]%s}`, quantity, strings.Join(more, ""))
}

// sendEnd sends a confirm, cancel, extend or return.
func (d *desk) sendEnd(id, verb, body string, headers ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	return d.do("POST", base+"/"+id+"/"+verb, body, headers...)
}

// wantLine expects a reservation of 10 units to have this status, version and units
// sold, given back and returned, and its hold to have the same.
func (d *desk) wantLine(id, status string, version, confirmed, released, returned int64) {
	d.t.Helper()
	d.wantOrder(order{ID: id, Status: status, Version: version, Lines: []line{{
		ProductID: "p-1", StoreID: "MAD-001", Quantity: 10, Requested: 10, Confirmed: confirmed, Released: released, Returned: returned,
	}}})
	if l := d.stock.line(id); l.Committed != confirmed || l.Released != released || l.Returned != returned {
		d.t.Errorf("the hold has %+v, want %d sold, %d given back, %d returned", l, confirmed, released, returned)
	}
}

func TestParts(t *testing.T) {
	t.Run("usual case", testPartsUsualCase)
	t.Run("expire", testPartsExpire)
	t.Run("in events", testPartsInEvents)
	t.Run("refuses", testPartsRefuses)
	t.Run("repeated", testPartsRepeated)
	t.Run("with a stock of the release before", testPartsOldStock)
	t.Run("whose settlement was lost", testPartsLostSettlement)
}

func testPartsUsualCase(t *testing.T) {
	const keep, release = `, "remainder": "keep"`, `, "remainder": "release"`
	type step struct {
		verb, body                    string
		status                        string
		confirmed, released, returned int64
	}
	for name, steps := range map[string][]step{
		"sells some and gives the rest back":   {{"confirm", part(3), "confirmed", 3, 7, 0}},
		"says that it gives the rest back":     {{"confirm", part(3, release), "confirmed", 3, 7, 0}},
		"sells all, named":                     {{"confirm", part(10), "confirmed", 10, 0, 0}},
		"keeps nothing":                        {{"confirm", part(10, keep), "confirmed", 10, 0, 0}},
		"sells some, then some, then the rest": {{"confirm", part(3, keep), "pending", 3, 0, 0}, {"confirm", part(2, keep), "pending", 5, 0, 0}, {"confirm", "", "confirmed", 10, 0, 0}},
		"sells some, then cancels":             {{"confirm", part(3, keep), "pending", 3, 0, 0}, {"cancel", "", "confirmed", 3, 7, 0}},
		"gives some back, then sells":          {{"cancel", part(4), "pending", 0, 4, 0}, {"confirm", "", "confirmed", 6, 4, 0}},
		"gives some back, then all":            {{"cancel", part(4), "pending", 0, 4, 0}, {"cancel", part(6, `, "reason": "sold out"`), "cancelled", 0, 10, 0}},
		"is extended in between":               {{"cancel", part(4), "pending", 0, 4, 0}, {"extend", `{"ttl_minutes": 60}`, "pending", 0, 4, 0}, {"confirm", part(1), "confirmed", 1, 9, 0}},
		"takes units back": {
			{"confirm", "", "confirmed", 10, 0, 0},
			{"return", part(2), "confirmed", 10, 0, 2},
			{"return", part(3, `, "restock": false`), "confirmed", 10, 0, 5},
			{"return", part(5), "confirmed", 10, 0, 10},
		},
		"takes units back while others are held": {
			{"confirm", part(3, keep), "pending", 3, 0, 0}, {"return", part(2), "pending", 3, 0, 2}, {"confirm", "", "confirmed", 10, 0, 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			r := d.reserve(10)
			for i, s := range steps {
				d.clock.Advance(time.Second)
				w := d.sendEnd(r.ID, s.verb, s.body)
				shown := httpapitest.Decode[item](t, w, 200)
				if shown.UpdatedAt != d.get(r.ID).UpdatedAt || shown.Quantity != 10 || shown.Status != s.status {
					t.Errorf("%s %s: got %+v", s.verb, s.body, shown)
				}
				d.wantLine(r.ID, s.status, int64(i)+2, s.confirmed, s.released, s.returned)
			}
		})
	}
}

// testPartsExpire: the units that are still held expire, those that are sold stay so.
func testPartsExpire(t *testing.T) {
	d := openDesk(t)
	sold, left := d.reserve(10), d.reserve(10)
	d.sendEnd(sold.ID, "confirm", part(3, `, "remainder": "keep"`))
	d.sendEnd(left.ID, "cancel", part(3))
	d.expire(left.ID)
	d.wantLine(left.ID, "expired", 3, 0, 10, 0)
	d.wantLine(sold.ID, "confirmed", 3, 3, 7, 0)
	for _, verb := range []string{"confirm", "cancel"} {
		httpapitest.WantProblem(t, d.sendEnd(sold.ID, verb, ""), 409, problem.ReservationExpired)
		httpapitest.WantProblem(t, d.sendEnd(sold.ID, verb, part(1)), 409, problem.ReservationExpired)
	}
	httpapitest.WantProblem(t, d.sendEnd(sold.ID, "extend", `{"ttl_minutes": 1}`), 409, problem.ReservationExpired)
	httpapitest.Decode[item](t, d.sendEnd(sold.ID, "return", part(1)), 200)
	d.wantLine(sold.ID, "confirmed", 4, 3, 7, 1)
}

func testPartsInEvents(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(10)
	d.sendEnd(r.ID, "confirm", part(3, `, "remainder": "keep"`))
	d.sendEnd(r.ID, "cancel", part(1))
	d.sendEnd(r.ID, "cancel", `{"reason": "sold out"}`)
	d.sendEnd(r.ID, "return", part(2, `, "to_store_id": "BCN-001", "reason": "too small"`))
	const row = `"reservation_id":"ID","product_id":"p-1","store_id":"MAD-001","quantity":10`
	units := func(n int) string {
		return fmt.Sprintf(`"units":[{"product_id":"p-1","store_id":"MAD-001","quantity":%d}]`, n)
	}
	totals := func(status string, confirmed, released, returned int, more string) string {
		return fmt.Sprintf(`"status":"%s","lines":[{"product_id":"p-1","store_id":"MAD-001","requested":10,"quantity":10,"confirmed":%d,"released":%d,"returned":%d,"restocked":0}%s]}`,
			status, confirmed, released, returned, more)
	}
	d.wantEvents("&cursor=1",
		`reservation.updated MAD-001 2 {`+row+`,"customer_id":"c-1","change":"confirmed",`+units(3)+`,`+totals("pending", 3, 0, 0, ""),
		`reservation.updated MAD-001 3 {`+row+`,"customer_id":"c-1","change":"cancelled",`+units(1)+`,"reason":"manual_cancellation",`+totals("pending", 3, 1, 0, ""),
		`reservation.cancelled MAD-001 4 {`+row+`,"reason":"sold out","customer_id":"c-1",`+totals("confirmed", 3, 7, 0, ""),
		`reservation.returned MAD-001 5 {`+row+`,"customer_id":"c-1",`+units(2)+`,"restock":true,"to_store_id":"BCN-001","reason":"too small",`+
			totals("confirmed", 3, 7, 2, `,{"product_id":"p-1","store_id":"BCN-001","requested":0,"quantity":0,"confirmed":0,"released":0,"returned":0,"restocked":2}`))
	d.wantLine(r.ID, "confirmed", 5, 3, 7, 2)
	if units := d.stock.unitsOf("p-1 BCN-001"); units != 1002 {
		t.Errorf("%d units in the other store", units)
	}
}

func testPartsRefuses(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(10)
	d.sendEnd(r.ID, "confirm", part(3, `, "remainder": "keep"`))
	before := len(d.events(""))
	many := strings.Repeat(`{"product_id": "p-1", "store_id": "MAD-001", "quantity": 1},`, 100)
	for _, verb := range []string{"confirm", "cancel", "return"} {
		for body, fields := range map[string][]string{
			`{"lines": []}`: {"lines"}, `{"lines": null}`: {"lines"}, `{"lines": {}}`: {"lines"}, `{"lines": [7]}`: {"lines.0"},
			part(0): {"lines.0.quantity"}, part(-1): {"lines.0.quantity"}, part(1_000_000_001): {"lines.0.quantity"},
			`{"lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 1}, {}]}`:                                                          {"lines.1.product_id", "lines.1.store_id", "lines.1.quantity"},
			`{"lines": [{"product_id": "p-1", "store_id": "M D", "quantity": 1}]}`:                                                                  {"lines.0.store_id"},
			`{"lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 1, "sku": "x"}]}`:                                                  {"lines.0.sku"},
			`{"lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 1.5}]}`:                                                            {"lines.0.quantity"},
			`{"lines": [{"product_id": "p-2", "store_id": "MAD-001", "quantity": 1}]}`:                                                              {"lines.0"},
			`{"lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 1}, {"product_id": "p-1", "store_id": "BCN-001", "quantity": 1}]}`: {"lines.1"},
			`{"lines": [` + many + many[:len(many)-1] + `]}`:                                                                                        {"lines"},
			part(1, `, "remainer": "keep"`): {"remainer"},
		} {
			if w := d.sendEnd(r.ID, verb, body); w.Code != 400 {
				t.Errorf("%s %s: %d %s", verb, body, w.Code, w.Body)
			} else {
				httpapitest.WantInvalid(t, w, fields...)
			}
		}
		httpapitest.WantProblem(t, d.as("k-read", "POST", base+"/"+r.ID+"/"+verb, part(1)), 403, problem.Forbidden)
		httpapitest.WantProblem(t, d.sendEnd(strings.Replace(r.ID, "0", "1", 1), verb, part(1)), 404, problem.NotFound)
	}
	httpapitest.WantInvalid(t, d.sendEnd(r.ID, "confirm", `{"remainder": "keep"}`), "remainder")
	httpapitest.WantInvalid(t, d.sendEnd(r.ID, "confirm", part(1, `, "remainder": "sell"`)), "remainder")
	httpapitest.WantInvalid(t, d.sendEnd(r.ID, "return", part(1, `, "restock": false, "to_store_id": "BCN-001"`)), "to_store_id")
	httpapitest.WantInvalid(t, d.sendEnd(r.ID, "return", part(1, `, "to_store_id": "B N"`)), "to_store_id")
	httpapitest.WantInvalid(t, d.sendEnd(r.ID, "return", part(1, `, "to_store_id": ""`)), "to_store_id")
	httpapitest.WantInvalid(t, d.sendEnd(r.ID, "return", part(1, `, "reason": "aborted"`)), "reason")
	httpapitest.WantProblem(t, d.as("k-madrid", "POST", base+"/"+r.ID+"/return", part(1, `, "to_store_id": "BCN-001"`)), 403, problem.Forbidden)
	twice := `{"lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 4}, {"product_id": "p-1", "store_id": "MAD-001", "quantity": 4}]}`
	for body, want := range map[[2]string][2]int64{
		{"confirm", part(8)}: {7, 8}, {"cancel", part(8)}: {7, 8}, {"cancel", twice}: {7, 8}, {"return", part(4)}: {3, 4}, {"return", twice}: {3, 4},
	} {
		w := d.sendEnd(r.ID, body[0], body[1])
		httpapitest.WantProblem(t, w, 409, problem.InvalidState)
		if text := w.Body.String(); !strings.Contains(text, fmt.Sprintf(`"available":%d`, want[0])) || !strings.Contains(text, fmt.Sprintf(`"requested":%d`, want[1])) {
			t.Errorf("%v: %s, want %v", body, text, want)
		}
	}
	if len(d.events("")) != before {
		t.Errorf("refusals have events: %v", d.events("")[before:])
	}
	d.wantLine(r.ID, "pending", 2, 3, 0, 0)
}

// testPartsRepeated: a request with a key acts once; without one, that of some units
// acts again if enough are held.
func testPartsRepeated(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(10)
	for verb, body := range map[string]string{"confirm": part(2, `, "remainder": "keep"`), "cancel": part(1), "return": part(1)} {
		if verb == "return" {
			d.sendEnd(r.ID, "confirm", part(1, `, "remainder": "keep"`))
		}
		first := d.sendEnd(r.ID, verb, body, "Idempotency-Key", verb)
		again := d.sendEnd(r.ID, verb, body, "Idempotency-Key", verb)
		if first.Code != 200 || again.Code != 200 || first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: %d %s, then %d %s", verb, first.Code, first.Body, again.Code, again.Body)
		}
		httpapitest.WantProblem(t, d.sendEnd(r.ID, verb, part(3), "Idempotency-Key", verb), 422, problem.IdempotencyKeyReused)
	}
	d.wantLine(r.ID, "pending", 5, 3, 1, 1)
	for range 3 { // 2 of the 6 units that are held
		httpapitest.Decode[item](t, d.sendEnd(r.ID, "cancel", part(2)), 200)
	}
	httpapitest.WantProblem(t, d.sendEnd(r.ID, "cancel", part(2)), 409, problem.InvalidState)
	httpapitest.Decode[item](t, d.sendEnd(r.ID, "cancel", ""), 200) // it was a cancel that ended it
	httpapitest.WantProblem(t, d.sendEnd(r.ID, "confirm", ""), 409, problem.InvalidState)
	d.wantLine(r.ID, "confirmed", 8, 3, 7, 1)
}

// testPartsOldStock: a decision that the stock of the release before totals does not
// understand is refused, until a walk has learned that stock takes totals.
func testPartsOldStock(t *testing.T) {
	d := openDesk(t)
	d.stock.old = true
	r, whole := d.reserve(10), d.reserve(10)
	httpapitest.Decode[item](t, d.sendEnd(whole.ID, "confirm", part(10)), 200) // the same as without lines
	wantLater := func(id, verb, body string) {
		t.Helper()
		w := d.sendEnd(id, verb, body)
		httpapitest.WantProblem(t, w, 503, problem.StockUnavailable)
		if w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	wantLater(r.ID, "confirm", part(3))
	wantLater(r.ID, "cancel", part(3))
	wantLater(whole.ID, "return", part(1))
	d.wantLine(r.ID, "pending", 1, 0, 0, 0)
	d.stock.mu.Lock()
	d.stock.old = false
	d.stock.mu.Unlock()
	stop := d.run()
	d.until("a walk has ended", func() bool { return d.sendEnd(r.ID, "cancel", part(3)).Code == 200 })
	stop()
	// It is stored: another instance knows it before it has asked stock.
	d.until("it is stored", func() bool {
		d.reopen()
		return d.sendEnd(r.ID, "cancel", part(1)).Code == 200
	})
}

// testPartsLostSettlement: nothing but the walk notifies stock of a part that was
// sold, and of a return.
func testPartsLostSettlement(t *testing.T) {
	d := openDesk(t)
	r, over := d.reserve(10), d.reserve(10)
	httpapitest.Decode[item](t, d.sendEnd(over.ID, "confirm", ""), 200)
	d.stock.fail(stockwire.SettlementsPath, lostRequest, refused, lostAnswer)
	d.sendEnd(r.ID, "confirm", part(3, `, "remainder": "keep"`))
	d.pause()
	d.sendEnd(over.ID, "return", part(2))
	d.pause()
	d.sendEnd(over.ID, "return", part(2, `, "restock": false`))
	if l := d.stock.line(r.ID); l.Committed != 0 {
		t.Fatalf("stock was told: %+v", l)
	}
	d.clock.Advance(time.Second)
	d.reopen()
	d.walks()
	t.Cleanup(d.run())
	d.until("both are settled", func() bool { return d.stock.line(r.ID).Committed == 3 && d.stock.line(over.ID).Returned == 4 })
	d.until("a walk has ended", func() bool { return d.log.Count("walked the holds") > 0 })
	d.wantLine(r.ID, "pending", 2, 3, 0, 0)
	d.wantLine(over.ID, "confirmed", 4, 10, 0, 4)
	if state := d.stock.state(over.ID); state != protocol.HoldCommitted {
		t.Errorf("the hold is %s", state)
	}
}

// line returns the first line of a hold with its totals.
func (s *stock) line(id string) protocol.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.holds[id]; h != nil && len(h.lines) > 0 {
		return h.lines[0]
	}
	return protocol.Line{}
}

// unitsOf returns the units of a row that are not held.
func (s *stock) unitsOf(row string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.units[row]
}
