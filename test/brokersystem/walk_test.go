package brokersystem_test

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestWalk(t *testing.T) {
	t.Run("after a kill", testWalkAfterAKill)
	t.Run("without the broker", testWalkWithoutTheBroker)
}

// testWalkAfterAKill kills all services at once while holds are held whose reservations
// have ended. The direct calls failed because stock was dead, and a new member
// of a group on Kafka may wait ten seconds, the session time-out, for the killed
// member. The holds are settled sooner.
func testWalkAfterAKill(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		// soon is half the session time-out of a killed member on Kafka.
		const orders, each, soon = 40, 2, 5 * time.Second
		s := newSystem(t, on.shared(t))
		product := s.stocked(t, plenty)
		ids := s.reserveMany(t, product, orders, each)
		s.services[stock].kill()
		s.finishMany(t, ids)
		took := s.restartAll(s.nothingHeld(product))
		t.Logf("settled %v after the services were ready", took)
		if took > soon {
			t.Errorf("settled only %v after the services were ready", took)
		}
		s.wantsRow(t, product, plenty-orders/2*each, 0)
		s.settled()
	})
}

// testWalkWithoutTheBroker does the same while the broker does not respond, or is
// down: stock gets no event, so only the walk settles the holds. The events follow
// once the broker is back.
func testWalkWithoutTheBroker(t *testing.T) {
	for name, broker := range map[string]struct{ goes, comesBack func(server, testing.TB) }{
		"which does not respond": {server.Pause, server.Resume},
		"which is down":          {server.Stop, server.Start},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachBroker(t, func(t *testing.T, on kind) {
				t.Parallel()
				const orders, each = 40, 2
				s := newSystem(t, on.own(t, true))
				product := s.stocked(t, plenty)
				ids := s.reserveMany(t, product, orders, each)
				broker.goes(s.stream.server, t)
				s.services[stock].kill()
				s.finishMany(t, ids)
				took := s.restartAll(s.nothingHeld(product))
				t.Logf("settled %v after the services were ready", took)
				s.wantsRow(t, product, plenty-orders/2*each, 0)
				broker.comesBack(s.stream.server, t)
				s.settled()
			})
		})
	}
}

// nothingHeld is the condition that no unit of a product is held.
func (s *system) nothingHeld(product string) func() error {
	return func() error {
		row, err := s.row(product)
		if err == nil && row.Reserved > 0 {
			err = fmt.Errorf("%d units are held", row.Reserved)
		}
		return err
	}
}

// restartAll kills all services and starts them again, and returns how long
// after stock and reservation were ready the condition came true.
func (s *system) restartAll(cond func() error) time.Duration {
	s.t.Helper()
	for _, name := range allNames {
		s.services[name].kill()
	}
	var all sync.WaitGroup
	for _, name := range allNames {
		all.Go(s.services[name].start)
	}
	all.Wait()
	ready := time.Now()
	eventually(s.t, "the settlement", cond)
	return time.Since(ready)
}
