package redisstream

import (
	"context"
	"crypto/rand"
	"strings"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// serve delivers to the subscription until ctx ends.
func (b *Broker) serve(ctx context.Context, subscription events.Subscription) error {
	b.newMember(subscription).run(ctx)
	return nil
}

func (b *Broker) newMember(subscription events.Subscription) *member {
	if subscription.Member == "" {
		subscription.Member = "member-" + strings.ToLower(rand.Text()[:12])
	}
	m := &member{
		Member: adapter.NewMember(subscription, b.bury, b.clock, b.logger),
		broker: b, client: b.client, stream: b.config.Stream, name: subscription.Member,
		wake: b.config.Stream + ".wake." + subscription.Group,
	}
	m.lease = lease{
		client: b.client, key: b.config.Stream + ".turn." + subscription.Group, length: b.config.Lease,
	}
	m.outage = outage{clock: b.clock, logger: m.Logger}
	return m
}
