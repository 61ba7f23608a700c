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

// errTopicLost ends a session whose topic no longer exists.
var errTopicLost = errors.New("the broker has lost the topic")

// member is one subscription of a group.
type member struct {
	adapter.Member
	broker      *Broker
	outage      *outage
	topic       topic
	rebalancing chan struct{} // has a token while a rebalance waits for this member

	// Both are changed between a poll and AllowRebalance, and by dropPartitions,
	// which Kafka's client does not run during that time.
	mu        sync.Mutex
	ahead     map[int32]map[int64]struct{} // handled offsets after one that is not handled
	positions map[int32]kgo.EpochOffset    // to be committed
}

func newMember(b *Broker, s events.Subscription) *member {
	m := &member{
		Member: adapter.NewMember(s, b.storeDeadLetter, b.clock, b.logger),
		broker: b, rebalancing: make(chan struct{}, 1),
	}
	m.outage = newOutage(m.Logger)
	return m
}

// pollOnce polls once, handles the records and commits their offsets. The member
// keeps its partitions until then.
func (m *member) pollOnce(ctx context.Context, client *kgo.Client) error {
	select {
	case <-m.rebalancing: // of an earlier batch
	default:
	}
	defer client.AllowRebalance()
	poll, cancel := ctx, func() {}
	if m.hasUncommitted() {
		poll, cancel = context.WithTimeout(ctx, commitPause)
	}
	fetches := client.PollRecords(poll, batchLength)
	cancel()
	err := m.checkFetchErrors(ctx, fetches)
	if list := fetches.Records(); len(list) > 0 {
		client.SetOffsets(m.ofTopic(m.handleRecords(ctx, list)))
	}
	m.commitOffsets(ctx, client)
	return err
}

// checkFetchErrors logs the errors of a poll and returns one that the client does
// not overcome.
func (m *member) checkFetchErrors(ctx context.Context, fetches kgo.Fetches) error {
	var failure error
	fetches.EachError(func(_ string, partition int32, err error) {
		var loss *kgo.ErrDataLoss
		var session *kgo.ErrGroupSession
		switch {
		case errors.As(err, &session):
			m.outage.begin(ctx, err)
		case errors.As(err, &loss):
			m.Logger.ErrorContext(ctx, "the broker has lost events", slog.Int("partition", int(partition)), slog.Any("err", err))
		case errors.Is(err, kerr.UnknownTopicID), errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.InconsistentTopicID):
			if m.isTopicLost(ctx) {
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

// isTopicLost reports whether the topic was deleted, or replaced by another one.
func (m *member) isTopicLost(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, prepareLimit)
	defer cancel()
	found, err := m.broker.find(ctx, m.broker.config.Topic, false)
	if err != nil {
		return errors.Is(err, kerr.UnknownTopicOrPartition)
	}
	return found.id != m.topic.id
}

// handleRecords runs the records through the handler and moves the position of
// each partition. It returns the offsets from which interrupted partitions must be
// read again.
func (m *member) handleRecords(ctx context.Context, list []*kgo.Record) map[int32]kgo.EpochOffset {
	ctx, release := m.boundBatch(ctx)
	defer release()
	done := m.deliverRecords(ctx, list)
	m.mu.Lock()
	defer m.mu.Unlock()
	interrupted := map[int32]kgo.EpochOffset{}
	for i, r := range list {
		_, afterGap := interrupted[r.Partition]
		switch {
		case afterGap && done[i]:
			if m.ahead[r.Partition] == nil {
				m.ahead[r.Partition] = map[int64]struct{}{}
			}
			m.ahead[r.Partition][r.Offset] = struct{}{}
		case afterGap:
		case done[i]:
			m.positions[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
			delete(m.ahead[r.Partition], r.Offset)
		default:
			interrupted[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset}
		}
	}
	return interrupted
}

// boundBatch returns a context for one batch. It ends earlier once a rebalance
// waits for this member.
func (m *member) boundBatch(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-m.rebalancing:
		}
		_ = clock.Sleep(ctx, m.broker.clock, handOverLimit)
		cancel()
	})
	return ctx, func() {
		cancel()
		watch.Wait()
	}
}

// signalRebalance is called when a rebalance waits for the current batch.
func (m *member) signalRebalance(context.Context, *kgo.Client) {
	select {
	case m.rebalancing <- struct{}{}:
	default:
	}
}

// deliverRecords reports for each record whether it is handled.
func (m *member) deliverRecords(ctx context.Context, list []*kgo.Record) []bool {
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
	return batch.MarkDone(m.Delivery.Run(ctx, batch.Events()))
}

func (m *member) isAhead(r *kgo.Record) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ahead := m.ahead[r.Partition][r.Offset]
	return ahead
}

// commitOffsets commits the positions. After a failure they are committed with the
// next batch, or when the member leaves.
func (m *member) commitOffsets(ctx context.Context, client *kgo.Client) {
	if !m.hasUncommitted() || ctx.Err() != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, commitLimit)
	defer cancel()
	var failure error
	client.CommitOffsetsSync(limited, m.ofTopic(m.positions),
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
			m.Logger.WarnContext(ctx, "commit the positions of the group", slog.Any("err", failure))
		}
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.positions)
}

func (m *member) hasUncommitted() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.positions) > 0
}

// ofTopic returns the offsets as those of the topic; nil if there are none.
func (m *member) ofTopic(offsets map[int32]kgo.EpochOffset) map[string]map[int32]kgo.EpochOffset {
	if len(offsets) == 0 {
		return nil
	}
	return map[string]map[int32]kgo.EpochOffset{m.broker.config.Topic: offsets}
}

// dropPartitions drops the offsets of partitions that the member has lost.
func (m *member) dropPartitions(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range lost[m.broker.config.Topic] {
		delete(m.ahead, p)
		delete(m.positions, p)
	}
}

// resetOffsets drops the offsets of all partitions.
func (m *member) resetOffsets() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead = map[int32]map[int64]struct{}{}
	m.positions = map[int32]kgo.EpochOffset{}
}

// checkPositions logs a loss of events if the position of an assigned partition is
// outside its extent. After the end, it sets the position to the beginning.
func (m *member) checkPositions(
	ctx context.Context, assigned map[string]map[int32]kgo.Offset,
) (map[string]map[int32]kgo.Offset, error) {
	name := m.broker.config.Topic
	limited, cancel := context.WithTimeout(ctx, prepareLimit)
	defer cancel()
	extents, err := m.broker.topicExtents(limited)
	if err != nil {
		m.Logger.DebugContext(ctx, "check the group's positions", slog.Any("err", err))
		return assigned, nil // the client corrects a wrong position without a log line
	}
	for p, offset := range assigned[name] {
		at, h := offset.EpochOffset().Offset, extents[p]
		attrs := []any{slog.Int("partition", int(p)), slog.Int64("position", at), slog.Int64("first", h.start), slog.Int64("end", h.end)}
		switch {
		case at < 0: // a new group
		case at > h.end:
			m.Logger.ErrorContext(ctx, "the broker has lost events; starting at the beginning", attrs...)
			assigned[name][p] = kgo.NewOffset().AtStart()
		case at < h.start:
			m.Logger.ErrorContext(ctx, "the broker has deleted events that the group has not handled", attrs...)
		}
	}
	return assigned, nil
}
