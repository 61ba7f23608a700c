package reservation_test

import (
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/postgres/postgrestest"
)

// Two instances on one database act as one service: each continues the reservations
// of the other, a key reserves once, and each reservation expires once although both
// instances look for it.
func TestService_TwoInstances(t *testing.T) {
	const each = 5
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		one := openDeskOn(t, s.Database(t))
		one.stock.units["p-1 MAD-001"] = 100
		second := *one
		two := &second
		two.open()
		t.Cleanup(func() {
			if err := two.service.Close(); err != nil {
				t.Error(err)
			}
		})
		var pending []string
		for range each {
			for at, instance := range []*desk{one, two} {
				other := []*desk{two, one}[at]
				r := instance.reserve(1)
				if got := other.get(r.ID); got != r || got.Actor != "Admin" {
					t.Errorf("the other instance has %+v, want %+v", got, r)
				}
				pending = append(pending, r.ID)
			}
		}
		first := httpapitest.Decode[item](t, one.do("POST", base, body(1), "Idempotency-Key", "k"), 201)
		if again := httpapitest.Decode[item](t, two.do("POST", base, body(1), "Idempotency-Key", "k"), 201); again != first {
			t.Errorf("repeated at the other instance: %+v, want %+v", again, first)
		}
		for _, instance := range []*desk{two, one} { // the second one repeats the confirm
			if got := httpapitest.Decode[item](t, instance.do("POST", base+"/"+first.ID+"/confirm", ""), 200); got.Status != "confirmed" {
				t.Errorf("got %+v", got)
			}
		}
		one.clock.Advance(time.Hour)
		stopOne, stopTwo := one.run(), two.run()
		<-one.groups.Joined
		<-one.groups.Joined
		expired := one.expired(len(pending))
		stopOne()
		stopTwo()
		slices.Sort(expired)
		slices.Sort(pending)
		if !slices.Equal(expired, pending) {
			t.Errorf("expired %q, want %q", expired, pending)
		}
		ends := map[string]int{}
		for _, e := range one.broker.Events() {
			if e.Type != inventory.TypeReservationCreated {
				ends[e.AggregateID]++
			}
		}
		for id, n := range ends {
			if n != 1 {
				t.Errorf("reservation %s came to %d ends", id, n)
			}
		}
	})
}
