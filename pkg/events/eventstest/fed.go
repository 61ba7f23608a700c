package eventstest

import (
	"context"

	"inventory.example/pkg/events"
)

// Fed is an events.Subscriber without a broker: the test receives the subscription
// from Joined and calls its Handler. Create it with NewFed.
type Fed struct {
	Joined chan events.Subscription
	// Last, unless nil, is called with the handler after the subscription's
	// context has ended, like the rest of a batch in an adapter.
	Last func(events.Handler) error
}

// NewFed returns a Fed without a subscription.
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
