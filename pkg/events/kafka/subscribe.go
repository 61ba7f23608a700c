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
	sessionTimeout = 10 * time.Second // until the events of a dead member go to another
	heartbeat      = 3 * time.Second
	// rebalanceTimeout is how long Kafka waits for a busy member when the
	// partitions are shared anew. batchLimit and commitLimit together stay well
	// below it, so that no key is given away while its handler runs.
	rebalanceTimeout = 2 * time.Minute
	batchLimit       = time.Minute
	handOverLimit    = 5 * time.Second // for the rest of a batch, once another member waits for partitions
	commitLimit      = 5 * time.Second
	leaveLimit       = 5 * time.Second // to commit for the last time, too

	batchLength = 512 // records that a member handles at a time
	// fetchWait is how long the server holds back an empty answer. Partitions
	// that are assigned meanwhile wait as long to be read first.
	fetchWait   = 500 * time.Millisecond
	commitPause = 1 * time.Second // before positions that could not be stored are tried again

	minPause = 100 * time.Millisecond // between attempts to serve a subscription
	maxPause = 5 * time.Second
)

// serve delivers to the subscription until ctx ends.
func (b *Broker) serve(ctx context.Context, subscription events.Subscription) error {
	newMember(b, subscription).serve(ctx)
	return nil
}

// serve delivers to the subscription until ctx ends. What keeps it from doing
// so is waited out.
func (m *member) serve(ctx context.Context) {
	pause := minPause
	for ctx.Err() == nil {
		started := m.broker.clock.Now()
		err := m.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if m.broker.clock.Now().Sub(started) > maxPause {
			pause = minPause
		}
		if !errors.Is(err, errTopicLost) { // which was logged
			m.outage.begins(ctx, err)
		}
		_ = clock.Sleep(ctx, m.broker.clock, pause) // the loop looks at ctx
		pause = min(2*pause, maxPause)
	}
}

// session joins the group and works until ctx ends, or until only a new client
// can go on.
func (m *member) session(ctx context.Context) error {
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
	client, err := b.connect(&trouble{},
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
		kgo.OnPartitionsAssigned(func(ctx context.Context, _ *kgo.Client, _ map[string][]int32) { m.outage.ends(ctx) }),
		kgo.OnPartitionsRevoked(m.forget),
		kgo.OnPartitionsLost(m.forget),
		kgo.OnPartitionsCallbackBlocked(m.hurry),
	)
	if err != nil {
		return err
	}
	m.forgetAll()
	defer m.leave(ctx, client, abandon)
	for ctx.Err() == nil {
		if err := m.work(ctx, client); err != nil {
			return err
		}
	}
	return nil
}

// leave ends the session in order, so that others take over at once. While the
// server waits for a dead member before it shares the partitions anew, the
// client can neither commit nor leave. After leaveLimit it is closed without: a
// service that stops has no time for more. abandon ends the client's context.
func (m *member) leave(ctx context.Context, client *kgo.Client, abandon context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveLimit)
	defer cancel()
	m.commit(ctx, client)
	client.AllowRebalance()
	if err := client.LeaveGroupContext(ctx); err != nil {
		m.Logger.WarnContext(ctx, "leave the group", slog.Any("err", err))
		abandon() // Close would wait until the server answers the request to join
	}
	client.Close()
}

// outage logs the beginning and the end of what keeps a member from working,
// once each. The zero value with a logger is ready to use.
type outage struct {
	logger *slog.Logger
	lasts  chan struct{} // holds a token while it lasts
}

func newOutage(logger *slog.Logger) *outage {
	return &outage{logger: logger, lasts: make(chan struct{}, 1)}
}

func (o *outage) begins(ctx context.Context, err error) {
	select {
	case o.lasts <- struct{}{}:
		o.logger.WarnContext(ctx, "events are not delivered; waiting for Kafka", slog.Any("err", err))
	default:
	}
}

func (o *outage) ends(ctx context.Context) {
	select {
	case <-o.lasts:
		o.logger.InfoContext(ctx, "events are delivered again")
	default:
	}
}
