package reservation_test

import (
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
)

// wantActors expects that a reservation was created and changed last by those,
// and that its last event names the latter.
func (d *desk) wantActors(id, created, changed string) {
	d.t.Helper()
	r, list := d.get(id), d.events("&aggregate_id="+id)
	if r.Actor != created || r.UpdatedBy != changed || list[len(list)-1].Actor != changed {
		d.t.Errorf("reservation %+v, its last event %+v; want it made by %s and changed by %s", r, list[len(list)-1], created, changed)
	}
}

// wantSettledBy expects that stock got so many settlements, each with that actor.
func (d *desk) wantSettledBy(count int, actor string) {
	d.t.Helper()
	if len(d.stock.settled) != count {
		d.t.Errorf("settled %+v, want %d", d.stock.settled, count)
	}
	for _, s := range d.stock.settled {
		if s.Actor != actor {
			d.t.Errorf("settled %+v, want it by %s", s, actor)
		}
	}
}

func TestActor(t *testing.T) {
	t.Run("is the name of the API key, also for stock", func(t *testing.T) {
		d := openDesk(t)
		r := httpapitest.Decode[item](t, d.as("k-madrid", "POST", base, body(1)), 201)
		d.wantActors(r.ID, "Store Madrid", "Store Madrid")
		if h := d.stock.last(); h.Actor != "Store Madrid" {
			t.Errorf("hold %+v", h)
		}
		httpapitest.Decode[item](t, d.as("k-owner", "POST", base+"/"+r.ID+"/confirm", ""), 200)
		d.wantActors(r.ID, "Store Madrid", "Owner")
		d.wantSettledBy(1, "Owner")
		// Repeating it settles once more, and does not change the actor of the end.
		httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
		d.wantActors(r.ID, "Store Madrid", "Owner")
		d.wantSettledBy(2, "Owner")
		if got := d.events("&actor=Owner"); len(got) != 1 || got[0].Type != inventory.TypeReservationConfirmed {
			t.Errorf("events by Owner: %+v", got)
		}
	})
	t.Run("of an expiry is reservation", func(t *testing.T) {
		d := openDesk(t)
		d.running()
		r := d.reserve(1, `, "ttl_seconds": 5`)
		d.armed(5 * time.Second)
		d.clock.Advance(5 * time.Second)
		d.until("its hold is settled", func() bool { return len(d.stock.settlements()) == 1 })
		d.wantActors(r.ID, "Admin", "reservation")
		d.wantSettledBy(1, "reservation")
	})
	t.Run("of a repair is reservation", func(t *testing.T) {
		d := openDesk(t)
		d.repair(lostHold())
		d.wantActors(lost, "reservation", "reservation")
	})
	t.Run("of a create that broke off is reservation", func(t *testing.T) {
		d := openDesk(t)
		d.stock.fail(stockwire.HoldsPath, lostRequest)
		wantUnavailable(t, d.do("POST", base, body(1)))
		id := d.all("cancelled")[0].ID
		d.wantActors(id, "Admin", "reservation")
		d.wantSettledBy(1, "reservation")
	})
}
