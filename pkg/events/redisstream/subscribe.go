package redisstream

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/gate"
)

// subscriber implements events.Subscriber.
type subscriber struct {
	broker *Broker
	gate   *gate.Gate
}

// Close implements events.Subscriber. It returns when no handler runs any more.
func (s *subscriber) Close() error {
	s.gate.Close()
	return nil
}

// Subscribe implements events.Subscriber.
func (s *subscriber) Subscribe(ctx context.Context, subscription events.Subscription) error {
	if subscription.Group == "" || subscription.Handler == nil {
		return errors.New("subscribe: group and handler are required")
	}
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	return s.broker.call(func() error {
		ctx, end := s.broker.open(ctx, s.gate.Closing())
		defer end()
		s.broker.newMember(subscription).run(ctx)
		return nil
	})
}

// open returns a context that ends with ctx, when the broker closes or when
// closing does. The caller must call end.
func (b *Broker) open(ctx context.Context, closing <-chan struct{}) (bounded context.Context, end func()) {
	bounded, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-closing:
		case <-b.gate.Closing():
		case <-bounded.Done():
		}
		cancel()
	})
	return bounded, func() {
		cancel()
		watch.Wait()
	}
}

func (b *Broker) newMember(subscription events.Subscription) *member {
	if subscription.Member == "" {
		subscription.Member = "member-" + strings.ToLower(rand.Text()[:12])
	}
	m := &member{
		broker: b, client: b.client, stream: b.config.Stream, group: subscription.Group, name: subscription.Member,
		wake: b.config.Stream + ".wake." + subscription.Group,
		logger: b.logger.With(
			slog.String("group", subscription.Group), slog.String("member", subscription.Member)),
	}
	m.delivery = events.Delivery{Subscription: subscription, DeadLetter: b.bury, Failed: m.logFailedAttempt}
	m.lease = lease{
		client: b.client, key: b.config.Stream + ".turn." + subscription.Group, length: b.config.Lease,
	}
	m.outage = outage{clock: b.clock, logger: m.logger}
	return m
}
