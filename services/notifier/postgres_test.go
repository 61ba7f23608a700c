package notifier_test

import (
	"testing"

	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/notifier"
)

// Two instances on one database act as one service: an event that one of them
// records is in the live stream and the alerts of the other, and is delivered to a
// webhook once. When the instance that delivers ends, the other one goes on.
func TestService_TwoInstances(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		address := s.Database(t)
		one := openNotifier(t, func(c *notifier.Config) { c.DatabaseURL = address })
		e := newEndpoint(t)
		hook := one.subscribe(e.URL, `"event_types":["stock.low"]`)
		one.createRule("stock.low", 1, 60, 60, "")

		two := &fixture{t: t, time: one.clock, clock: one.clock, source: make(source), config: one.config}
		two.open()
		defer two.close()
		first := two.publish("p", "MAD-001", 1)
		one.record(first) // the broker repeats it, to the other instance
		if got := e.next(); got.id != first.ID {
			t.Errorf("delivered %s, want %s", got.body, first.ID)
		}
		for name, instance := range map[string]*fixture{"one": one, "two": two} {
			if list := instance.alerts(""); list.Total != 1 {
				t.Errorf("instance %s has %d alerts, want 1", name, list.Total)
			}
			log := httpapitest.Decode[deliveryPage](t, instance.send("GET", "/api/v1/webhooks/"+hook.ID+"/deliveries", ""), 200)
			if log.Total != 1 {
				t.Errorf("instance %s has %d deliveries, want 1", name, log.Total)
			}
			instance.stream("", "Last-Event-ID")
		}

		one.stop()
		one.stop = func() {}
		second := two.publish("p", "BCN-001", 1)
		if got := e.next(); got.id != second.ID {
			t.Errorf("delivered %s, want %s", got.body, second.ID)
		}
		if len(e.got) > 0 {
			t.Error("an event was delivered twice")
		}
	})
}
