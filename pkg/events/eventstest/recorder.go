// Package eventstest is for tests of events. It has a publisher that records
// events, a subscriber without a broker, and the suite that every broker adapter
// passes.
package eventstest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"inventory.example/pkg/events"
)

// Recorder is an events.Publisher and events.Pinger that records the published
// events. The zero value is ready to use; it is safe for concurrent use.
type Recorder struct {
	mu      sync.Mutex
	events  []events.Event
	failure error
	closed  bool
	changed chan struct{} // closed by the next publish; nil if WaitFor does not wait
}

// Publish implements events.Publisher.
func (r *Recorder) Publish(ctx context.Context, event events.Event) error {
	return r.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher. It records all events or, after Fail,
// none.
func (r *Recorder) PublishBatch(ctx context.Context, list []events.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refusal(ctx); err != nil {
		return err
	}
	r.events = append(r.events, list...)
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	return nil
}

// Ping implements events.Pinger.
func (r *Recorder) Ping(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refusal(ctx)
}

func (r *Recorder) refusal(ctx context.Context) error {
	if r.closed {
		return events.ErrClosed
	}
	if r.failure != nil {
		return r.failure
	}
	return ctx.Err()
}

// Close implements events.Publisher.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}

// Fail makes every call fail with err until Recover.
func (r *Recorder) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failure = err
}

// Recover ends the effect of Fail.
func (r *Recorder) Recover() { r.Fail(nil) }

// Events returns the published events in their order.
func (r *Recorder) Events() []events.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// WaitFor waits until at least count events were published and returns all of
// them. When ctx ends first, it returns those that were and an error.
func (r *Recorder) WaitFor(ctx context.Context, count int) ([]events.Event, error) {
	for {
		r.mu.Lock()
		list := slices.Clone(r.events)
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		if len(list) >= count {
			return list, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return list, fmt.Errorf("%d of %d events were published: %w", len(list), count, ctx.Err())
		}
	}
}
