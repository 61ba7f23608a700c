// Package redisstream carries events over Redis Streams, for several processes.
// It needs Redis 7 or later: older servers do not count the entries that were
// ever added to a stream, and KeptSince needs that count to find out whether
// entries were trimmed.
//
// All events are entries of one stream, with the document in the field event
// and its type in event_type; an entry with only_group concerns that consumer
// group alone. Dead letters are in a stream of their own. Every command and
// script works on one key, so that a Redis Cluster works as well.
//
// One member of a consumer group is active at a time, because XREADGROUP alone
// would give two events of one ordering key to two members at once. A second
// member takes over when the first stops; it adds no throughput. The active
// member owns a lease, a key with an expiry. It first claims the pending entries
// of earlier members, then reads on, and regularly hands the lease over.
//
// The server decides how durable an acknowledged event is. With appendonly yes
// and appendfsync always an acknowledged event survives a power failure; with
// everysec, the default, up to a second of events may be lost with the machine,
// and none when only the process dies; without an append-only file, all events
// since the last snapshot may be lost. A replica that takes over may lack the
// last events. A server that evicts keys would evict the whole stream when
// memory is short, so maxmemory-policy must be noeviction: publishing then fails
// until there is room again, and events wait in their outbox. After a loss the
// groups are created again, and the audit finds the events that the stream lacks.
package redisstream

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

const (
	defaultRetention = 7 * 24 * time.Hour
	fetchLength      = 512 // entries that are read at once
)

// Options says how to open a broker. Config is required; other zero fields take
// the defaults.
type Options struct {
	Config    Config
	Retention time.Duration // how long events are kept at least; default 7 days
	Clock     clock.Clock   // default clock.System
	Logger    *slog.Logger  // default slog.Default()
}

func (o Options) withDefaults() Options {
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Broker is a client of Redis as a message broker. It is safe for concurrent
// use.
type Broker struct {
	config       Config
	retention    time.Duration
	clock        clock.Clock
	logger       *slog.Logger
	client       redis.UniversalClient
	server       string        // addresses, for errors
	gate         *adapter.Gate // of every call
	stopTrimming context.CancelFunc
	trimmer      sync.WaitGroup
	closing      sync.Once
	closeErr     error // of the first Close
}

var _ events.Inspector = (*Broker)(nil)

// Open returns a broker and starts the goroutine that trims the stream. It does
// not wait for the server, so it succeeds during an outage. The caller must
// Close the broker.
func Open(ctx context.Context, o Options) (*Broker, error) {
	o = o.withDefaults()
	client, err := newClient(o.Config)
	if err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	b := &Broker{
		config: o.Config, retention: o.Retention, clock: o.Clock, logger: o.Logger,
		client: client, server: o.Config.server(),
	}
	b.gate = adapter.NewGate()
	// The broker outlives the context of Open.
	trimming, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stopTrimming = stop
	b.trimmer.Go(func() { b.trimHourly(trimming) })
	return b, nil
}

// Publisher returns a publisher, which is an events.Pinger too. Closing it
// leaves the broker open.
func (b *Broker) Publisher() events.Publisher {
	return adapter.NewPublisher(b.gate, adapter.Commands{
		Publish: func(ctx context.Context, list []events.Event) error { return b.publish(ctx, "", list) },
		Ping:    b.ping,
	})
}

// Subscriber returns a subscriber. Closing it ends its own subscriptions and
// leaves the broker open.
func (b *Broker) Subscriber() events.Subscriber {
	return adapter.NewSubscriber(b.gate, b.serve)
}

// Close ends all subscriptions, waits for running handlers and calls, and
// disconnects. Publishers and subscribers of the broker then fail with
// events.ErrClosed. A second Close does nothing.
func (b *Broker) Close() error {
	b.closing.Do(func() {
		b.gate.Close()
		b.stopTrimming()
		b.trimmer.Wait()
		if err := b.client.Close(); err != nil {
			b.closeErr = fmt.Errorf("disconnect from Redis %s: %w", b.server, err)
		}
	})
	return b.closeErr
}
