package kafka

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
)

const (
	sessionTimeout = 10 * time.Second // after which another member gets the events of a dead one
	heartbeat      = 3 * time.Second
	// rebalanceTimeout is the time that Kafka waits for a busy member in a
	// rebalance. batchLimit and commitLimit together stay well below it, so that
	// no partition is reassigned while its handler runs.
	rebalanceTimeout = 2 * time.Minute
	batchLimit       = time.Minute
	handOverLimit    = 5 * time.Second // for the rest of a batch during a rebalance
	commitLimit      = 5 * time.Second
	leaveLimit       = 5 * time.Second // for the last commit, too

	batchLength = 512 // records that a member handles at a time
	// fetchWait is the time that the server delays an empty response. A partition
	// that is assigned during this time is read after it.
	fetchWait   = 500 * time.Millisecond
	commitPause = 1 * time.Second // before a failed commit is repeated

	minPause = 100 * time.Millisecond // between two sessions
	maxPause = 5 * time.Second
)

// serve delivers to the subscription until ctx ends.
func (b *Broker) serve(ctx context.Context, subscription events.Subscription) error {
	newMember(b, subscription).run(ctx)
	return nil
}

// run starts a session, and another one after each error, until ctx ends.
func (m *member) run(ctx context.Context) {
	pause := minPause
	for ctx.Err() == nil {
		started := m.broker.clock.Now()
		err := m.runSession(ctx)
		if ctx.Err() != nil {
			return
		}
		if m.broker.clock.Now().Sub(started) > maxPause {
			pause = minPause
		}
		if !errors.Is(err, errTopicLost) { // which was logged
			m.outage.begin(ctx, err)
		}
		_ = clock.Sleep(ctx, m.broker.clock, pause) // the loop checks ctx
		pause = min(2*pause, maxPause)
	}
}

// runSession joins the group and handles records until ctx ends, or until an error
// that only a new client can overcome.
func (m *member) runSession(ctx context.Context) error {
	b := m.broker
	var err error
	if m.topic, err = b.prepareTopic(ctx); err != nil {
		return err
	}
	if _, err := b.prepareLetters(ctx, m.topic); err != nil {
		return err
	}
	own, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	client, err := b.connect(&dialErrors{},
		kgo.WithContext(own),
		kgo.ConsumerGroup(b.config.kafkaGroup(m.Group)),
		kgo.ConsumeTopics(b.config.Topic),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxWait(fetchWait),
		kgo.SessionTimeout(sessionTimeout),
		kgo.HeartbeatInterval(heartbeat),
		kgo.RebalanceTimeout(rebalanceTimeout),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.BlockRebalanceOnPoll(),
		kgo.DisableAutoCommit(),
		kgo.KeepRetryableFetchErrors(),
		kgo.AdjustFetchOffsetsFn(m.checkPositions),
		kgo.OnPartitionsAssigned(func(ctx context.Context, _ *kgo.Client, _ map[string][]int32) { m.outage.finish(ctx) }),
		kgo.OnPartitionsRevoked(m.dropPartitions),
		kgo.OnPartitionsLost(m.dropPartitions),
		kgo.OnPartitionsCallbackBlocked(m.signalRebalance),
	)
	if err != nil {
		return err
	}
	m.resetOffsets()
	defer m.leaveGroup(ctx, client, abandon)
	for ctx.Err() == nil {
		if err := m.pollOnce(ctx, client); err != nil {
			return err
		}
	}
	return nil
}

// leaveGroup ends the session in order, so that another member takes over at once.
// While the server waits for a dead member in a rebalance, the client can neither
// commit nor leave. leaveGroup closes the client after leaveLimit all the same,
// because a service that stops has no time for more. abandon ends the client's
// context.
func (m *member) leaveGroup(ctx context.Context, client *kgo.Client, abandon context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveLimit)
	defer cancel()
	m.commitOffsets(ctx, client)
	client.AllowRebalance()
	if err := client.LeaveGroupContext(ctx); err != nil {
		m.Logger.WarnContext(ctx, "leave the group", slog.Any("err", err))
		abandon() // Close would wait for the response to the request to join
	}
	client.Close()
}

// outage logs the beginning and the end of an outage once each. Create it with
// newOutage.
type outage struct {
	logger *slog.Logger
	active chan struct{} // has a token during an outage
}

func newOutage(logger *slog.Logger) *outage {
	return &outage{logger: logger, active: make(chan struct{}, 1)}
}

func (o *outage) begin(ctx context.Context, err error) {
	select {
	case o.active <- struct{}{}:
		o.logger.WarnContext(ctx, "events are not delivered; waiting for Kafka", slog.Any("err", err))
	default:
	}
}

func (o *outage) finish(ctx context.Context) {
	select {
	case <-o.active:
		o.logger.InfoContext(ctx, "events are delivered again")
	default:
	}
}
