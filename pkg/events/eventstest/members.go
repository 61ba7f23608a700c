package eventstest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"inventory.example/pkg/events"
)

// testMembersShare publishes until two members of a group have both handled an
// event. No event may be handled twice, and the events of a key stay in order
// across members.
func testMembersShare(s *suite) {
	p := s.publisher()
	r := newRecord()
	s.join(s.subscriber(), "share", "a", r)
	s.join(s.subscriber(), "share", "b", r)
	var all []events.Event
	both := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.by["a"] > 0 && r.by["b"] > 0
	}
	names := keys("product", 12)
	for version := int64(1); version <= 5 || !both(); version++ {
		if s.ctx.Err() != nil {
			s.Fatalf("after %d events one member has handled nothing: %v", len(all), r.by)
		}
		list := s.mixed(names, version, version)
		s.publish(p, list...)
		all = append(all, list...)
		r.waitFor(s, all)
	}
	r.expectOnce(s, p, all)
}

// testDeadMember ends a member in the middle of a batch, while handlers run.
func testDeadMember(s *suite) {
	const before = 10
	p := s.publisher()
	list := s.mixed(keys("product", 3), 1, 10)
	s.publish(p, list...)
	r := newRecord()
	var handled atomic.Int64
	stuck := make(chan string, len(list))
	dying := s.broker.Subscriber(s.T)
	first := s.listen(dying, events.Subscription{
		Group: "dead", Member: "a",
		Handler: r.handler("a", func(ctx context.Context, e events.Event) error {
			if handled.Add(1) <= before {
				return nil
			}
			stuck <- e.ID
			<-ctx.Done()
			return ctx.Err()
		}),
	})
	var id string
	select {
	case id = <-stuck:
	case <-s.ctx.Done():
		s.Fatal("the first member got no event: ", s.ctx.Err())
	}
	s.join(s.subscriber(), "dead", "b", r)
	first.stop()
	if err := dying.Close(); err != nil {
		s.Error(err)
	}
	r.waitFor(s, list)
	r.expectSound(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by["b"] == 0 {
		s.Errorf("the other member did not get event %s and the later ones", id)
	}
}

// testEndWaits ends a subscription's context while its handler runs.
func testEndWaits(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	started, finished := make(chan struct{}), atomic.Bool{}
	l := s.listen(sub, events.Subscription{Group: "end", Member: "a", Handler: finishLate(started, &finished)})
	s.published(p, "product-1", 1)
	s.waitUntil(started, "the handler")
	l.stop()
	if !finished.Load() {
		s.Error("Subscribe returned before its handler")
	}
	r := newRecord()
	s.join(sub, "other", "a", r) // the subscriber still works
	r.waitFor(s, []events.Event{s.event("product-1", 1)})
}

func testCloseSubscriber(s *suite) {
	p := s.publisher()
	sub := s.broker.Subscriber(s.T)
	started, finished := make(chan struct{}), atomic.Bool{}
	busy := s.listen(sub, events.Subscription{Group: "busy", Member: "a", Handler: finishLate(started, &finished)})
	other := newRecord()
	idle := s.join(sub, "idle", "a", other)
	list := []events.Event{s.published(p, "product-1", 1)}
	s.waitUntil(started, "the handler")
	other.waitFor(s, list)
	for range 2 { // a second Close does nothing
		if err := sub.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
		if !finished.Load() {
			s.Error("Close returned before the handler")
		}
	}
	busy.expectEnd()
	idle.expectEnd()
	err := sub.Subscribe(s.ctx, events.Subscription{
		Group: "late", Handler: func(context.Context, events.Event) error { return nil },
	})
	if !errors.Is(err, events.ErrClosed) {
		s.Errorf("Subscribe after Close: got %v, want ErrClosed", err)
	}
}

// finishLate returns a handler that closes started at its first call, and returns
// some time after the end of its context.
func finishLate(started chan struct{}, finished *atomic.Bool) events.Handler {
	var calls atomic.Int64
	return func(ctx context.Context, _ events.Event) error {
		if calls.Add(1) > 1 {
			return nil
		}
		close(started)
		<-ctx.Done()
		for i := range 1000 { // some work, so that a caller that does not wait is detected
			_ = fmt.Sprint(i)
		}
		finished.Store(true)
		return nil
	}
}

func (s *suite) waitUntil(done <-chan struct{}, what string) {
	s.Helper()
	select {
	case <-done:
	case <-s.ctx.Done():
		s.Fatalf("waiting for %s: %v", what, s.ctx.Err())
	}
}
