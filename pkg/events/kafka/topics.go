package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"inventory.example/pkg/clock"
)

const (
	prepareLimit = 5 * time.Second       // for the response of a server
	topicPause   = 50 * time.Millisecond // between two requests for a topic that is being created

	// defaultBatchBytes is Kafka's default, for a topic whose max.message.bytes
	// may not be read.
	defaultBatchBytes = 1_000_012
	minBatchBytes     = 1 << 10
	maxBatchBytes     = 64 << 20
	// letterBytes is the largest size that a dead letter adds to its event.
	letterBytes = 64 << 10
)

// errTopicMissing is in the chain of the error about a topic that an operator must
// create.
var errTopicMissing = errors.New("topic does not exist and KAFKA_CREATE_TOPICS is false")

// topic is the state of a topic that the adapter needs.
type topic struct {
	id         kadm.TopicID // changes when it is deleted and created again
	batchBytes int32        // the largest batch of records that the server takes
}

// prepareTopic returns the topic of the events. It creates the topic if it is
// missing and the configuration allows it.
func (b *Broker) prepareTopic(ctx context.Context) (topic, error) {
	return b.prepare(ctx, b.config.Topic, b.config.Partitions, nil)
}

// prepareLetters does the same for the topic of dead letters, which are kept until
// an operator replays or discards them.
func (b *Broker) prepareLetters(ctx context.Context, of topic) (topic, error) {
	return b.prepare(ctx, b.config.deadLetterTopic(), 1, map[string]*string{
		"retention.ms":      kadm.StringPtr("-1"),
		"retention.bytes":   kadm.StringPtr("-1"),
		"max.message.bytes": kadm.StringPtr(strconv.Itoa(int(of.batchBytes) + letterBytes)),
	})
}

func (b *Broker) prepare(ctx context.Context, name string, partitions int, settings map[string]*string) (topic, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, prepareLimit, errTooSlow)
	defer cancel()
	t, err := b.findOrCreate(ctx, name, partitions, settings)
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errTooSlow) && lacksReason(err) {
			err = cause
		}
		return topic{}, fmt.Errorf("topic %s: %w", name, b.dialErrors.explain(err))
	}
	t.batchBytes = b.batchBytes(ctx, name)
	return t, nil
}

func (b *Broker) findOrCreate(ctx context.Context, name string, partitions int, settings map[string]*string) (topic, error) {
	created := false
	for {
		found, err := b.find(ctx, name, created)
		switch {
		case err == nil:
			return found, nil
		case created && kerr.IsRetriable(err): // not every server knows the topic yet
			if clock.Sleep(ctx, b.clock, topicPause) != nil {
				return topic{}, context.Cause(ctx)
			}
		case errors.Is(err, kerr.UnknownTopicOrPartition) && !b.config.CreateTopics:
			return topic{}, errTopicMissing
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			if err := b.createTopic(ctx, name, partitions, settings); err != nil {
				return topic{}, err
			}
			created = true
		default:
			return topic{}, err
		}
	}
}

// find returns the topic. If ready is true, each partition must have a leader;
// otherwise a partition without one delays only its own keys.
func (b *Broker) find(ctx context.Context, name string, ready bool) (topic, error) {
	found, err := b.admin.Metadata(ctx, name)
	if err != nil {
		return topic{}, err
	}
	detail, ok := found.Topics[name]
	if !ok {
		return topic{}, kerr.UnknownTopicOrPartition
	}
	if detail.Err != nil {
		return topic{}, detail.Err
	}
	for _, p := range detail.Partitions {
		if ready && p.Err != nil && !errors.Is(p.Err, kerr.ReplicaNotAvailable) {
			return topic{}, fmt.Errorf("partition %d: %w", p.Partition, p.Err)
		}
	}
	return topic{id: detail.ID}, nil
}

func (b *Broker) createTopic(ctx context.Context, name string, partitions int, settings map[string]*string) error {
	all := map[string]*string{"cleanup.policy": kadm.StringPtr("delete")} // events of a key do not replace each other
	for k, v := range settings {
		all[k] = v
	}
	created, err := b.admin.CreateTopic(ctx, int32(partitions), int16(b.config.Replication), all, name) //nolint:gosec // Validate bounds them
	switch {
	case err == nil:
		b.logger.InfoContext(ctx, "topic created", "topic", name, "partitions", partitions)
		return nil
	case errors.Is(err, kerr.TopicAlreadyExists):
		return nil // by another process
	case created.ErrMessage != "":
		return fmt.Errorf("create it: %w: %s", err, created.ErrMessage)
	default:
		return fmt.Errorf("create it: %w", err)
	}
}

// batchBytes returns the topic's max.message.bytes, or the default if this user
// may not read it.
func (b *Broker) batchBytes(ctx context.Context, name string) int32 {
	found, err := b.admin.DescribeTopicConfigs(ctx, name)
	if err != nil || len(found) != 1 {
		return defaultBatchBytes
	}
	for _, c := range found[0].Configs {
		if n, err := strconv.Atoi(c.MaybeValue()); c.Key == "max.message.bytes" && err == nil {
			return int32(min(max(n, minBatchBytes), maxBatchBytes)) //nolint:gosec // bounded
		}
	}
	return defaultBatchBytes
}
