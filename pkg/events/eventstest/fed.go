package eventstest

import (
	"context"

	"inventory.example/pkg/events"
)

// Fed is an events.Subscriber without a broker: the test takes what has
// subscribed from Joined, and hands events to its Handler. Make it with NewFed.
type Fed struct {
	Joined chan events.Subscription
	// Last, unless nil, gets the handler once more when the subscription has
	// been told to end, as an adapter does that is in the middle of a batch.
	Last func(events.Handler) error
}

// NewFed returns a Fed that nothing has subscribed to.
func NewFed() *Fed { return &Fed{Joined: make(chan events.Subscription, 1)} }

// Subscribe implements events.Subscriber.
func (f *Fed) Subscribe(ctx context.Context, s events.Subscription) error {
	f.Joined <- s
	<-ctx.Done()
	if f.Last != nil {
		return f.Last(s.Handler)
	}
	return nil
}

// Close implements events.Subscriber.
func (f *Fed) Close() error { return nil }
