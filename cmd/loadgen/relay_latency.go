package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
)

// journey is when an event was committed and when its handler was called.
type journey struct {
	committed time.Time // set by the writer's goroutine
	handled   atomic.Int64
}

// timed notes when the events of the journeys were committed.
type timed struct {
	outbox.Store
	journeys []journey
}

// Listen implements outbox.Store.
func (t timed) Listen(committed func(list []outbox.Committed)) {
	t.Store.Listen(func(list []outbox.Committed) {
		now := time.Now()
		for _, c := range list {
			t.journeys[c.Event.Version-1].committed = now
		}
		committed(list)
	})
}

// latency commits events at the rate, each in a transaction of its own, and
// prints how long they took to the handler of a consumer in this process.
func (b *relayBench) latency(ctx context.Context, rate, count int) (err error) {
	opened, config, err := b.open(ctx, "-latency")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close(), forget(ctx, config)) }()
	journeys := make([]journey, count+1) // the first brings everything up
	db, err := sqlite.Open(ctx, sqlite.Options{
		Path: filepath.Join(b.dir, "outbox-latency.db"), Logger: b.logger,
	}, outboxsqlite.Component())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store := outboxsqlite.New(db, b.logger)
	relay, err := outbox.OpenRelay(ctx, outbox.RelayOptions{
		Store: timed{store, journeys}, Publisher: opened.Publisher, Clock: clock.System{}, Logger: b.logger,
	})
	if err != nil {
		return err
	}
	parts, stop := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer stop()
	var relayErr, consumerErr error
	wait.Go(func() { relayErr = relay.Run(parts) })
	arrived := make(chan struct{}, count+1)
	wait.Go(func() {
		consumerErr = opened.Subscriber.Subscribe(parts, events.Subscription{
			Group: b.stream, Member: "bench",
			Handler: func(_ context.Context, e events.Event) error {
				if journeys[e.Version-1].handled.CompareAndSwap(0, time.Now().UnixNano()) {
					arrived <- struct{}{}
				}
				return nil
			},
		})
	})
	if err := b.commit(ctx, db, store, rate, count, arrived); err != nil {
		return err
	}
	stop()
	wait.Wait()
	if err := errors.Join(relayErr, consumerErr); err != nil {
		return err
	}
	printLatency(journeys[1:], rate)
	return nil
}

// commit commits one event and waits for its arrival, then the others at the
// rate, and waits for theirs.
func (b *relayBench) commit(ctx context.Context, db *sqlite.DB, store *outboxsqlite.Store, rate, count int, arrived <-chan struct{}) error {
	var commits sync.WaitGroup
	defer commits.Wait()
	failed := make(chan error, count+1)
	one := func(i int) {
		e, err := benchEvent(i)
		if err == nil {
			err = db.Write(ctx, func(tx *sqlite.Tx) error { return store.Append(tx, e) })
		}
		if err != nil {
			failed <- err
		}
	}
	await := func(n int) error {
		limit := time.NewTimer(time.Minute)
		defer limit.Stop()
		for range n {
			select {
			case <-arrived:
			case err := <-failed:
				return err
			case <-ctx.Done():
				return ctx.Err()
			case <-limit.C:
				return errors.New("the events did not all arrive within a minute")
			}
		}
		return nil
	}
	one(0)
	if err := await(1); err != nil {
		return err
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	start := time.Now()
	for made := 0; made < count; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		for due := min(count, int(time.Since(start).Seconds()*float64(rate))); made < due; {
			made++
			i := made
			commits.Go(func() { one(i) })
		}
	}
	return await(count)
}

func printLatency(journeys []journey, rate int) {
	times := make([]time.Duration, len(journeys))
	for i := range journeys {
		times[i] = time.Unix(0, journeys[i].handled.Load()).Sub(journeys[i].committed)
	}
	slices.Sort(times)
	at := func(share float64) time.Duration {
		return times[min(len(times)-1, int(share*float64(len(times))))].Round(10 * time.Microsecond)
	}
	fmt.Printf("%d events at %d/s, from commit to handler: p50 %s, p99 %s, max %s\n",
		len(times), rate, at(0.5), at(0.99), at(1))
}
