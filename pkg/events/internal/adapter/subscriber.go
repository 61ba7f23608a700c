package adapter

import (
	"context"
	"errors"

	"inventory.example/pkg/events"
)

// Serve delivers events to a complete subscription until ctx ends, then returns
// nil once no handler runs any more.
type Serve func(ctx context.Context, subscription events.Subscription) error

// Subscriber implements events.Subscriber.
type Subscriber struct {
	gate, broker *Gate
	serve        Serve
}

var _ events.Subscriber = (*Subscriber)(nil)

// NewSubscriber returns a subscriber whose subscriptions end when it or the
// gate of its broker closes.
func NewSubscriber(broker *Gate, serve Serve) *Subscriber {
	return &Subscriber{gate: NewGate(), broker: broker, serve: serve}
}

// Subscribe implements events.Subscriber.
func (s *Subscriber) Subscribe(ctx context.Context, subscription events.Subscription) error {
	if subscription.Group == "" || subscription.Handler == nil {
		return errors.New("subscribe: group and handler are required")
	}
	return s.gate.Run(func() error {
		return s.broker.Run(func() error {
			ctx, release := BoundContext(ctx, s.gate, s.broker)
			defer release()
			return s.serve(ctx, subscription)
		})
	})
}

// Close implements events.Subscriber. It leaves the broker open.
func (s *Subscriber) Close() error {
	s.gate.Close()
	return nil
}
