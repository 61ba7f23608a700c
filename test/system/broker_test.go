package system_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"inventory.example/pkg/events"
)

// outage is a fault between the relays and the broker. The zero mode is none.
type outage struct {
	events.Publisher
	mode atomic.Int32
}

// The modes of an outage.
const (
	noOutage      int32 = iota
	brokerDown          // no event reaches it
	responsesLost       // it stores the events, and its responses are lost
)

var errBroker = errors.New("the broker does not respond")

// Publish implements events.Publisher.
func (o *outage) Publish(ctx context.Context, event events.Event) error {
	return o.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher.
func (o *outage) PublishBatch(ctx context.Context, list []events.Event) error {
	switch o.mode.Load() {
	case brokerDown:
		return errBroker
	case responsesLost:
		return errors.Join(o.Publisher.PublishBatch(ctx, list), errBroker)
	default:
		return o.Publisher.PublishBatch(ctx, list)
	}
}

// Ping implements events.Pinger.
func (o *outage) Ping(context.Context) error {
	if o.mode.Load() != noOutage {
		return errBroker
	}
	return nil
}

// linePublisher is a publisher at the end of a line.
type linePublisher struct {
	events.Publisher
	line line
}

// Publish implements events.Publisher.
func (p linePublisher) Publish(ctx context.Context, event events.Event) error {
	return p.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher.
func (p linePublisher) PublishBatch(ctx context.Context, list []events.Event) error {
	if p.line.isCut() {
		return errCut
	}
	if err := p.Publisher.PublishBatch(ctx, list); err != nil {
		return err
	}
	if p.line.isCut() {
		return errCut
	}
	return nil
}

// Ping implements events.Pinger.
func (p linePublisher) Ping(ctx context.Context) error {
	if pinger, ok := p.Publisher.(events.Pinger); ok && !p.line.isCut() {
		return pinger.Ping(ctx)
	}
	return errCut
}

// lineSubscriber is a subscriber at the end of a line: it does not acknowledge the
// events that its handler finished after the cut.
type lineSubscriber struct {
	events.Subscriber
	line line
}

// Subscribe implements events.Subscriber.
func (s lineSubscriber) Subscribe(ctx context.Context, subscription events.Subscription) error {
	handle := subscription.Handler
	subscription.Handler = func(ctx context.Context, event events.Event) error {
		if s.line.isCut() {
			return events.Temporary(errCut)
		}
		err := handle(ctx, event)
		if s.line.isCut() {
			return events.Temporary(errCut)
		}
		return err
	}
	return s.Subscriber.Subscribe(ctx, subscription)
}

// recorder is a consumer group that records its events.
type recorder struct {
	mu   sync.Mutex
	list []events.Event
}

func (r *recorder) handle(_ context.Context, event events.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, event)
	return nil
}

// events returns the events so far, in the order of their arrival within each
// ordering key.
func (r *recorder) events() []events.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// of returns the events of one type, each once.
func (r *recorder) of(t events.Type) (list []events.Event) {
	seen := map[string]bool{}
	for _, e := range r.events() {
		if e.Type == t && !seen[e.ID] {
			seen[e.ID] = true
			list = append(list, e)
		}
	}
	return list
}
