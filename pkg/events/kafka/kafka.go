// Package kafka carries events over Apache Kafka. A record's key is the event's
// ordering key and its value the document as it is; the members of a consumer
// group share the topic's partitions.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// Options are the options of Open. Config is required; other zero fields take the
// defaults.
type Options struct {
	Config Config
	Clock  clock.Clock  // default clock.System
	Logger *slog.Logger // default slog.Default()
}

// Broker is an open broker. It is safe for concurrent use.
type Broker struct {
	config     Config
	clock      clock.Clock
	logger     *slog.Logger
	client     *kgo.Client // for requests to the cluster; it neither produces nor consumes
	admin      *kadm.Client
	dialErrors *dialErrors
	letters    *producer     // of dead letters and replays
	gate       *adapter.Gate // of every call
	closing    sync.Once

	mu        sync.Mutex // guards producers
	producers []*producer
}

var _ events.Inspector = (*Broker)(nil)

// Open returns a broker, which the caller must Close. It does not wait for the
// server, so it succeeds during an outage.
func Open(_ context.Context, o Options) (*Broker, error) {
	b := &Broker{config: o.Config, clock: o.Clock, logger: o.Logger, dialErrors: &dialErrors{}}
	if b.clock == nil {
		b.clock = clock.System{}
	}
	if b.logger == nil {
		b.logger = slog.Default()
	}
	b.gate = adapter.NewGate()
	var err error
	if b.client, err = b.connect(b.dialErrors); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	b.admin = kadm.NewClient(b.client)
	b.letters = b.newProducer()
	return b, nil
}

// Publisher returns a publisher, which is an events.Pinger too. Closing it
// leaves the broker open.
func (b *Broker) Publisher() events.Publisher {
	p := b.newProducer()
	return adapter.NewPublisher(b.gate, adapter.Commands{
		Publish: func(ctx context.Context, list []events.Event) error { return b.publish(ctx, p, "", list) },
		Ping:    b.ping,
		Close:   p.closeConnection,
	})
}

// Subscriber returns a subscriber. Closing it ends its own subscriptions and
// leaves the broker open.
func (b *Broker) Subscriber() events.Subscriber {
	return adapter.NewSubscriber(b.gate, b.serve)
}

// Close ends all subscriptions and waits for running handlers and calls.
// Publishers and subscribers of the broker then fail with events.ErrClosed. A
// second Close does nothing.
func (b *Broker) Close() error {
	b.closing.Do(func() {
		b.gate.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.producers {
			p.closeConnection()
		}
		b.client.Close()
	})
	return nil
}

// newProducer returns a producer, which is closed with the broker at the latest.
func (b *Broker) newProducer() *producer {
	p := &producer{broker: b, token: make(chan struct{}, 1)}
	p.token <- struct{}{}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.producers = append(b.producers, p)
	return p
}

// runCall runs f unless the broker is closed. Close ends the context of f, whose
// error is then events.ErrClosed.
func (b *Broker) runCall(ctx context.Context, f func(context.Context) error) error {
	return b.gate.Run(func() error {
		ctx, release := adapter.BoundContext(ctx, b.gate)
		defer release()
		err := f(ctx)
		if err != nil && errors.Is(context.Cause(ctx), events.ErrClosed) {
			return events.ErrClosed
		}
		return err
	})
}
