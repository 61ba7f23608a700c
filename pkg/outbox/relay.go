package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/tracing"
)

const (
	batchLength   = 2048                   // events of memory in one PublishBatch; of the table: a page
	feedLength    = 4 * batchLength        // committed events that wait in memory; beyond it the table is read
	safetyTick    = 10 * time.Second       // looks at the table even if no commit woke the relay
	markInterval  = 250 * time.Millisecond // synced_at is written at most this often
	probeInterval = 5 * time.Second        // between pings of a broker to which nothing is published
	minBackoff    = 50 * time.Millisecond
	maxBackoff    = 5 * time.Second
	publishLimit  = 10 * time.Second // for one PublishBatch
)

// Relay publishes the events of one database in the order of their seq and
// stamps synced_at. The writer feeds it committed batches in memory; the table
// is read only to catch up: at the start, behind a backlog, after a gap.
//
// Its cursor is the seq up to which the broker has acknowledged everything.
// synced_at follows it, a row for all that was acknowledged since the row
// before, so that it may lag behind the broker and never leads; after a crash,
// what was acknowledged but not yet stamped is published again.
type Relay struct {
	publisher events.Publisher
	clock     clock.Clock
	logger    *slog.Logger
	wake      chan struct{}
	metrics   metrics
	tracer    *tracing.Tracer // set by Trace; nil: off
	db        *sqlite.DB      // set by Attach

	mu   sync.Mutex
	feed []record // committed; contiguous, and kept until the cursor has passed them

	ahead page // read from the table while the batch before was published; used by Step's caller only

	published atomic.Int64 // cursor
	committed atomic.Int64 // newest seq
	failing   atomic.Bool  // the last attempt to reach the broker failed

	// What follows is used by Step's caller only.
	marked   int64     // synced_at is set up to here
	markedAt time.Time // when it was
	latest   time.Time // the latest created_at of what was published and is not stamped yet
	probedAt time.Time // when the broker was pinged
}

// NewRelay returns a relay for the publisher. It does nothing before Attach.
func NewRelay(publisher events.Publisher, c clock.Clock, logger *slog.Logger) *Relay {
	return &Relay{publisher: publisher, clock: c, logger: logger, wake: make(chan struct{}, 1), metrics: newMetrics()}
}

// Trace makes the relay record what it publishes. It comes before Attach.
func (r *Relay) Trace(tracer *tracing.Tracer) { r.tracer = tracer }

// Committed takes what a commit staged; it is made to be
// sqlite.Options.Committed and never blocks.
func (r *Relay) Committed(staged []any) {
	r.mu.Lock()
	for _, item := range staged {
		rec, ok := item.(record)
		if !ok {
			continue
		}
		r.committed.Store(rec.seq)
		// Once an event is left out, so are all behind it until the relay
		// has read the table up to them: the feed has no gaps.
		if n := len(r.feed); n < feedLength && (n == 0 || r.feed[n-1].seq == rec.seq-1) {
			r.feed = append(r.feed, rec)
		}
	}
	r.mu.Unlock()
	r.Wake()
}

// Wake makes Run look for events now.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

const (
	sqlCursor = `SELECT ` + synced + `, COALESCE((SELECT MAX(seq) FROM outbox), 0)`
	sqlUnmark = `DELETE FROM acknowledged WHERE until_seq > (SELECT COALESCE(MAX(seq), 0) FROM outbox)`
)

// Attach tells the relay its database, before the first write, and reads how
// far the events of earlier runs were published.
func (r *Relay) Attach(ctx context.Context, db *sqlite.DB) error {
	published, committed, err := cursorOf(ctx, db)
	if err == nil && published > committed {
		// The table has lost events at its end. Their places are given again,
		// and the stamp must not count for what comes there.
		r.logger.WarnContext(ctx, "the newest events are gone from the outbox", slog.Int64("synced_seq", published),
			slog.Int64("last_seq", committed))
		err = db.Write(ctx, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(sqlUnmark)
			return err
		})
		if err == nil {
			published, committed, err = cursorOf(ctx, db)
		}
	}
	if err != nil {
		return fmt.Errorf("read the outbox cursor: %w", err)
	}
	r.db = db
	r.marked = published
	r.published.Store(published)
	r.committed.Store(committed)
	return nil
}

