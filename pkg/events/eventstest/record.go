package eventstest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"inventory.example/pkg/events"
)

// record has the events that the handlers of one group handled.
type record struct {
	mu      sync.Mutex
	changed chan struct{}       // closed and replaced by each change
	handled []events.Event      // in the order in which handlers returned nil
	by      map[string]int      // events per member
	running map[string]struct{} // ordering keys whose handler runs
	newest  map[string]int64    // highest version handled per key
	faults  []string            // broken promises
}

func newRecord() *record {
	return &record{
		changed: make(chan struct{}), by: map[string]int{},
		running: map[string]struct{}{}, newest: map[string]int64{},
	}
}

// handler returns a handler that records the events for which inner, which may be
// nil, returned nil. It checks two promises that are valid at any time, also for
// repetitions: the events of a key are handled one at a time, and none is handled
// before an earlier one.
func (r *record) handler(member string, inner events.Handler) events.Handler {
	return func(ctx context.Context, e events.Event) error {
		key := e.OrderingKey()
		r.mu.Lock()
		if _, twice := r.running[key]; twice {
			r.faults = append(r.faults, "two handlers at a time for "+key)
		}
		r.running[key] = struct{}{}
		r.mu.Unlock()
		var err error
		if inner != nil {
			err = inner(ctx, e)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, key)
		if err == nil {
			r.handled = append(r.handled, e)
			r.by[member]++
			r.advance(key, e.Version)
		}
		close(r.changed)
		r.changed = make(chan struct{})
		return err
	}
}

func (r *record) advance(key string, version int64) {
	if version > r.newest[key]+1 {
		r.faults = append(r.faults, fmt.Sprintf("version %d of %s after %d", version, key, r.newest[key]))
	}
	r.newest[key] = max(r.newest[key], version)
}

// skip means that a version is not going to be handled.
func (r *record) skip(key string, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.advance(key, version)
}

// waitUntil waits until condition, which is called with the record locked, returns
// true.
func (r *record) waitUntil(s *suite, what string, condition func() bool) {
	s.Helper()
	for {
		r.mu.Lock()
		met, changed, count := condition(), r.changed, len(r.handled)
		r.mu.Unlock()
		if met {
			return
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			s.Fatalf("waiting for %s, with %d events handled: %v", what, count, s.ctx.Err())
		}
	}
}

// waitFor waits until all events of list were handled.
func (r *record) waitFor(s *suite, list []events.Event) {
	s.Helper()
	r.waitUntil(s, fmt.Sprintf("%d events", len(list)), func() bool {
		return len(r.handled) >= len(list) && len(r.missing(list)) == 0
	})
}

func (r *record) missing(list []events.Event) []string {
	seen := make(map[string]struct{}, len(r.handled))
	for _, e := range r.handled {
		seen[e.ID] = struct{}{}
	}
	var missing []string
	for _, e := range list {
		if _, ok := seen[e.ID]; !ok {
			missing = append(missing, e.ID)
		}
	}
	return missing
}

// expectSound fails the test for each broken promise.
func (r *record) expectSound(s *suite) {
	s.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, fault := range r.faults[:min(len(r.faults), 10)] {
		s.Error(fault)
	}
}

// expectOnce publishes one more event per key of list with p and waits for it. It
// then expects that every event of list was handled once, unchanged, and that no
// other event was. A second delivery would come before the last event of its key.
func (r *record) expectOnce(s *suite, p events.Publisher, list []events.Event) {
	s.Helper()
	last := map[string]int64{}
	for _, e := range list {
		last[e.OrderingKey()] = max(last[e.OrderingKey()], e.Version)
	}
	var fence []events.Event
	for key, version := range last {
		fence = append(fence, s.event(key, version+1))
	}
	s.publish(p, fence...)
	all := append(slices.Clone(list), fence...)
	r.waitFor(s, all)
	r.expectSound(s)

	r.mu.Lock()
	defer r.mu.Unlock()
	want := make(map[string]events.Event, len(all))
	for _, e := range all {
		want[e.ID] = e
	}
	for _, e := range r.handled {
		w, ok := want[e.ID]
		if !ok {
			s.Errorf("event %s was handled twice or is not expected", e.ID)
			continue
		}
		delete(want, e.ID)
		expectSame(s, e, w)
	}
}

func expectSame(s *suite, got, want events.Event) {
	s.Helper()
	if !bytes.Equal(got.Document(), want.Document()) {
		s.Errorf("document of %s has changed: got %.200q, want %.200q", want.ID, got.Document(), want.Document())
	}
	if got.Type != want.Type || got.AggregateType != want.AggregateType || got.AggregateID != want.AggregateID ||
		got.StoreID != want.StoreID || !got.CreatedAt.Equal(want.CreatedAt) || got.Version != want.Version ||
		got.Traceparent != want.Traceparent || !bytes.Equal(got.Payload, want.Payload) {
		s.Errorf("envelope of %s has changed: got %+v, want %+v", want.ID, got, want)
	}
}

// listener is a running subscription.
type listener struct {
	s      *suite
	cancel context.CancelFunc
	ended  chan error
}

// listen starts a subscription and ends it with the test.
func (s *suite) listen(sub events.Subscriber, subscription events.Subscription) *listener {
	s.Helper()
	ctx, cancel := context.WithCancel(s.ctx)
	l := &listener{s: s, cancel: cancel, ended: make(chan error, 1)}
	var wait sync.WaitGroup
	wait.Go(func() { l.ended <- sub.Subscribe(ctx, subscription) })
	s.Cleanup(func() {
		cancel()
		wait.Wait()
	})
	return l
}

// join starts a member of group that records the events that it handles.
func (s *suite) join(sub events.Subscriber, group, member string, r *record) *listener {
	s.Helper()
	return s.listen(sub, events.Subscription{Group: group, Member: member, Handler: r.handler(member, nil)})
}

// stop ends the subscription and expects that it returns nil.
func (l *listener) stop() {
	l.s.Helper()
	l.cancel()
	l.expectEnd()
}

func (l *listener) expectEnd() {
	l.s.Helper()
	select {
	case err := <-l.ended:
		if err != nil {
			l.s.Errorf("Subscribe returned %v, want nil", err)
		}
	case <-l.s.ctx.Done():
		l.s.Fatal("Subscribe did not return")
	}
}
