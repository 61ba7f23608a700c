package brokersystem_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestBrokerLosesData stops the broker under load and starts it empty: the
// services go on, the audit tells what is lost, and the services' tables bring
// it back.
func TestBrokerLosesData(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		s := newSystem(t, on.own(t, false))
		l := s.customers(t, 4)
		l.goesOn(t, 400)
		s.stream.server.Kill(t)
		s.stream.server.Wipe(t)
		l.goesOn(t, 50)
		s.stream.server.Start(t)
		l.goesOn(t, 200)
		l.end()
		s.drained()

		text, code := s.audit()
		if code != 1 || !strings.Contains(text, "is not in the broker") {
			t.Errorf("inventory audit after the loss: exit code %d\n%s", code, text)
		}
		for _, name := range []string{stock, reservation} { // catalog reads nothing
			eventually(t, "the log of the loss", func() error { // a consumer notices when it polls next
				if len(s.services[name].log.lines(`"level":"ERROR"`, "the broker has lost")) == 0 {
					return fmt.Errorf("%s did not log it", name)
				}
				return nil
			})
		}
		text, code = s.run([]string{"events", "replay"}, "-missing")
		if code != 0 {
			t.Fatalf("inventory events replay -missing: exit code %d\n%s", code, text)
		}
		t.Logf("inventory events replay -missing:\n%s", text)
		l.check(t)
	})
}
