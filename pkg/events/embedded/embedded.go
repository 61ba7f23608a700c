// Package embedded is a durable message broker inside one process: its log is
// one SQLite file, synchronous FULL. It serves `make run`, where all services
// share a process; for several processes there are Redis and Kafka.
//
// The log has one row per published batch. Consumers in the process get what
// was committed from memory and read the log only to catch up. What a group
// has acknowledged is written lazily, so that after a crash some events are
// delivered again; none is lost.
package embedded

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
	"inventory.example/pkg/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	defaultRetention  = 7 * 24 * time.Hour
	defaultTailLength = 4096
	tailBytes         = 32 << 20               // documents kept in memory at most
	fetchLength       = 512                    // events that one member handles in one turn
	saveInterval      = 200 * time.Millisecond // positions are written at most this often
	trimInterval      = time.Hour
)

// Options says how to open a broker. Path is required; other zero fields take
// the defaults.
type Options struct {
	Path       string        // the log's file; its folder is made when missing
	Retention  time.Duration // how long events are kept at least; default 7 days
	TailLength int           // newest events that are kept in memory; default 4096
	Clock      clock.Clock   // default clock.System
	Logger     *slog.Logger  // default slog.Default()
	Rehearse   bool          // see sqlite.Options; for tests
}

// pace gathers the batches of several relays into one commit of the log, which
// costs as much as the reservations of that time otherwise. It is the most that
// an event waits, and only while events flow.
const pace = 5 * time.Millisecond

// Broker is an open broker. It is safe for concurrent use.
type Broker struct {
	options Options
	clock   clock.Clock
	logger  *slog.Logger
	db      *sqlite.DB
	tail    *tail
	gate    *adapter.Gate // of all calls of publishers and subscribers

	mu       sync.Mutex // guards groups and watchers
	groups   map[string]*group
	watchers map[chan struct{}]struct{} // of Tail: told that events were committed

	saving sync.Mutex    // held while positions are written
	dirty  chan struct{} // tells keep that a position moved
	stop   context.CancelFunc
	keeper sync.WaitGroup

	closing sync.Once
	closed  error // of the first Close
}

// Open opens the log and starts the goroutine that writes positions and trims.
// The caller must Close the broker. A file that is open already is refused with
// sqlite.ErrInUse.
func Open(ctx context.Context, o Options) (*Broker, error) {
	o = o.withDefaults()
	b := &Broker{
		options: o, clock: o.Clock, logger: o.Logger, tail: newTail(o.TailLength),
		groups: map[string]*group{}, watchers: map[chan struct{}]struct{}{}, dirty: make(chan struct{}, 1),
	}
	b.gate = adapter.NewGate()
	var err error
	b.db, err = sqlite.Open(ctx, sqlite.Options{
		Path: o.Path, Logger: o.Logger, Committed: b.committed, Rehearse: o.Rehearse, Pace: pace,
	}, sqlite.Component{Name: "broker", FS: migrations})
	if err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	if err := b.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open broker: %w", err), b.db.Close())
	}
	// The broker outlives the call that opens it.
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	b.keeper.Go(func() { b.keep(keep) })
	return b, nil
}

func (o Options) withDefaults() Options {
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	if o.TailLength == 0 {
		o.TailLength = defaultTailLength
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// RegisterMetrics registers the metrics of the log's database.
func (b *Broker) RegisterMetrics(registerer prometheus.Registerer) error {
	return b.db.RegisterMetrics(registerer)
}

const (
	sqlLastOffset   = `SELECT COALESCE(MAX(last_offset), 0) FROM batches`
	sqlSelectGroups = `SELECT name, position FROM consumer_groups`
)

// load reads where the log ends and where each group stands.
func (b *Broker) load(ctx context.Context) (err error) {
	var last int64
	if err := b.db.Reader().QueryRowContext(ctx, sqlLastOffset).Scan(&last); err != nil {
		return fmt.Errorf("read the end of the log: %w", err)
	}
	b.tail.start(last + 1)
	rows, err := b.db.Reader().QueryContext(ctx, sqlSelectGroups)
	if err != nil {
		return fmt.Errorf("read the groups: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		var position int64
		if err := rows.Scan(&name, &position); err != nil {
			return fmt.Errorf("read the groups: %w", err)
		}
		b.groups[name] = newGroup(name, position)
	}
	return rows.Err()
}

// Publisher returns a publisher, which is an events.Pinger too. It stores all
// events of a batch or none. Closing it leaves the broker open.
func (b *Broker) Publisher() events.Publisher {
	return adapter.NewPublisher(b.gate, adapter.Commands{
		Publish: func(ctx context.Context, list []events.Event) error { return b.publish(ctx, "", list) },
		Ping:    b.db.Ping,
	})
}

// Subscriber returns a subscriber. Closing it ends its own subscriptions and
// leaves the broker open.
func (b *Broker) Subscriber() events.Subscriber {
	return adapter.NewSubscriber(b.gate, b.serve)
}

// Close ends all subscriptions, waits for the handlers and calls under way,
// writes the positions and closes the file. Publishers and subscribers of the
// broker then fail with events.ErrClosed. A second Close does nothing.
func (b *Broker) Close() error {
	b.closing.Do(func() {
		b.gate.Close()
		b.stop()
		b.keeper.Wait()
		b.closed = errors.Join(b.savePositions(context.Background()), b.db.Close())
	})
	return b.closed
}

// committed is called by the writer after each commit.
func (b *Broker) committed(staged []any) {
	for _, item := range staged {
		if batch, ok := item.(batch); ok {
			b.tail.appendBatch(batch)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		wakeUp(g.wake)
	}
	for wake := range b.watchers {
		wakeUp(wake)
	}
}

// wakeUp tells who waits for wake, now or next, without waiting itself.
func wakeUp(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
