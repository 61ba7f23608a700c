package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
)

// bareClient publishes events as fast as the broker's own client can, with the
// guarantees that the adapter asks for.
type bareClient interface {
	publish(ctx context.Context, list []events.Event, batch int) error
	disconnect()
}

func newBareClient(_ context.Context, config broker.Config, publisher events.Publisher) (bareClient, error) {
	switch config.Name {
	case broker.Redis:
		client, err := redisClient(config)
		return bareRedis{client, config.Redis.Stream}, err
	case broker.Kafka:
		client, err := kafkaClient(config, kgo.RequiredAcks(kgo.AllISRAcks()), kgo.DefaultProduceTopic(config.Kafka.Topic),
			kgo.MaxBufferedRecords(1<<20), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		return bareKafka{client}, err
	}
	return barePublisher{publisher}, nil
}

// bareRedis sends pipelines of XADD over one connection.
type bareRedis struct {
	client redis.UniversalClient
	stream string
}

func (c bareRedis) publish(ctx context.Context, list []events.Event, batch int) error {
	for len(list) > 0 {
		chunk := list[:min(batch, len(list))]
		list = list[len(chunk):]
		_, err := c.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range chunk {
				p.XAdd(ctx, &redis.XAddArgs{Stream: c.stream, Values: []any{
					"event", chunk[i].Document(), "event_type", string(chunk[i].Type),
				}})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c bareRedis) disconnect() { _ = c.client.Close() }

func redisClient(config broker.Config) (redis.UniversalClient, error) {
	r := config.Redis
	security, err := r.TLS.Load()
	if err != nil {
		return nil, err
	}
	addrs := r.Addrs
	if len(addrs) == 0 {
		addrs = []string{net.JoinHostPort(r.Host, strconv.Itoa(r.Port))}
	}
	return redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: addrs, IsClusterMode: r.Cluster, MasterName: r.SentinelMaster,
		SentinelUsername: r.SentinelUsername, SentinelPassword: r.SentinelPassword,
		Username: r.Username, Password: r.Password, DB: r.DB, TLSConfig: security, Protocol: 2, DisableIdentity: true,
	}), nil
}

// forgetRedis deletes the keys that begin with the name of the stream.
func forgetRedis(ctx context.Context, config broker.Config) (err error) {
	client, err := redisClient(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	remove := func(ctx context.Context, node redis.Cmdable) error {
		keys := node.Scan(ctx, 0, "*"+config.Redis.Stream+"*", 1000).Iterator()
		for keys.Next(ctx) {
			if err := node.Unlink(ctx, keys.Val()).Err(); err != nil {
				return err
			}
		}
		return keys.Err()
	}
	if cluster, ok := client.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return remove(ctx, node) })
	}
	return remove(ctx, client)
}

// bareKafka hands everything to the client at once, which makes the batches.
type bareKafka struct{ client *kgo.Client }

func (c bareKafka) publish(ctx context.Context, list []events.Event, _ int) error {
	failed := make(chan error, 1)
	for i := range list {
		record := &kgo.Record{
			Key: []byte(list[i].OrderingKey()), Value: list[i].Document(),
			Headers: []kgo.RecordHeader{{Key: "event_type", Value: []byte(list[i].Type)}},
		}
		c.client.Produce(ctx, record, func(_ *kgo.Record, err error) {
			if err == nil {
				return
			}
			select {
			case failed <- err:
			default: // the first is enough
			}
		})
	}
	if err := c.client.Flush(ctx); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func (c bareKafka) disconnect() { c.client.Close() }

func kafkaClient(config broker.Config, more ...kgo.Opt) (*kgo.Client, error) {
	k := config.Kafka
	if k.SASLMechanism != "" {
		return nil, errors.New("the bare client does not log in; unset KAFKA_SASL_MECHANISM")
	}
	opts := []kgo.Opt{kgo.SeedBrokers(k.Brokers...), kgo.DisableClientMetrics()}
	security, err := k.TLS.Load()
	if err != nil {
		return nil, err
	}
	if security != nil {
		opts = append(opts, kgo.DialTLSConfig(security))
	}
	return kgo.NewClient(append(opts, more...)...)
}

// forgetKafka deletes the topics that begin with the name of the run's.
func forgetKafka(ctx context.Context, config broker.Config) error {
	client, err := kafkaClient(config)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	topics, err := admin.ListTopics(ctx, config.Kafka.Topic, config.Kafka.Topic+".dlq")
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	var names []string
	for _, t := range topics {
		if t.Err == nil {
			names = append(names, t.Topic)
		}
	}
	if len(names) == 0 {
		return nil
	}
	deleted, err := admin.DeleteTopics(ctx, names...)
	if err != nil {
		return fmt.Errorf("delete topics: %w", err)
	}
	return deleted.Error()
}

// barePublisher is the adapter itself, fed from memory: the embedded broker has
// no other client.
type barePublisher struct{ publisher events.Publisher }

func (c barePublisher) publish(ctx context.Context, list []events.Event, batch int) error {
	for len(list) > 0 {
		chunk := list[:min(batch, len(list))]
		list = list[len(chunk):]
		if err := c.publisher.PublishBatch(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (barePublisher) disconnect() {}
