package kafka

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// errTopicLost ends a session whose topic is not there any more.
var errTopicLost = errors.New("the broker has lost the topic")

// member is one subscription of a group.
type member struct {
	adapter.Member
	broker *Broker
	outage *outage
	topic  topic
	waited chan struct{} // holds a token when another member waits for partitions

	// Both are touched between a poll and the permission to rebalance, and by
	// forget, which Kafka's client never runs meanwhile.
	mu        sync.Mutex
	ahead     map[int32]map[int64]struct{} // offsets that are done behind one that is not
	positions map[int32]kgo.EpochOffset    // to be stored
}

func newMember(b *Broker, s events.Subscription) *member {
	m := &member{
		Member: adapter.NewMember(s, b.bury, b.clock, b.logger),
		broker: b, waited: make(chan struct{}, 1),
	}
	m.outage = newOutage(m.Logger)
	return m
}

// work polls once and handles what there is. The partitions stay with this
// member until it has stored how far it came.
func (m *member) work(ctx context.Context, client *kgo.Client) error {
	select {
	case <-m.waited: // for an earlier batch
	default:
	}
	defer client.AllowRebalance()
	poll, cancel := ctx, func() {}
	if m.owes() {
		poll, cancel = context.WithTimeout(ctx, commitPause)
	}
	fetches := client.PollRecords(poll, batchLength)
	cancel()
	err := m.inspect(ctx, fetches)
	if list := fetches.Records(); len(list) > 0 {
		client.SetOffsets(m.partitions(m.handle(ctx, list)))
	}
	m.commit(ctx, client)
	return err
}

// inspect looks at the errors of a poll. What the client gets over by itself is
// no error.
func (m *member) inspect(ctx context.Context, fetches kgo.Fetches) error {
	var failure error
	fetches.EachError(func(_ string, partition int32, err error) {
		var loss *kgo.ErrDataLoss
		var session *kgo.ErrGroupSession
		switch {
		case errors.As(err, &session):
			m.outage.begins(ctx, err)
		case errors.As(err, &loss):
			m.Logger.ErrorContext(ctx, "the broker has lost events", slog.Int("partition", int(partition)), slog.Any("err", err))
		case errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.InconsistentTopicID):
			if m.topicLost(ctx) {
				failure = errTopicLost
			}
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
			kerr.IsRetriable(err), kgo.IsRetryableBrokerErr(err):
		default:
			failure = err
		}
	})
	if errors.Is(failure, errTopicLost) {
		m.Logger.ErrorContext(ctx, "the broker has lost the topic; starting at the beginning",
			slog.String("topic", m.broker.config.Topic))
	}
	return failure
}

// topicLost reports whether the topic is gone, or another one has its name.
func (m *member) topicLost(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, prepareLimit)
	defer cancel()
	found, err := m.broker.find(ctx, m.broker.config.Topic, false)
	if err != nil {
		return errors.Is(err, kerr.UnknownTopicOrPartition)
	}
	return found.id != m.topic.id
}

// handle runs the records through the handler. It notes how far each partition
// came, and returns where those have to be read again that were cut off.
func (m *member) handle(ctx context.Context, list []*kgo.Record) map[int32]kgo.EpochOffset {
	ctx, release := m.bounded(ctx)
	defer release()
	done := m.deliver(ctx, list)
	m.mu.Lock()
	defer m.mu.Unlock()
	again := map[int32]kgo.EpochOffset{}
	for i, r := range list {
		_, cutOff := again[r.Partition]
		switch {
		case cutOff && done[i]:
			if m.ahead[r.Partition] == nil {
				m.ahead[r.Partition] = map[int64]struct{}{}
			}
			m.ahead[r.Partition][r.Offset] = struct{}{}
		case cutOff:
		case done[i]:
			m.positions[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
			delete(m.ahead[r.Partition], r.Offset)
		default:
			again[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset}
		}
	}
	return again
}

// bounded returns a context for one batch. It leaves the batch less time once
// another member waits for partitions.
func (m *member) bounded(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-m.waited:
		}
		_ = clock.Sleep(ctx, m.broker.clock, handOverLimit)
		cancel()
	})
	return ctx, func() {
		cancel()
		watch.Wait()
	}
}

