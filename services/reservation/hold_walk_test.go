package reservation_test

import (
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
)

// walks lets the walk find the holds that are held.
func (d *desk) walks() {
	d.stock.mu.Lock()
	defer d.stock.mu.Unlock()
	d.stock.lists = true
}

// becomes waits until the hold of a reservation is in a state.
func (d *desk) becomes(id string, want protocol.Hold) {
	d.t.Helper()
	d.until(fmt.Sprintf("the hold of %s is %q", id, want), func() bool { return d.stock.state(id) == want })
}

// until waits for a condition.
func (d *desk) until(what string, holds func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited too long: %s", what)
		}
	}
}

// unsettled makes reservations in each status whose holds are still held, as
// after a kill: the direct calls were lost, and no event arrives.
func (d *desk) unsettled() (pending, confirmed, cancelled item) {
	d.t.Helper()
	pending, confirmed, cancelled = d.reserve(1), d.reserve(2), d.reserve(4)
	for id, verb := range map[string]string{confirmed.ID: "confirm", cancelled.ID: "cancel"} {
		d.stock.fail(stockwire.SettlementsPath, lostRequest)
		if w := d.do("POST", base+"/"+id+"/"+verb, ""); w.Code != 200 {
			d.t.Fatalf("%s: %d %s", verb, w.Code, w.Body)
		}
	}
	d.clock.Advance(time.Second)
	return pending, confirmed, cancelled
}

func TestWalk(t *testing.T) {
	t.Run("after the start", testWalkAfterTheStart)
	t.Run("while stock is away", testWalkWhileStockIsAway)
	t.Run("after a call failed", testWalkAfterACallFailed)
	t.Run("every so often", testWalkEverySoOften)
}

func testWalkAfterTheStart(t *testing.T) {
	d := openDesk(t)
	pending, confirmed, cancelled := d.unsettled()
	orphan := lostHold()
	d.stock.set(orphan, protocol.HoldHeld)
	d.reopen()
	d.walks()
	t.Cleanup(d.run())

	d.becomes(confirmed.ID, protocol.HoldCommitted)
	d.becomes(cancelled.ID, protocol.HoldReleased)
	d.until("a walk has ended", func() bool { return d.log.Count("walked the holds") > 0 })
	d.wantStatus(orphan.ReservationID, "pending")
	if state := d.stock.state(pending.ID); state != protocol.HoldHeld {
		t.Errorf("the hold of a pending reservation is %s", state)
	}
	d.wantMetrics(
		`inventory_hold_walk_settled_total{service="reservation"} 2`, outcomeIs("repaired", "1"),
		`inventory_hold_walks_total{outcome="done",service="reservation"} 1`,
		`inventory_hold_walks_total{outcome="failed",service="reservation"} 0`,
	)
}

// testWalkWhileStockIsAway tries again until stock responds.
func testWalkWhileStockIsAway(t *testing.T) {
	d := openDesk(t)
	_, confirmed, _ := d.unsettled()
	d.reopen()
	d.walks()
	d.stock.fail(heldPath, refused, lostRequest, responding(503, problemType, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`))
	d.running()
	for _, retry := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond} {
		d.armed(retry)
		d.clock.Advance(retry)
	}
	d.becomes(confirmed.ID, protocol.HoldCommitted)
	if n := d.log.Count("the walk of the holds failed"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	d.wantMetrics(`inventory_hold_walks_total{outcome="failed",service="reservation"} 3`)
}

// testWalkAfterACallFailed does not wait for the next of its times.
func testWalkAfterACallFailed(t *testing.T) {
	d := openDesk(t)
	d.walks()
	d.running()
	d.armed(500 * time.Millisecond) // the walk at the start is over
	_, confirmed, cancelled := d.unsettled()
	for _, id := range []string{confirmed.ID, cancelled.ID} {
		d.until("the hold of "+id+" is settled", func() bool {
			if d.stock.state(id) != protocol.HoldHeld {
				return true
			}
			d.clock.Advance(500 * time.Millisecond)
			return false
		})
	}
	d.becomes(confirmed.ID, protocol.HoldCommitted)
	d.becomes(cancelled.ID, protocol.HoldReleased)
	if since := d.clock.Now().Sub(start); since >= walkInterval {
		t.Errorf("settled only after %v", since)
	}
}

// testWalkEverySoOften finds a hold without a failed call.
func testWalkEverySoOften(t *testing.T) {
	d := openDesk(t)
	d.walks()
	d.running()
	d.armed(500 * time.Millisecond)
	d.clock.Advance(500 * time.Millisecond)
	d.armed(walkInterval - 500*time.Millisecond)
	orphan := lostHold()
	orphan.ExpiresAt = "2026-08-01T13:00:00.000Z"
	d.stock.set(orphan, protocol.HoldHeld)
	d.clock.Advance(walkInterval - 500*time.Millisecond)
	d.until("the hold without a reservation is found", func() bool { return len(d.all("")) > 0 })
	d.wantStatus(orphan.ReservationID, "pending")
}