func cursorOf(ctx context.Context, db *sqlite.DB) (published, committed int64, err error) {
	err = db.Reader().QueryRowContext(ctx, sqlCursor).Scan(&published, &committed)
	return published, committed, sqlite.Classify(err)
}

// Pending returns how many committed events the broker has not acknowledged.
func (r *Relay) Pending() int64 { return max(0, r.committed.Load()-r.published.Load()) }

// Reachable reports whether the last attempt to reach the broker succeeded.
func (r *Relay) Reachable() bool { return !r.failing.Load() }

// Run publishes until ctx ends, then once more all that is there, stamps what
// was acknowledged, and returns nil.
func (r *Relay) Run(ctx context.Context) error {
	backoff := minBackoff
	for {
		pause := safetyTick
		switch more, err := r.Step(ctx); {
		case errors.Is(err, events.ErrNoBroker):
		case err != nil && ctx.Err() == nil:
			r.logger.WarnContext(ctx, "relay failed", slog.Any("err", err),
				slog.Int64("pending_events", r.Pending()), slog.Duration("retry_in", backoff))
			pause, backoff = backoff, min(2*backoff, maxBackoff)
			if !r.pause(ctx, pause, nil) {
				return r.drain(ctx)
			}
			continue
		case err == nil:
			backoff = minBackoff
			if more {
				pause = 0
			} else if r.marked < r.published.Load() {
				pause = markInterval
			}
		}
		if ctx.Err() != nil || pause > 0 && !r.pause(ctx, pause, r.wake) {
			return r.drain(ctx)
		}
	}
}

// pause waits for d or for wake and reports false when ctx ended first. During
// a backoff wake is nil: commits do not shorten it.
func (r *Relay) pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := r.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
	case <-wake:
	}
	return true
}

// drainLimit bounds the last publishing of a service that stops.
const drainLimit = 3 * time.Second

func (r *Relay) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	for more := true; more; {
		var err error
		if more, err = r.Step(ctx); err != nil {
			r.logger.InfoContext(ctx, "events stay pending", slog.Any("reason", err), slog.Int64("pending_events", r.Pending()))
			break
		}
	}
	if err := r.mark(ctx); err != nil {
		r.logger.WarnContext(ctx, "mark published events", slog.Any("err", err))
	}
	return nil
}

// Step publishes one batch, and stamps synced_at when that is due. It reports
// whether more events wait. Only one Step may run at a time.
func (r *Relay) Step(ctx context.Context) (more bool, err error) {
	batch, err := r.next(ctx)
	if err != nil {
		return false, err
	}
	if len(batch.events) == 0 {
		r.probe(ctx)
		return false, r.markIfDue(ctx)
	}
	wait := r.meanwhile(ctx, batch)
	err = r.publish(ctx, batch.events)
	markErr := wait()
	if err != nil {
		return false, fmt.Errorf("publish %d events: %w", len(batch.events), err)
	}
	r.published.Store(batch.last)
	for i := range batch.events {
		if at := batch.events[i].CreatedAt; at.After(r.latest) {
			r.latest = at
		}
	}
	if r.Pending() > 0 { // the next batch's time is used to stamp this one
		if markErr != nil { // and to try again: events do not wait for a stamp
			r.logger.WarnContext(ctx, "relay failed to stamp", slog.Any("err", markErr))
		}
		return true, nil
	}
	return false, errors.Join(markErr, r.markIfDue(ctx))
}

// publish hands one batch to the broker and keeps what became of it.
func (r *Relay) publish(ctx context.Context, list []events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishLimit)
	defer cancel()
	began := r.clock.Now()
	err := r.publisher.PublishBatch(ctx, list)
	none := errors.Is(err, events.ErrNoBroker)
	r.failing.Store(err != nil && !none)
	if none {
		return err
	}
	ended := r.clock.Now()
	r.metrics.seconds.Observe(ended.Sub(began).Seconds())
	if err != nil {
		r.metrics.failures.Inc()
		return err
	}
	r.metrics.published.Add(float64(len(list)))
	r.tracer.Published(ctx, list, began, ended)
	return nil
}