// hurry is called when a rebalance waits for the batch under way.
func (m *member) hurry(context.Context, *kgo.Client) {
	select {
	case m.waited <- struct{}{}:
	default:
	}
}

// deliver tells of each record whether it is done with.
func (m *member) deliver(ctx context.Context, list []*kgo.Record) []bool {
	batch := m.NewBatch(len(list))
	for i, r := range list {
		if m.isAhead(r) || !m.Concerns(header(r, headerOnlyGroup)) {
			batch.Skip(i)
			continue
		}
		event, err := events.Decode(r.Value)
		if err != nil {
			batch.Bury(ctx, i, r.Value, err, slog.Int("partition", int(r.Partition)), slog.Int64("offset", r.Offset))
			continue
		}
		batch.Add(i, event)
	}
	return batch.Deliver(ctx)
}

func (m *member) isAhead(r *kgo.Record) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ahead := m.ahead[r.Partition][r.Offset]
	return ahead
}

// commit stores how far the member came. What could not be stored is tried
// again with the next batch, and when the member leaves.
func (m *member) commit(ctx context.Context, client *kgo.Client) {
	if !m.owes() || ctx.Err() != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, commitLimit)
	defer cancel()
	var failure error
	client.CommitOffsetsSync(limited, m.partitions(m.positions),
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
			if failure = err; err != nil {
				return // without a response
			}
			for _, t := range response.Topics {
				for _, p := range t.Partitions {
					failure = errors.Join(failure, kerr.ErrorForCode(p.ErrorCode))
				}
			}
		})
	if failure != nil {
		if ctx.Err() == nil {
			m.Logger.WarnContext(ctx, "store the group's positions", slog.Any("err", failure))
		}
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.positions)
}

func (m *member) owes() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.positions) > 0
}

func (m *member) partitions(offsets map[int32]kgo.EpochOffset) map[string]map[int32]kgo.EpochOffset {
	if len(offsets) == 0 {
		return nil
	}
	return map[string]map[int32]kgo.EpochOffset{m.broker.config.Topic: offsets}
}

// forget drops what the member knows of partitions that are no longer its own.
func (m *member) forget(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range lost[m.broker.config.Topic] {
		delete(m.ahead, p)
		delete(m.positions, p)
	}
}

func (m *member) forgetAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead = map[int32]map[int64]struct{}{}
	m.positions = map[int32]kgo.EpochOffset{}
}

// checkPositions looks at where the partitions that were assigned are to be
// read from: a position outside of what the broker holds tells of a loss.
func (m *member) checkPositions(
	ctx context.Context, assigned map[string]map[int32]kgo.Offset,
) (map[string]map[int32]kgo.Offset, error) {
	name := m.broker.config.Topic
	limited, cancel := context.WithTimeout(ctx, prepareLimit)
	defer cancel()
	held, err := m.broker.held(limited)
	if err != nil {
		m.Logger.DebugContext(ctx, "check the group's positions", slog.Any("err", err))
		return assigned, nil // the client copes with a wrong position, without a word
	}
	for p, offset := range assigned[name] {
		at, h := offset.EpochOffset().Offset, held[p]
		attrs := []any{slog.Int("partition", int(p)), slog.Int64("position", at), slog.Int64("first", h.start), slog.Int64("end", h.end)}
		switch {
		case at < 0: // a group that was never here
		case at > h.end:
			m.Logger.ErrorContext(ctx, "the broker has lost events; starting at the beginning", attrs...)
			assigned[name][p] = kgo.NewOffset().AtStart()
		case at < h.start:
			m.Logger.ErrorContext(ctx, "the broker has deleted events that the group has not handled", attrs...)
		}
	}
	return assigned, nil
}
