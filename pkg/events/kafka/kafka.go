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

// Options says how to open a broker. Config is required; other zero fields take
// the defaults.
type Options struct {
	Config Config
	Clock  clock.Clock  // default clock.System
	Logger *slog.Logger // default slog.Default()
}

// Broker is an open broker. It is safe for concurrent use.
type Broker struct {
	config  Config
	clock   clock.Clock
	logger  *slog.Logger
	client  *kgo.Client // for what is asked of the cluster; it neither produces nor consumes
	admin   *kadm.Client
	trouble *trouble
	letters *producer     // of dead letters and replays
	gate    *adapter.Gate // of all calls of publishers, subscribers and operators
	closing sync.Once

	mu        sync.Mutex // guards producers
	producers []*producer
}

var _ events.Inspector = (*Broker)(nil)

// Open returns a broker, which the caller must Close. It does not wait for the
// server: an outage at the start is waited out like any other.
func Open(_ context.Context, o Options) (*Broker, error) {
	b := &Broker{config: o.Config, clock: o.Clock, logger: o.Logger, trouble: &trouble{}}
	if b.clock == nil {
		b.clock = clock.System{}
	}
	if b.logger == nil {
		b.logger = slog.Default()
	}
	b.gate = adapter.NewGate()
	var err error
	if b.client, err = b.connect(b.trouble); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	b.admin = kadm.NewClient(b.client)
	b.letters = b.producer()
	return b, nil
}

// Publisher returns a publisher, which is an events.Pinger too. Closing it
// leaves the broker open.
func (b *Broker) Publisher() events.Publisher {
	p := b.producer()
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

// Close ends all subscriptions and waits for the handlers and calls under way.
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

// producer returns a new producer, which ends with the broker at the latest.
func (b *Broker) producer() *producer {
	p := newProducer(b)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.producers = append(b.producers, p)
	return p
}

// call runs f unless the broker is closed, and ends its context when the broker
// is closed meanwhile.
func (b *Broker) call(ctx context.Context, f func(context.Context) error) error {
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
