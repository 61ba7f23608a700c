package reservation_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
)

// running runs the service with a clock whose timers the test sees.
func (d *desk) running() {
	d.t.Helper()
	d.timers = make(chan time.Duration, 10_000)
	d.clock.NotifyTimers(d.timers)
	d.t.Cleanup(d.run())
	d.handle = (<-d.groups.Joined).Handler
}

// watchdog ends a wait that would otherwise only end with the whole test run.
const watchdog = 30 * time.Second

// armed waits until the service has set a timer for that time from now.
func (d *desk) armed(wait time.Duration) {
	d.t.Helper()
	late := time.After(watchdog)
	for {
		select {
		case got := <-d.timers:
			if got == wait {
				return
			}
		case <-late:
			d.t.Fatalf("no timer was set for %s", wait)
		}
	}
}

// expired waits until so many reservations have expired in all, and returns
// their ids.
func (d *desk) expired(count int) (ids []string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), watchdog)
	defer cancel()
	for n := 0; len(ids) < count; {
		all, err := d.broker.WaitFor(ctx, n+1)
		if err != nil {
			d.t.Fatal(err)
		}
		n, ids = len(all), nil
		for _, e := range all {
			if e.Type == inventory.TypeReservationExpired {
				ids = append(ids, e.AggregateID)
			}
		}
	}
	return ids
}

// expire lets a pending reservation come to its end by the worker.
func (d *desk) expire(id string) {
	d.t.Helper()
	due, err := time.Parse(events.TimeFormat, d.get(id).ExpiresAt)
	if err != nil {
		d.t.Fatal(err)
	}
	d.clock.Advance(due.Sub(d.clock.Now()))
	stop := d.run()
	d.expired(1)
	stop()
	<-d.groups.Joined
}

func TestExpiry(t *testing.T) {
	t.Run("usual case", testExpiryUsualCase)
	t.Run("after a restart", testExpiryAfterARestart)
	t.Run("while stock is away", testExpiryWhileStockIsAway)
}

func testExpiryUsualCase(t *testing.T) {
	t.Run("ends a reservation at its time and not before", func(t *testing.T) {
		d := openDesk(t)
		d.running()
		r := d.reserve(3, `, "ttl_seconds": 5`)
		d.armed(5 * time.Second)
		d.clock.Advance(5*time.Second - time.Millisecond)
		d.wantStatus(r.ID, "pending")
		d.clock.Advance(time.Millisecond)
		if ids := d.expired(1); !slices.Equal(ids, []string{r.ID}) {
			t.Errorf("expired %v", ids)
		}
		d.wantStatus(r.ID, "expired")
		d.wantEvents("&event_type=reservation.expired", `reservation.expired MAD-001 2 {"reservation_id":"ID","product_id":"p-1",`+
			`"store_id":"MAD-001","quantity":3,"expired_at":"2026-08-01T12:00:05.000Z","customer_id":"c-1",`+stateOf("expired", 3)+`}`)
	})
	t.Run("is woken by an earlier one", func(t *testing.T) {
		d := openDesk(t)
		d.running()
		later := d.reserve(1, `, "ttl_seconds": 20`)
		d.armed(20 * time.Second)
		sooner := d.reserve(1, `, "ttl_seconds": 7`)
		d.armed(7 * time.Second)
		d.clock.Advance(7 * time.Second)
		if ids := d.expired(1); !slices.Equal(ids, []string{sooner.ID}) {
			t.Errorf("expired %v", ids)
		}
		d.armed(13 * time.Second)
		d.clock.Advance(13 * time.Second)
		if ids := d.expired(2); !slices.Equal(ids, []string{sooner.ID, later.ID}) {
			t.Errorf("expired %v", ids)
		}
	})
	t.Run("skips reservations that ended before", func(t *testing.T) {
		d := openDesk(t)
		d.running()
		confirmed, cancelled, left := d.reserve(1, `, "ttl_seconds": 5`), d.reserve(1, `, "ttl_seconds": 5`), d.reserve(1, `, "ttl_seconds": 5`)
		httpapitest.Decode[item](t, d.do("POST", base+"/"+confirmed.ID+"/confirm", ""), 200)
		httpapitest.Decode[item](t, d.do("POST", base+"/"+cancelled.ID+"/cancel", ""), 200)
		d.armed(5 * time.Second)
		d.clock.Advance(5 * time.Second)
		if ids := d.expired(1); !slices.Equal(ids, []string{left.ID}) {
			t.Errorf("expired %v", ids)
		}
		d.wantStatus(confirmed.ID, "confirmed")
		d.wantStatus(cancelled.ID, "cancelled")
	})
}

func testExpiryAfterARestart(t *testing.T) {
	const count = 600 // more than two batches
	d := openDesk(t)
	var want []string
	for range count {
		want = append(want, d.reserve(1, `, "ttl_seconds": 5`).ID)
		d.clock.Advance(time.Millisecond)
	}
	d.clock.Advance(time.Hour)
	d.running()
	if ids := d.expired(count); !slices.Equal(ids, want) {
		t.Errorf("%d expired, not all in their order", len(ids))
	}
	d.armed(30 * time.Second) // all that is due was settled
	told := d.stock.settlements()
	if len(told) != count || told[0] != want[0]+" release expired" || d.stock.available() != 1000 {
		t.Errorf("stock was told %d times, first %q; %d are available", len(told), told[:1], d.stock.available())
	}
}

func testExpiryWhileStockIsAway(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(3, `, "ttl_seconds": 5`)
	d.stock.fail(stockwire.SettlementsPath, lostRequest)
	d.expire(r.ID)
	d.wantStatus(r.ID, "expired")
	if state := d.stock.state(r.ID); state != protocol.HoldHeld {
		t.Errorf("the hold is %s", state)
	}
}
