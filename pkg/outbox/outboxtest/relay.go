package outboxtest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/outbox"
)

// forgetful drops the announcements of commits for which passes returns false.
type forgetful struct {
	outbox.Store
	passes func() bool
}

func (f forgetful) Listen(committed func(list []outbox.Committed)) {
	f.Store.Listen(func(list []outbox.Committed) {
		if f.passes() {
			committed(list)
		}
	})
}

// lookAgain is the time after which a relay reads from the table which events
// were not announced.
const lookAgain = 10 * time.Second

func (s *suite) relay(store outbox.Store, publisher events.Publisher) (*outbox.Relay, *clock.Fake) {
	s.t.Helper()
	now := clock.NewFake(start)
	r, err := outbox.OpenRelay(s.t.Context(), outbox.RelayOptions{
		Store: store, Publisher: publisher, Clock: now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return r, now
}

// steps runs Step until no event waits.
func (s *suite) steps(r *outbox.Relay) {
	s.t.Helper()
	for more := true; more; {
		var err error
		if more, err = r.Step(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// An announcement is a hint: without it an event is published later, but it is
// published.
func publishesWithoutAnnouncements(t *testing.T, s *suite) {
	p := &eventstest.Recorder{}
	s.appendEvents(s.next(2)...)
	r, now := s.relay(forgetful{s.table, func() bool { return false }}, p)
	s.steps(r)
	s.expectVersions(p.Events(), 1, 2)
	s.appendEvents(s.next(3)...)
	s.steps(r)
	s.expectVersions(p.Events(), 1, 2) // the relay was not notified
	now.Advance(lookAgain)
	s.steps(r)
	s.expectVersions(p.Events(), 1, 5)
	now.Advance(time.Second)
	s.steps(r)
	if got := s.position(); got != (outbox.Position{Acknowledged: 5, Newest: 5}) {
		t.Errorf("got %+v, want that all are stamped", got)
	}
}

// Events that were not announced leave gaps between the others, which no event
// may overtake.
func publishesWithSomeAnnouncements(t *testing.T, s *suite) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	p := &eventstest.Recorder{}
	r, now := s.relay(forgetful{s.table, func() bool { return random.IntN(2) == 0 }}, p)
	for range 200 {
		s.appendEvents(s.next(1 + random.IntN(5))...)
		if random.IntN(3) == 0 {
			s.steps(r)
		}
	}
	now.Advance(lookAgain)
	s.steps(r)
	s.expectVersions(p.Events(), 1, s.created)
}

// A relay that still has announced events to publish finds the later ones too
// that were not announced.
func looksAgainWhileEventsWait(_ *testing.T, s *suite) {
	announced := true
	p := &eventstest.Recorder{}
	r, now := s.relay(forgetful{s.table, func() bool { return announced }}, p)
	s.appendEvents(s.next(2)...)
	announced = false
	s.appendEvents(s.next(3)...)
	now.Advance(lookAgain)
	s.steps(r)
	s.expectVersions(p.Events(), 1, 5)
}

// run runs the relay until stop is called.
func (s *suite) run(r *outbox.Relay) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("Run returned %v", err)
		}
	}
}

// A relay that waits for the lead reports no backlog of events that the leader has
// published.
func waitsWithoutABacklog(t *testing.T, s *suite) {
	leaderOut := &eventstest.Recorder{}
	leader, leaderNow := s.relay(s.table, leaderOut)
	waiting, waitingNow := s.relay(s.table, &eventstest.Recorder{}) // the announcements go to this one
	s.appendEvents(s.next(3)...)
	defer s.run(leader)()
	if _, err := leaderOut.WaitFor(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if waiting.Pending() != 3 {
		t.Fatalf("%d events are pending, want the 3 that were announced", waiting.Pending())
	}
	defer s.run(waiting)()
	deadline := time.Now().Add(30 * time.Second)
	for waiting.Pending() > 0 && time.Now().Before(deadline) {
		leaderNow.Advance(time.Second) // the leader stamps them
		waitingNow.Advance(time.Second)
		runtime.Gosched()
	}
	if waiting.Pending() > 0 {
		t.Errorf("%d events are still pending for the relay that does not lead", waiting.Pending())
	}
}

// A relay that waits for the lead continues where the leader before it ended.
func relaysLeadInTurn(t *testing.T, s *suite) {
	firstOut, secondOut := &eventstest.Recorder{}, &eventstest.Recorder{}
	second, now := s.relay(s.table, secondOut)
	first, _ := s.relay(s.table, firstOut)
	s.appendEvents(s.next(3)...)
	stopFirst := s.run(first)
	if _, err := firstOut.WaitFor(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	stopSecond := s.run(second)
	stopFirst()
	s.appendEvents(s.next(3)...)
	deadline := time.Now().Add(30 * time.Second)
	for len(secondOut.Events()) < 3 && time.Now().Before(deadline) {
		now.Advance(lookAgain) // the announcements go to the first one
		runtime.Gosched()
	}
	stopSecond()
	s.expectVersions(firstOut.Events(), 1, 3)
	s.expectVersions(secondOut.Events(), 4, 6)
	if got := s.position(); got != (outbox.Position{Acknowledged: 6, Newest: 6}) {
		t.Errorf("got %+v, want that all are stamped", got)
	}
}
