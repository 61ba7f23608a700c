// Package embedded is a durable message broker inside one process: its log is
// one SQLite file, synchronous FULL. It serves `make run`, where all services
// share a process; for several processes there are Redis and Kafka.
//
// The log has one record per published batch. Consumers in the process get
// committed events from memory and read the log only to catch up. The positions
// of the groups are written with a delay, so that after a crash some events are
// delivered again; no event is lost.
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
	tailBytes         = 32 << 20               // of documents kept in memory, at most
	fetchLength       = 512                    // events that one member handles at a time
	saveInterval      = 200 * time.Millisecond // positions are written at most this often
	trimInterval      = time.Hour
	lookInterval      = 10 * time.Second // between looks for events that were not announced
)

// Options are the options of Open. Path is required; other zero fields take the
// defaults.
type Options struct {
	Path       string        // of the log's file; a missing folder is created
	Retention  time.Duration // for which events are kept at least; default 7 days
	TailLength int           // number of the newest events in memory; default 4096
	Clock      clock.Clock   // default clock.System
	Logger     *slog.Logger  // default slog.Default()
	Rehearse   bool          // see sqlite.Options; for tests
}

// pace gathers the batches of several relays into one commit of the log. Without
// it the commits of the log take as much time as the reservations. It is the
// longest delay of an event, and occurs only under load.
const pace = 5 * time.Millisecond

// Broker is an open broker. It is safe for concurrent use.
type Broker struct {
	options Options
	clock   clock.Clock
	logger  *slog.Logger
	db      *sqlite.DB
	tail    *tail
	batches sqlite.Hint[batch] // that were committed
	gate    *adapter.Gate      // of every call

	mu       sync.Mutex // guards groups and watchers
	groups   map[string]*group
	watchers map[chan struct{}]struct{} // of Tail: a signal means that events were committed

	saving          sync.Mutex    // locked while positions are written
	positionMoved   chan struct{} // a signal for maintainLog
	stopMaintenance context.CancelFunc
	maintenance     sync.WaitGroup

	closing  sync.Once
	closeErr error // of the first Close
}

// Open opens the log and starts the goroutine that writes positions and trims.
// The caller must Close the broker. It returns sqlite.ErrInUse if the file is
// open already.
func Open(ctx context.Context, o Options) (*Broker, error) {
	o = o.withDefaults()
	b := &Broker{
		options: o, clock: o.Clock, logger: o.Logger, tail: newTail(o.TailLength),
		groups: map[string]*group{}, watchers: map[chan struct{}]struct{}{}, positionMoved: make(chan struct{}, 1),
	}
	b.gate = adapter.NewGate()
	var err error
	b.db, err = sqlite.Open(ctx, sqlite.Options{
		Path: o.Path, Logger: o.Logger, Rehearse: o.Rehearse, Pace: pace,
	}, sqlite.Component{Name: "broker", FS: migrations})
	if err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	b.batches.Listen(b.committed)
	if err := b.loadPositions(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open broker: %w", err), b.db.Close())
	}
	// The broker outlives the context of Open.
	open, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stopMaintenance = stop
	b.maintenance.Go(func() { b.maintainLog(open) })
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

// loadPositions reads the end of the log and the position of each group.
func (b *Broker) loadPositions(ctx context.Context) (err error) {
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

// Close ends all subscriptions, waits for running handlers and calls, writes
// the positions and closes the file. Publishers and subscribers of the
// broker then fail with events.ErrClosed. A second Close does nothing.
func (b *Broker) Close() error {
	b.closing.Do(func() {
		b.gate.Close()
		b.stopMaintenance()
		b.maintenance.Wait()
		b.closeErr = errors.Join(b.savePositions(context.Background()), b.db.Close())
	})
	return b.closeErr
}

// committed adds the committed events to the tail and wakes their readers. The
// writer calls it after each commit.
func (b *Broker) committed(list []batch) {
	for _, batch := range list {
		b.tail.appendBatch(batch)
	}
	b.wakeReaders()
}

// lookAtLog learns from the log of events that were not announced.
func (b *Broker) lookAtLog(ctx context.Context) error {
	var last int64
	if err := b.db.Reader().QueryRowContext(ctx, sqlLastOffset).Scan(&last); err != nil {
		return fmt.Errorf("read the end of the log: %w", sqlite.Classify(err))
	}
	if b.tail.skipTo(last + 1) {
		b.wakeReaders()
	}
	return nil
}

// wakeReaders wakes the groups and those that follow the log.
func (b *Broker) wakeReaders() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		signal(g.wake)
	}
	for wake := range b.watchers {
		signal(wake)
	}
}

// signal wakes the goroutine that receives from wake, now or at its next receive.
// It does not block.
func signal(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
