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
	prepareLimit = 5 * time.Second       // until a server that does not answer is an error
	topicPause   = 50 * time.Millisecond // between two looks at a topic that is being made

	// defaultBatchBytes is taken where the topic's max.message.bytes may not be
	// read: Kafka's default.
	defaultBatchBytes = 1_000_012
	minBatchBytes     = 1 << 10
	maxBatchBytes     = 64 << 20
	// letterBytes is what a dead letter may add to its event.
	letterBytes = 64 << 10
)

// errTopicMissing is in the chain of the error about a topic that has to be
// made by somebody else.
var errTopicMissing = errors.New("topic does not exist and KAFKA_CREATE_TOPICS is false")

// topic is what the adapter has to know of a topic.
type topic struct {
	id         kadm.TopicID // changes when it is deleted and made again
	batchBytes int32        // the largest batch of records that the server takes
}

// prepareTopic returns the topic of the events, which it makes if it may.
func (b *Broker) prepareTopic(ctx context.Context) (topic, error) {
	return b.prepare(ctx, b.config.Topic, b.config.Partitions, nil)
}

// prepareLetters does the same for the topic of dead letters. They are kept
// until somebody looks after them.
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
	t, err := b.findOrMake(ctx, name, partitions, settings)
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errTooSlow) && vague(err) {
			err = cause
		}
		return topic{}, fmt.Errorf("topic %s: %w", name, b.trouble.explain(err))
	}
	t.batchBytes = b.batchBytes(ctx, name)
	return t, nil
}

func (b *Broker) findOrMake(ctx context.Context, name string, partitions int, settings map[string]*string) (topic, error) {
	made := false
	for {
		found, err := b.find(ctx, name, made)
		switch {
		case err == nil:
			return found, nil
		case made && kerr.IsRetriable(err): // the news has not reached every server
			if clock.Sleep(ctx, b.clock, topicPause) != nil {
				return topic{}, context.Cause(ctx)
			}
		case errors.Is(err, kerr.UnknownTopicOrPartition) && !b.config.CreateTopics:
			return topic{}, errTopicMissing
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			if err := b.makeTopic(ctx, name, partitions, settings); err != nil {
				return topic{}, err
			}
			made = true
		default:
			return topic{}, err
		}
	}
}

// find looks for a topic. If it has to be ready, all partitions need a leader;
// otherwise one that lacks it holds up its own keys only.
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

func (b *Broker) makeTopic(ctx context.Context, name string, partitions int, settings map[string]*string) error {
	all := map[string]*string{"cleanup.policy": kadm.StringPtr("delete")} // events of a key do not replace each other
	for k, v := range settings {
		all[k] = v
	}
	made, err := b.admin.CreateTopic(ctx, int32(partitions), int16(b.config.Replication), all, name) //nolint:gosec // Validate bounds them
	switch {
	case err == nil:
		b.logger.InfoContext(ctx, "topic created", "topic", name, "partitions", partitions)
		return nil
	case errors.Is(err, kerr.TopicAlreadyExists):
		return nil // another process was quicker
	case made.ErrMessage != "":
		return fmt.Errorf("create it: %w: %s", err, made.ErrMessage)
	default:
		return fmt.Errorf("create it: %w", err)
	}
}

// batchBytes reads the topic's max.message.bytes. Not everybody may; then the
// server's default is a good guess.
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
