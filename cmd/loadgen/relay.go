package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/process"
	"inventory.example/pkg/sqlite"
)

// relayBench is one run of relayCommand.
type relayBench struct {
	config  broker.Config
	dir     string // of the databases
	stream  string // of this run; each part of it appends a suffix
	logger  *slog.Logger
	backlog []events.Event
}

// relayCommand measures how fast the relay drains a backlog of an outbox table
// into the broker, in alternation with the broker's bare client, and how long
// an event takes from its commit to a handler.
func relayCommand(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	name := flags.String("broker", "", "redis, kafka or embedded; default MESSAGE_BROKER")
	count := flags.Int("events", 100_000, "events of the backlog")
	pairs := flags.Int("pairs", 3, "times that the backlog is drained; 0: not at all")
	batch := flags.Int("batch", 1000, "events in one batch of the bare client")
	rate := flags.Int("rate", 1000, "events per second for the latency")
	seconds := flags.Int("seconds", 10, "length of the measurement of the latency; 0: not at all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *count < 1 || *batch < 1 || *rate < 1 || *rate > 1_000_000 {
		return errors.New("-events, -batch and -rate must be positive, -rate a million at most")
	}
	b := &relayBench{
		stream: "inventory-bench-" + process.NewID(),
		logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if *name != "" {
		if err := os.Setenv("MESSAGE_BROKER", *name); err != nil {
			return err
		}
	}
	if err := process.Load(ctx, "", &b.config); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "bench-relay-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	if b.backlog, err = makeBacklog(*count); err != nil {
		return err
	}
	fmt.Printf("broker %s; outbox on SQLite with synchronous=FULL; all on this machine; documents of %d bytes\n\n",
		b.config.Name, len(b.backlog[0].Document()))
	if *pairs > 0 {
		if err := b.drains(ctx, *pairs, *batch); err != nil {
			return err
		}
	}
	if *seconds > 0 {
		return b.latency(ctx, *rate, *rate**seconds)
	}
	return nil
}

// makeBacklog makes events of a thousand products.
func makeBacklog(count int) ([]events.Event, error) {
	list := make([]events.Event, count)
	for i := range list {
		var err error
		if list[i], err = benchEvent(i); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func benchEvent(i int) (events.Event, error) {
	meta := events.Meta{ID: process.NewID(), At: time.Now(), Version: int64(i + 1)}
	return events.New(meta, inventory.StockUpdated{
		ProductID: fmt.Sprintf("0193a5b1-7c55-7d39-8a5e-%012d", i%1000), StoreID: "MAD-001",
		PreviousQuantity: int64(i), NewQuantity: int64(i) + 5, Change: 5, Reason: inventory.ReasonRestock,
	})
}

// open opens the broker with a stream of its own.
func (b *relayBench) open(ctx context.Context, part string) (*broker.Broker, broker.Config, error) {
	config := b.config
	config.Redis.Stream, config.Kafka.Topic = b.stream+part, b.stream+part
	config.SQLitePath = filepath.Join(b.dir, "broker"+part+".db")
	opened, err := broker.Open(ctx, config, clock.System{}, b.logger)
	return opened, config, err
}

// drains lets the bare client and the relay publish the backlog in turn.
func (b *relayBench) drains(ctx context.Context, pairs, batch int) error {
	var rates, bareRates, ratios []float64
	for i := range pairs {
		bare, err := b.bareRate(ctx, fmt.Sprint("-bare-", i), batch)
		if err != nil {
			return fmt.Errorf("bare client: %w", err)
		}
		relay, err := b.relayRate(ctx, fmt.Sprint("-relay-", i))
		if err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		rates, bareRates, ratios = append(rates, relay), append(bareRates, bare), append(ratios, relay/bare)
		fmt.Printf("  %d: relay %7.0f events/s   bare client %7.0f/s   ratio %.2f\n", i+1, relay, bare, ratios[i])
	}
	fmt.Printf("\nbacklog of %d events drained: median %.0f events/s, bare client %.0f/s, ratio %.2f\n\n",
		len(b.backlog), median(rates), median(bareRates), median(ratios))
	return nil
}

// warmUp returns the events that are published before the clock runs: they
// bring up connections, stream and topic, and they are enough for TCP's first
// delayed acknowledgement, 40 ms on a loopback device, to be over.
func (b *relayBench) warmUp() []events.Event { return b.backlog[:min(2000, len(b.backlog))] }

// relayRate drains the backlog out of a table and returns events per second.
func (b *relayBench) relayRate(ctx context.Context, part string) (rate float64, err error) {
	opened, config, err := b.open(ctx, part)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, opened.Close(), forget(ctx, config)) }()
	path := filepath.Join(b.dir, "outbox"+part+".db")
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Logger: b.logger}, outboxsqlite.Component())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close(), os.Remove(path)) }()
	store := outboxsqlite.New(db, b.logger)
	for rest := b.backlog; len(rest) > 0; {
		chunk := rest[:min(1000, len(rest))]
		rest = rest[len(chunk):]
		if err := appendAll(ctx, db, store, chunk); err != nil {
			return 0, err
		}
	}
	if err := opened.Publisher.PublishBatch(ctx, b.warmUp()); err != nil {
		return 0, err
	}
	relay, err := outbox.OpenRelay(ctx, outbox.RelayOptions{Store: store, Publisher: opened.Publisher, Clock: clock.System{}, Logger: b.logger})
	if err != nil {
		return 0, err
	}
	start := time.Now()
	for more := true; more; {
		if more, err = relay.Step(ctx); err != nil {
			return 0, err
		}
	}
	return float64(len(b.backlog)) / time.Since(start).Seconds(), nil
}

func appendAll(ctx context.Context, db *sqlite.DB, store *outboxsqlite.Store, list []events.Event) error {
	return db.Write(ctx, func(tx *sqlite.Tx) error {
		for _, e := range list {
			if err := store.Append(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// bareRate publishes the backlog from memory with nothing but the client, and
// returns events per second.
func (b *relayBench) bareRate(ctx context.Context, part string, batch int) (rate float64, err error) {
	opened, config, err := b.open(ctx, part)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, opened.Close(), forget(ctx, config)) }()
	// The adapter creates the topic, so that both write into the same.
	if err := opened.Publisher.Publish(ctx, b.backlog[0]); err != nil {
		return 0, err
	}
	client, err := newBareClient(ctx, config, opened.Publisher)
	if err != nil {
		return 0, err
	}
	defer client.disconnect()
	if err := client.publish(ctx, b.warmUp(), batch); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := client.publish(ctx, b.backlog, batch); err != nil {
		return 0, err
	}
	return float64(len(b.backlog)) / time.Since(start).Seconds(), nil
}

// forget removes the data of a part from the broker.
func forget(ctx context.Context, config broker.Config) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	switch config.Name {
	case broker.Redis:
		return forgetRedis(ctx, config)
	case broker.Kafka:
		return forgetKafka(ctx, config)
	}
	for _, file := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Remove(config.SQLitePath + file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
