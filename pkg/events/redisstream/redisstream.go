// Package redisstream carries events over Redis Streams, for several processes.
// It needs Redis 7 or later: older servers do not count what was ever added to
// a stream, from which KeptSince tells whether something was trimmed.
//
// All events are entries of one stream, with the document in the field event
// and its type in event_type; an entry with only_group concerns that consumer
// group alone. Dead letters are in a stream of their own. Every command and
// script works on one key, so that a Redis Cluster serves as well.
//
// The members of a consumer group take turns, because XREADGROUP alone would
// hand two events of one ordering key to two members at once. Who has the turn
// holds a lease, a key with an expiry; it first claims whatever members before
// it left unacknowledged, then reads on.
//
// What an acknowledgement is worth is the server's decision. With appendonly
// yes and appendfsync always an acknowledged event survives a power failure;
// with everysec, the default, up to a second of events may be lost with the
// machine, none when only the process ends; without an append-only file all
// since the last snapshot may be. A replica that takes over may lack the last
// moments. A server that evicts keys would drop the whole stream when memory is
// short, so maxmemory-policy has to be noeviction: publishing then fails until
// there is room again, and events wait in their outbox. After a loss the groups
// are made anew, and the audit finds what the stream lacks.
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
	config    Config
	retention time.Duration
	clock     clock.Clock
	logger    *slog.Logger
	client    redis.UniversalClient
	server    string        // where the client connects to, for errors
	gate      *adapter.Gate // of all calls
	stop      context.CancelFunc
	keeper    sync.WaitGroup
	closing   sync.Once
	closed    error // of the first Close
}

var _ events.Inspector = (*Broker)(nil)

// Open returns a broker and starts the goroutine that trims the stream. It does
// not wait for the server: an outage at the start is waited out like any other.
// The caller must Close the broker.
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
	// The broker outlives the call that opens it.
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	b.keeper.Go(func() { b.keep(keep) })
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

// Close ends all subscriptions, waits for the handlers and calls under way and
// disconnects. Publishers and subscribers of the broker then fail with
// events.ErrClosed. A second Close does nothing.
func (b *Broker) Close() error {
	b.closing.Do(func() {
		b.gate.Close()
		b.stop()
		b.keeper.Wait()
		if err := b.client.Close(); err != nil {
			b.closed = fmt.Errorf("disconnect from Redis %s: %w", b.server, err)
		}
	})
	return b.closed
}
