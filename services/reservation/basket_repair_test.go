package reservation_test

import (
	"reflect"
	"strings"
	"testing"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

const partReference = "order-9"

// partBody asks for more than there is; partHold is its hold, which was not recorded,
// and partLines are the lines that it was granted.
func partBody() string {
	return basketBody(`, "on_shortage": "partial", "reference": "`+partReference+`"`, rowLine("MAD-001", 1200), rowLine("BCN-001", 3))
}

func (d *desk) partHold() stockwire.Hold {
	d.t.Helper()
	mad, bcn := d.stock.units["p-1 MAD-001"], d.stock.units["p-1 BCN-001"]
	d.stock.units["p-1 MAD-001"], d.stock.units["p-1 BCN-001"] = 0, 0
	httpapitest.WantProblem(d.t, d.do("POST", base, partBody(), "Idempotency-Key", "k"), 409, problem.InsufficientStock)
	d.stock.units["p-1 MAD-001"], d.stock.units["p-1 BCN-001"] = mad, bcn
	h := d.stock.last()
	h.Lines = []stockwire.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 900}, {ProductID: "p-1", StoreID: "BCN-001", Quantity: 3}}
	return h
}

func partLines() []line {
	return []line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 900, Requested: 1200}, basketLine("BCN-001", 3, 0, 0)}
}

// testBasketRepair inserts the reservation of a hold whose create broke off; the retry
// with the same key gets it, another request under the key does not.
func testBasketRepair(t *testing.T) {
	d := openDesk(t)
	h := d.partHold()
	d.repair(h)
	want := order{ID: h.ReservationID, Status: "pending", Reference: partReference, Lines: partLines(), Version: 1}
	d.wantOrder(want)
	other := strings.Replace(partBody(), "1200", "1300", 1)
	httpapitest.WantProblem(t, d.do("POST", base, other, "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
	got := d.basket(partBody(), "Idempotency-Key", "k")
	got.ExpiresAt = ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the retry got %+v, want %+v", got, want)
	}
	// Rows without anything to choose travel without a request.
	rows := openDesk(t)
	rows.repair(stockwire.Hold{
		ReservationID: lost, CustomerID: "c-1", TTLSeconds: 600, ExpiresAt: "2026-08-01T12:10:00.000Z",
		Lines: []stockwire.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 2}, {ProductID: "p-1", StoreID: "BCN-001", Quantity: 3}},
	})
	rows.wantOrder(order{ID: lost, Status: "pending", Lines: []line{basketLine("MAD-001", 2, 0, 0), basketLine("BCN-001", 3, 0, 0)}, Version: 1})
}

// testBasketTakenOver retries a create whose hold was granted and not recorded.
func testBasketTakenOver(t *testing.T) {
	d := openDesk(t)
	h := d.partHold()
	d.stock.set(h, protocol.HoldHeld)
	got := d.basket(partBody(), "Idempotency-Key", "k")
	got.ExpiresAt = ""
	want := order{ID: h.ReservationID, Status: "pending", Reference: partReference, Lines: partLines(), Version: 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// testBasketAborted loses the response of stock: all units come back, and the retry
// reserves once. A response without the granted lines counts as lost.
func testBasketAborted(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		lost fault
	}{
		"rows":    {twoStores(), lostAnswer},
		"request": {partBody(), lostAnswer},
		"without lines": {
			partBody(), answerLost(200, "application/json", `{"results": [{"outcome": "granted", "expires_at": "2026-08-01T12:10:00.000Z"}]}`),
		},
		"another line": {twoStores(), answerLost(200, "application/json", `{"results": [{"outcome": "no_row", "line": 2}]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			d.stock.fail(stockwire.HoldsPath, test.lost)
			wantUnavailable(t, d.do("POST", base, test.body, "Idempotency-Key", "k"))
			aborted := d.stock.last().ReservationID
			d.wantAborted(aborted)
			if l := d.order(aborted).Lines; len(l) != 2 || l[0].Released != l[0].Quantity || l[1].Released != 3 {
				t.Errorf("lines %+v", l)
			}
			if d.stock.available() != 1000 || d.stock.units["p-1 BCN-001"] != 1000 {
				t.Errorf("available %v", d.stock.units)
			}
			d.pause()
			if r := d.basket(test.body, "Idempotency-Key", "k"); r.ID == aborted || d.stock.units["p-1 BCN-001"] != 997 {
				t.Errorf("the retry created %+v, available %v", r, d.stock.units)
			}
		})
	}
}
