package redisstream

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// member is one subscription of a consumer group. One member of a group is
// active at a time: the one that owns the group's lease.
type member struct {
	adapter.Member
	broker  *Broker
	client  redis.UniversalClient
	stream  string
	name    string // of the consumer in Redis
	lease   lease
	wakeKey string // of the list whose element means that the lease was released
	outage  outage

	joined      bool     // the group exists, as far as the member knows
	pendingFrom string   // where to go on claiming pending entries; empty: there are none to claim
	handled     []string // ids of handled entries that the server may not know to be acknowledged
}

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
		Member: adapter.NewMember(subscription, b.storeDeadLetter, b.clock, b.logger),
		broker: b, client: b.client, stream: b.config.Stream, name: subscription.Member,
		wakeKey: b.config.Stream + ".wake." + subscription.Group,
	}
	m.lease = lease{
		// Releases of one system that run side by side share the key, so its
		// name must not change.
		client: b.client, key: b.config.Stream + ".turn." + subscription.Group, length: b.config.Lease,
	}
	m.outage = outage{clock: b.clock, logger: m.Logger}
	return m
}

// run waits for the lease and handles entries while it owns it, until ctx ends.
func (m *member) run(ctx context.Context) {
	var heartbeats sync.WaitGroup
	heartbeats.Go(func() { m.sendHeartbeats(ctx) })
	for ctx.Err() == nil {
		leased, err := m.acquireLease(ctx)
		if leased != nil {
			err = m.handOverLease(ctx, m.handleEntries(leased))
		}
		if err == nil {
			err = m.awaitLease(ctx)
		}
		m.handleResult(ctx, err)
	}
	heartbeats.Wait()
	m.leaveGroup(context.WithoutCancel(ctx))
}

// handleResult logs an outage and pauses after an error. A lost group is joined
// again without a pause.
func (m *member) handleResult(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil:
		m.outage.recordSuccess(ctx)
	case groupIsLost(err) && m.joined:
		m.Logger.ErrorContext(ctx, "the broker has lost the consumer group; it is created again at the beginning of the stream",
			slog.Any("err", err))
		m.joined, m.handled = false, nil
	default:
		_ = clock.Sleep(ctx, m.broker.clock, m.outage.recordFailure(ctx, err)) // run checks ctx
	}
}

// joinGroup creates the group if it does not exist.
func (m *member) joinGroup(ctx context.Context) error {
	if m.joined {
		return nil
	}
	err := m.client.XGroupCreateMkStream(ctx, m.stream, m.Group, "0").Err()
	if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
		return m.broker.wrapError(ctx, err, "create group %s of stream %s", m.Group, m.stream)
	}
	m.joined = true
	m.sendHeartbeat(ctx)
	return nil
}

func (m *member) sendHeartbeats(ctx context.Context) {
	for clock.Sleep(ctx, m.broker.clock, m.lease.length/3) == nil {
		m.sendHeartbeat(ctx)
	}
}

// sendHeartbeat resets the idle time of the consumer in Redis. It reads the
// consumer's own pending entries after the last possible id, so that it gets no
// entry. The active member hands its lease over only if another member is alive.
func (m *member) sendHeartbeat(ctx context.Context) {
	const afterAll = "18446744073709551615-18446744073709551614" // the server adds one
	err := m.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: m.Group, Consumer: m.name, Streams: []string{m.stream, afterAll}, Count: 1, Block: -1,
	}).Err()
	if err != nil {
		m.Logger.DebugContext(ctx, "send heartbeat", slog.Any("err", err)) // run meets the same error
	}
}

// removeConsumer removes a consumer from its group unless it has pending
// entries, which would be removed with it.
var removeConsumer = redis.NewScript(`#!lua flags=allow-oom
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])`)

// leaveGroup acknowledges the handled entries and removes the consumer.
func (m *member) leaveGroup(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	err := m.acknowledgeHandled(ctx)
	if err == nil {
		err = removeConsumer.Run(ctx, m.client, []string{m.stream}, m.Group, m.name).Err()
		err = m.broker.wrapError(ctx, err, "leave group %s", m.Group)
	}
	if err == nil {
		err = m.wakeNextMember(ctx) // this member may have taken the element without the lease
	}
	if err != nil && !groupIsLost(err) {
		m.Logger.WarnContext(ctx, "leave the group", slog.Any("err", err))
	}
}
