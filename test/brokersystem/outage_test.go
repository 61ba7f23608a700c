package brokersystem_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestBrokerOutage stops the broker of a system under load and starts it again
// with its data: no request to the services fails, and no event is lost.
func TestBrokerOutage(t *testing.T) {
	length := outageLength(t)
	forEachBroker(t, func(t *testing.T, on kind) {
		s := newSystem(t, on.own(t, true))
		l := s.customers(t, 8)
		l.goesOn(t, 200)
		s.stream.server.Stop(t)
		stopped := time.Now()
		away := time.After(length)
		l.goesOn(t, 200)
		s.unavailable()
		t.Logf("health told the outage after %s", time.Since(stopped).Round(time.Millisecond))
		l.goesOn(t, 200)
		<-away // the condition is a time
		s.unavailable()
		s.stream.server.Start(t)
		l.goesOn(t, 200)
		l.stopLoad()
		started := time.Now()
		s.drained()
		t.Logf("the backlog was published %s after the load", time.Since(started).Round(time.Millisecond))
		outage := time.Since(stopped).Round(time.Millisecond) // with the start of the broker
		l.check(t)
		s.stream.wantsOrder(t)
		for _, name := range serviceNames {
			s.services[name].wantsFewComplaints(outage)
		}
	})
}

// unavailable waits until every service reports that the broker does not respond,
// and those that publish report pending events.
func (s *system) unavailable() {
	s.t.Helper()
	eventually(s.t, "health without a broker", func() error {
		for _, name := range serviceNames {
			h, err := s.services[name].health()
			if err != nil {
				return err
			}
			if h.Broker != "unavailable" || h.Status != "degraded" || h.Pending == 0 {
				return fmt.Errorf("%s: %+v", name, h)
			}
		}
		return nil
	})
}

// complaints returns the warnings and errors in the log of the service.
func (s *service) complaints() []string {
	return append(s.log.lines(`"level":"WARN"`), s.log.lines(`"level":"ERROR"`)...)
}

// wantsFewComplaints fails the test when a service that was without its broker
// for so long has filled its log with that. The relay tries again after at most
// five seconds and may log each attempt; so may the subscription.
func (s *service) wantsFewComplaints(outage time.Duration) {
	s.t.Helper()
	limit := 40 + int(outage/time.Second)
	if all := s.complaints(); len(all) > limit {
		s.t.Errorf("%s logged %d warnings in an outage of %s, want %d at most; the first of them:\n%s",
			s.name, len(all), outage, limit, strings.Join(all[:min(len(all), 10)], ""))
	}
}
