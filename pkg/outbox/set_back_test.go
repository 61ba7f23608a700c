package outbox_test

import (
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
)

// A clock that is set back delays neither stamps nor pings of a silent broker,
// and no stamp is before the creation of its event.
func TestRelay_clockSetBack(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	s.appendEvents(t, 2)
	s.steps(t)
	s.appendEvents(t, 2) // created before the clock is set back, published afterwards
	s.clock.Advance(-time.Hour)
	p.Fail(errDown)
	if _, err := s.relay.Step(t.Context()); err == nil {
		t.Error("the relay published to a broker that is down")
	}
	p.Recover()
	s.steps(t)
	if n := s.stamped(t); n != 4 {
		t.Errorf("%d events are stamped, want 4", n)
	}
	if at, made := s.page(t, outbox.Filter{After: 2})[0].SyncedAt, events.FormatTime(start); at < made {
		t.Errorf("made at %s, stamped %s", made, at)
	}
	s.clock.Advance(time.Second) // until the next stamp is due
	e := s.event(t)              // created and published afterwards
	e.CreatedAt = s.clock.Now()
	s.appendAll(t, []events.Event{e})
	s.steps(t)
	if at, now := s.page(t, outbox.Filter{After: 4})[0].SyncedAt, events.FormatTime(s.clock.Now()); at != now {
		t.Errorf("stamped %s at %s", at, now)
	}
	err := s.db.Snapshot(t.Context(), func(snapshot *sqlite.Snapshot) error {
		check, _, err := outboxsqlite.Audit(snapshot, s.clock.Now())
		if err == nil && check.ViolationCount > 0 {
			t.Error(check.Violations)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	s.steps(t) // pings the broker, as there is nothing to publish
	p.Fail(errDown)
	s.clock.Advance(-time.Hour)
	s.steps(t)
	if s.relay.Reachable() {
		t.Error("the broker is down and counts as reachable")
	}
}
