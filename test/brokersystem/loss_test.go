package brokersystem_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestBrokerLosesData stops the broker under load and starts it empty: the
// services continue, the audit reports the lost events, and a replay from the
// tables of the services restores them.
func TestBrokerLosesData(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		s := newSystem(t, on.own(t, false))
		l := s.customers(t, 4)
		l.goesOn(t, 400)
		for _, name := range []string{stock, reservation} {
			eventually(t, "events that can be lost", func() error { return s.services[name].published() })
		}
		s.stream.server.Kill(t)
		s.stream.server.Wipe(t)
		l.goesOn(t, 50)
		s.stream.server.Start(t)
		l.goesOn(t, 200)
		l.stopLoad()
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

// published returns an error unless the broker has acknowledged an event of the
// service.
func (s *service) published() error {
	page, err := callFor[struct{ Events []tableEvent }](
		s.client, http.MethodGet, fmt.Sprintf("/api/v1/events/%s?limit=1", s.name), nil, http.StatusOK)
	switch {
	case err != nil:
		return err
	case len(page.Events) == 0 || page.Events[0].SyncedAt == nil:
		return fmt.Errorf("%s has published nothing", s.name)
	}
	return nil
}