// meanwhile uses the time in which the broker takes a batch while more wait
// behind it: it stamps what was acknowledged before, and reads the next page
// when next will need it, as far as the time suffices. Rows never change, so
// that page is as good then as it is now, and what fails, next reads again. The
// caller must call wait, which returns the error of stamping, before it moves
// the cursor.
func (r *Relay) meanwhile(ctx context.Context, batch page) (wait func() error) {
	var running sync.WaitGroup
	var markErr error
	var over atomic.Bool
	if r.committed.Load() > batch.last {
		if r.markIsDue() {
			running.Go(func() { markErr = r.mark(ctx) })
		}
		if !r.inMemory(batch.last + 1) {
			running.Go(func() { r.ahead, _ = readPage(ctx, r.db, batch.last, over.Load) })
		}
	}
	return func() error {
		over.Store(true)
		running.Wait()
		return markErr
	}
}

// inMemory reports whether the event with this seq waits in memory.
func (r *Relay) inMemory(seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.feed)
	return n > 0 && r.feed[0].seq <= seq && seq <= r.feed[n-1].seq
}

// probe asks a silent broker whether it is there, so that health tells the
// truth while no events flow.
func (r *Relay) probe(ctx context.Context) {
	pinger, ok := r.publisher.(events.Pinger)
	now := r.clock.Now()
	if !ok || !clock.Passed(r.probedAt, now, probeInterval) {
		return
	}
	r.probedAt = now
	ctx, cancel := context.WithTimeout(ctx, publishLimit)
	defer cancel()
	r.failing.Store(pinger.Ping(ctx) != nil)
}

// next returns the events behind the cursor: from memory when they are there,
// otherwise from the table.
func (r *Relay) next(ctx context.Context) (page, error) {
	cursor := r.published.Load()
	if records := r.fromMemory(cursor); len(records) > 0 {
		batch := page{last: records[len(records)-1].seq, events: make([]events.Event, len(records))}
		for i := range records {
			batch.events[i] = records[i].event
		}
		return batch, nil
	}
	if r.Pending() == 0 {
		return page{}, nil
	}
	ahead := r.ahead
	r.ahead = page{}
	if len(ahead.events) > 0 && ahead.after == cursor {
		return ahead, nil
	}
	// Nothing is published before this page is read, so it is a short one.
	return readPage(ctx, r.db, cursor, func() bool { return true })
}

// fromMemory returns the events behind the cursor that wait in memory, where
// they stay until the cursor has passed them; commits only add to them.
func (r *Relay) fromMemory(cursor int64) []record {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.feed) > 0 && r.feed[0].seq <= cursor {
		r.feed = r.feed[1:]
	}
	if len(r.feed) == 0 || r.feed[0].seq != cursor+1 {
		return nil
	}
	return r.feed[:min(len(r.feed), batchLength)]
}

func (r *Relay) markIsDue() bool {
	return r.marked < r.published.Load() && clock.Passed(r.markedAt, r.clock.Now(), markInterval)
}

func (r *Relay) markIfDue(ctx context.Context) error {
	if !r.markIsDue() {
		return nil
	}
	return r.mark(ctx)
}

// sqlMark keeps an earlier stamp, which a failed change may have left.
const sqlMark = `INSERT INTO acknowledged (until_seq, synced_at) VALUES (?, ?) ON CONFLICT (until_seq) DO NOTHING`

// mark stamps what was acknowledged, with the present time, or with that of the
// latest of these events if the clock was set back since: nothing is published
// before it was made.
func (r *Relay) mark(ctx context.Context) error {
	published, now := r.published.Load(), r.clock.Now()
	if r.marked == published {
		return nil
	}
	stamp := now
	if r.latest.After(stamp) {
		stamp = r.latest
	}
	err := r.db.Write(ctx, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(sqlMark, published, events.FormatTime(stamp))
		return err
	})
	if err != nil {
		return fmt.Errorf("mark events as published: %w", err)
	}
	r.marked, r.markedAt, r.latest = published, now, time.Time{}
	return nil
}
