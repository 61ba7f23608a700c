package eventstest

import (
	"context"

	"inventory.example/pkg/events"
)

// Fed is an events.Subscriber without a broker: the test takes what has
// subscribed from Joined, and hands events to its Handler. Make it with NewFed.
type Fed struct{ Joined chan events.Subscription }

// NewFed returns a Fed that nothing has subscribed to.
func NewFed() *Fed { return &Fed{Joined: make(chan events.Subscription, 1)} }

// Subscribe implements events.Subscriber.
func (f *Fed) Subscribe(ctx context.Context, s events.Subscription) error {
	f.Joined <- s
	<-ctx.Done()
	return nil
}

// Close implements events.Subscriber.
func (f *Fed) Close() error { return nil }
