package broker

import (
	"context"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// noPublisher is the publisher of MESSAGE_BROKER=none: it refuses every event,
// so events stay pending until a broker is configured.
type noPublisher struct{ gate *adapter.Gate }

func newNoPublisher() *noPublisher { return &noPublisher{gate: adapter.NewGate()} }

// Publish implements events.Publisher.
func (p *noPublisher) Publish(ctx context.Context, event events.Event) error {
	return p.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher.
func (p *noPublisher) PublishBatch(ctx context.Context, _ []events.Event) error {
	return p.gate.Run(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return events.ErrNoBroker
	})
}

// Close implements events.Publisher.
func (p *noPublisher) Close() error {
	p.gate.Close()
	return nil
}

// newNoSubscriber returns the subscriber of MESSAGE_BROKER=none, which delivers
// nothing.
func newNoSubscriber() events.Subscriber {
	return adapter.NewSubscriber(adapter.NewGate(), func(ctx context.Context, _ events.Subscription) error {
		<-ctx.Done()
		return nil
	})
}
