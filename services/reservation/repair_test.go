package reservation_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

// reserved is the event of a hold.
func (d *desk) reserved(h stockwire.Hold) events.Event {
	d.t.Helper()
	l := h.Lines[0]
	e, err := events.New(events.Meta{ID: "0199f3a0-0000-7000-8000-000000000001", At: start, Version: 2}, inventory.StockReserved{
		ReservationID: h.ReservationID, ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
		CustomerID: h.CustomerID, ExpiresAt: h.ExpiresAt,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// repair makes stock have the hold, and reservation learn of it by the event.
func (d *desk) repair(h stockwire.Hold) {
	d.t.Helper()
	d.stock.set(h, protocol.HoldHeld)
	stop := d.run()
	handle := (<-d.groups.Joined).Handler
	if err := handle(d.t.Context(), d.reserved(h)); err != nil {
		d.t.Errorf("repair: %v", err)
	}
	stop()
}

// lost is the id of a create that broke off.
const lost = "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a07"

func lostHold() stockwire.Hold {
	return stockwire.Hold{
		ReservationID: lost, CustomerID: "c-7", TTLSeconds: 20, ExpiresAt: "2026-08-01T12:00:20.000Z",
		Lines: []stockwire.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 4}},
	}
}

func TestRepair(t *testing.T) {
	t.Run("usual case", testRepairUsualCase)
	t.Run("follows the protocol", testRepairFollowsTheProtocol)
	t.Run("while stock is down", testRepairWhileStockIsDown)
	t.Run("refuses", testRepairRefuses)
}

func testRepairUsualCase(t *testing.T) {
	t.Run("inserts the reservation of an unrecorded hold", func(t *testing.T) {
		d := openDesk(t)
		d.running()
		h := lostHold()
		d.stock.set(h, protocol.HoldHeld)
		d.clock.Advance(9 * time.Second)
		for range 2 { // events may come twice
			if err := d.deliver(d.reserved(h)); err != nil {
				t.Errorf("deliver: %v", err)
			}
		}
		want := item{
			ID: lost, ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-7", Quantity: 4, Status: "pending",
			Actor: "reservation", UpdatedBy: "reservation",
			ExpiresAt: h.ExpiresAt, CreatedAt: "2026-08-01T12:00:09.000Z", UpdatedAt: "2026-08-01T12:00:09.000Z",
		}
		if r := d.get(lost); r != want {
			t.Errorf("repaired %+v, want %+v", r, want)
		}
		if n := d.log.Count("repaired a create that broke off"); n != 1 {
			t.Errorf("logged %d times", n)
		}
		d.wantEvents("", `reservation.created MAD-001 1 {"reservation_id":"ID","product_id":"p-1","store_id":"MAD-001","quantity":4,`+
			`"customer_id":"c-7","expires_at":"2026-08-01T12:00:20.000Z",`+stateOf("pending", 4)+`}`)
		d.armed(11 * time.Second) // so the stock is not lost beyond the TTL
		d.clock.Advance(11 * time.Second)
		d.expired(1)
		d.wantStatus(lost, "expired")
	})
	t.Run("sends no query for reservations that this process recorded", func(t *testing.T) {
		d := openDesk(t)
		r := d.reserve(3)
		h := d.stock.last()
		d.stock.fail(stockwire.HoldsPath, lostAnswer)
		wantUnavailable(t, d.do("POST", base, body(3)))
		for _, hold := range []stockwire.Hold{h, d.stock.last()} {
			if err := d.deliver(d.reserved(hold)); err != nil {
				t.Errorf("deliver: %v", err)
			}
		}
		if n := d.stock.questions(); n > 0 || len(d.all("")) != 2 {
			t.Errorf("stock was asked %d times", n)
		}
		d.wantStatus(r.ID, "pending")
	})
	t.Run("sends no query for reservations in the database", func(t *testing.T) {
		d := openDesk(t)
		d.reserve(3)
		d.reopen() // this process recorded nothing
		if err := d.deliver(d.reserved(d.stock.last())); err != nil || d.stock.questions() > 0 || len(d.events("")) != 1 {
			t.Errorf("stock was asked %d times, %v", d.stock.questions(), err)
		}
	})
}

// testRepairFollowsTheProtocol delivers the event for each status of the row
// and each state of the hold.
func testRepairFollowsTheProtocol(t *testing.T) {
	for status, end := range statuses {
		for _, state := range states {
			t.Run("row "+string(status)+", hold "+string(state), func(t *testing.T) {
				d := openDesk(t)
				h := lostHold()
				if end != nil {
					d.repair(h)
					end(d, h.ReservationID)
				}
				before := d.all("")
				d.stock.set(h, state)
				d.reopen()
				if err := d.deliver(d.reserved(h)); err != nil {
					t.Errorf("deliver: %v", err)
				}
				after := d.all("")
				if protocol.Repair(status, state) {
					if len(after) != 1 || after[0].Status != "pending" || len(before) != 0 {
						t.Errorf("reservations %+v, want it repaired", after)
					}
				} else if len(after) != len(before) || len(after) > 0 && after[0] != before[0] {
					t.Errorf("reservations %+v, want %+v", after, before)
				}
			})
		}
	}
}

func testRepairWhileStockIsDown(t *testing.T) {
	for name, f := range map[string]fault{
		"refused": refused, "lost": lostRequest, "503": responding(503, problemType, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`),
		"401": responding(401, problemType, `{"code": "UNAUTHORIZED", "status": 401}`), "a proxy": responding(404, "text/html", `<html>`),
		"garbage": responding(200, "application/json", `{"reservation_id"`),
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			h := lostHold()
			d.stock.set(h, protocol.HoldHeld)
			d.stock.fail(stockwire.HoldsPath+"/", f)
			if err := d.deliver(d.reserved(h)); !events.IsTemporary(err) {
				t.Errorf("deliver: %v, want a temporary error", err)
			}
			if len(d.all("")) > 0 {
				t.Errorf("reservations %+v", d.all(""))
			}
			if err := d.deliver(d.reserved(h)); err != nil {
				t.Errorf("deliver again: %v", err)
			}
			d.wantStatus(lost, "pending")
		})
	}
}

// TestRepair_lines repairs the hold of a create of several lines.
func TestRepair_lines(t *testing.T) {
	d := openDesk(t)
	h := lostHold()
	h.Lines = append(h.Lines, stockwire.Line{ProductID: "p-1", StoreID: "BCN-001", Quantity: 1})
	d.stock.set(h, protocol.HoldHeld)
	if err := d.deliver(d.reserved(h)); err != nil {
		t.Fatal(err)
	}
	d.wantOrder(order{ID: h.ReservationID, Status: "pending", Version: 1, Lines: []line{
		{ProductID: "p-1", StoreID: "MAD-001", Quantity: h.Lines[0].Quantity, Requested: h.Lines[0].Quantity},
		{ProductID: "p-1", StoreID: "BCN-001", Quantity: 1, Requested: 1},
	}})
	httpapitest.WantProblem(t, d.as("k-madrid", "GET", base+"/"+h.ReservationID, ""), 404, problem.NotFound)
}

func testRepairRefuses(t *testing.T) {
	t.Run("events that are malformed, for good", func(t *testing.T) {
		d := openDesk(t)
		for _, payload := range []string{`{}`, `{"reservation_id": ""}`, `{"reservation_id": 5}`, `[]`} {
			e, err := events.Decode([]byte(`{"id": "e-1", "event_type": "stock.reserved", "aggregate_type": "stock", "aggregate_id": "p-1",` +
				`"created_at": "2026-08-01T12:00:00.000Z", "payload": ` + payload + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if err := d.deliver(e); !errors.Is(err, events.ErrMalformed) || events.IsTemporary(err) {
				t.Errorf("%s: %v", payload, err)
			}
		}
	})
	t.Run("a held hold without lines, for good", func(t *testing.T) {
		d := openDesk(t)
		h := lostHold()
		e := d.reserved(h)
		h.Lines = nil
		d.stock.set(h, protocol.HoldHeld)
		if err := d.deliver(e); err == nil || events.IsTemporary(err) {
			t.Errorf("deliver: %v", err)
		}
	})
	t.Run("while its database is closed, for now", func(t *testing.T) {
		d := openDesk(t)
		h := lostHold()
		d.stock.set(h, protocol.HoldHeld)
		stop := d.run()
		handle := (<-d.groups.Joined).Handler
		stop()
		d.stock.fail(stockwire.HoldsPath+"/", func(*http.Request, func() *http.Response) (*http.Response, error) {
			if err := d.service.Close(); err != nil {
				t.Error(err)
			}
			text, err := json.Marshal(foundHold(h, protocol.HoldHeld))
			return answer(200, "application/json", string(text)), err
		})
		if err := handle(t.Context(), d.reserved(h)); !events.IsTemporary(err) {
			t.Errorf("deliver: %v", err)
		}
		d.open()
	})
}
