package eventstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"inventory.example/pkg/events"
)

func testGroups(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	var records []*record
	for i := range 4 {
		r := newRecord()
		records = append(records, r)
		s.join(sub, fmt.Sprintf("group-%d", i), "a", r)
	}
	list := s.mixed(keys("product", 10), 1, 20)
	for batch := range slices.Chunk(list, 17) {
		s.publish(p, batch...)
	}
	records[0].expectOnce(s, p, list)
	for _, r := range records[1:] {
		r.waitFor(s, list)
		r.expectSound(s)
		r.expectNoRepetition(s)
	}
}

// expectNoRepetition expects that no event was handled twice.
func (r *record) expectNoRepetition(s *suite) {
	s.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[string]bool{}
	for _, e := range r.handled {
		if seen[e.ID] {
			s.Errorf("event %s was handled twice", e.ID)
		}
		seen[e.ID] = true
	}
}

func testNewGroup(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	list := s.mixed(keys("product", 5), 1, 10)
	s.publish(p, list...)
	first := newRecord()
	s.join(sub, "first", "a", first)
	first.waitFor(s, list)
	second := newRecord()
	s.join(sub, "second", "a", second)
	second.expectOnce(s, p, list)
}

func testResume(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	r := newRecord()
	list := s.mixed(keys("product", 5), 1, 10)
	s.publish(p, list[:25]...)
	member := s.join(sub, "resume", "a", r)
	r.waitFor(s, list[:25])
	member.stop()
	s.publish(p, list[25:]...)
	s.join(sub, "resume", "b", r)
	r.expectOnce(s, p, list)
}

func testRestart(s *suite) {
	s.unsupported(s.features.NoRestart, "the broker cannot be restarted")
	r := newRecord()
	list := s.mixed(keys("product", 5), 1, 10)
	p, sub := s.broker.Publisher(s.T), s.broker.Subscriber(s.T)
	s.publish(p, list[:25]...)
	member := s.join(sub, "restart", "a", r)
	r.waitFor(s, list[:25])
	s.publish(p, list[25:30]...)
	r.waitFor(s, list[:30])
	member.stop()
	s.publish(p, list[30:40]...) // no member has seen these
	if err := errors.Join(sub.Close(), p.Close()); err != nil {
		s.Fatal(err)
	}

	s.broker.Restart(s.T)

	p = s.publisher()
	s.join(s.subscriber(), "restart", "b", r)
	s.publish(p, list[40:]...)
	r.expectOnce(s, p, list)
	other := newRecord()
	s.join(s.subscriber(), "other", "a", other)
	other.waitFor(s, list)
	other.expectSound(s)
}

func testClientsOutliveRestart(s *suite) {
	s.unsupported(s.features.NoRestart, "the broker cannot be restarted")
	s.unsupported(s.features.ClientsEndWithBroker, "clients end with the broker, which lives in their process")
	p, sub := s.publisher(), s.subscriber()
	r := newRecord()
	s.join(sub, "outlive", "a", r)
	list := s.mixed(keys("product", 5), 1, 10)
	s.publish(p, list[:25]...)
	r.waitFor(s, list[:25])

	s.broker.Restart(s.T)

	for { // like the relay: until the broker accepts the batch
		err := p.PublishBatch(s.ctx, list[25:])
		if err == nil {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.ctx.Done():
			s.Fatalf("publish after the restart: %v", err)
		}
	}
	r.waitFor(s, list)
	r.expectSound(s)
}

func testTypes(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	stock := func(key string, version int64) events.Event { return s.event(key, version) }
	product := func(key string, version int64) events.Event {
		return s.eventOf(key, version, removed{Key: key})
	}
	var wanted, all []events.Event
	for version := int64(1); version <= 20; version++ {
		wanted = append(wanted, stock("product-1", version))
		all = append(all, wanted[len(wanted)-1], product("product-2", version))
	}
	some, both := newRecord(), newRecord()
	s.listen(sub, events.Subscription{
		Group: "some", Member: "a", Types: []events.Type{typeUnused, typeCounted},
		Handler: some.handler("a", nil),
	})
	s.listen(sub, events.Subscription{
		Group: "both", Member: "a", Types: []events.Type{typeCounted, typeRemoved},
		Handler: both.handler("a", nil),
	})
	s.publish(p, all...)
	both.waitFor(s, all)
	some.expectOnce(s, p, wanted)
	both.expectSound(s)
}

func testIncompleteSubscription(s *suite) {
	sub := s.subscriber()
	handler := func(context.Context, events.Event) error { return nil }
	if err := sub.Subscribe(s.ctx, events.Subscription{Handler: handler}); err == nil {
		s.Error("a subscription without group was accepted")
	}
	if err := sub.Subscribe(s.ctx, events.Subscription{Group: "group"}); err == nil {
		s.Error("a subscription without handler was accepted")
	}
}
