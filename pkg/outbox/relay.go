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
	batchLength   = 2048                   // events of memory in one PublishBatch; of the table: pageLength
	feedLength    = 4 * batchLength        // committed events that wait in memory; beyond it the table is read
	safetyTick    = 10 * time.Second       // looks at the table even if no commit woke the relay
	markInterval  = 250 * time.Millisecond // synced_at is written at most this often
	markLength    = 2048                   // events stamped in one change: all others of the database wait for it
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
// synced_at follows it in bulk, so that it may lag behind the broker and never
// leads; after a crash, what was acknowledged but not yet stamped is published
// again.
type Relay struct {
	publisher events.Publisher
	clock     clock.Clock
	logger    *slog.Logger
	wake      chan struct{}
	metrics   metrics
	tracer    *tracing.Tracer // set by Trace; nil: off
	db        *sqlite.DB      // set by Attach

	mu   sync.Mutex
	feed []record // committed, not yet published; contiguous

	ahead []record // read from the table while the batch before was published; used by Step's caller only

	published atomic.Int64 // cursor
	committed atomic.Int64 // newest seq
	failing   atomic.Bool  // the last attempt to reach the broker failed

	marked   int64     // synced_at is set up to here; used by Step's caller only
	markedAt time.Time //
	probedAt time.Time //
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

const sqlCursor = `SELECT
	COALESCE((SELECT MIN(seq) - 1 FROM events WHERE synced_at IS NULL), (SELECT MAX(seq) FROM events), 0),
	COALESCE((SELECT MAX(seq) FROM events), 0)`

// Attach tells the relay its database, before the first write, and reads how
// far the events of earlier runs were published.
func (r *Relay) Attach(ctx context.Context, db *sqlite.DB) error {
	var published, committed int64
	if err := db.Reader().QueryRowContext(ctx, sqlCursor).Scan(&published, &committed); err != nil {
		return fmt.Errorf("read the outbox cursor: %w", err)
	}
	r.db = db
	r.marked = published
	r.published.Store(published)
	r.committed.Store(committed)
	return nil
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
	if err := r.mark(ctx, func() bool { return false }); err != nil {
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
	if len(batch) == 0 {
		r.probe(ctx)
		return false, r.markIfDue(ctx)
	}
	list := make([]events.Event, len(batch))
	for i, rec := range batch {
		list[i] = rec.event
	}
	last := batch[len(batch)-1].seq
	wait := r.meanwhile(ctx, last)
	err = r.publish(ctx, list)
	markErr := wait()
	if err != nil {
		r.restore(batch)
		return false, fmt.Errorf("publish %d events: %w", len(list), err)
	}
	r.published.Store(last)
	if r.Pending() > 0 {
		return true, markErr // the next batch's time is used to stamp this one
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

// meanwhile uses the time in which the broker takes a batch that ends with last
// while more wait behind it: it stamps what was acknowledged before, as far as
// the time suffices, and reads the next page when next will need it. Rows never
// change but for synced_at, so that page is as good then as it is now, and what
// fails, next reads again. The caller must call wait, which returns the error of
// stamping, before it moves the cursor.
func (r *Relay) meanwhile(ctx context.Context, last int64) (wait func() error) {
	var running sync.WaitGroup
	var markErr error
	var over atomic.Bool
	if r.committed.Load() > last {
		if r.markIsDue() {
			running.Go(func() { markErr = r.mark(ctx, over.Load) })
		}
		if !r.inMemory(last + 1) {
			running.Go(func() { r.ahead, _ = readPage(ctx, r.db, last) })
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
	if !ok || now.Sub(r.probedAt) < probeInterval {
		return
	}
	r.probedAt = now
	ctx, cancel := context.WithTimeout(ctx, publishLimit)
	defer cancel()
	r.failing.Store(pinger.Ping(ctx) != nil)
}

// next returns the events behind the cursor: from memory when they are there,
// otherwise from the table.
func (r *Relay) next(ctx context.Context) ([]record, error) {
	cursor := r.published.Load()
	r.mu.Lock()
	for len(r.feed) > 0 && r.feed[0].seq <= cursor { // read from the table meanwhile
		r.feed = r.feed[1:]
	}
	if len(r.feed) > 0 && r.feed[0].seq == cursor+1 {
		n := min(len(r.feed), batchLength)
		batch := r.feed[:n:n]
		r.feed = r.feed[n:]
		r.mu.Unlock()
		return batch, nil
	}
	r.mu.Unlock()
	if r.Pending() == 0 {
		return nil, nil
	}
	ahead := r.ahead
	r.ahead = nil
	if len(ahead) > 0 && ahead[0].seq == cursor+1 {
		return ahead, nil
	}
	return readPage(ctx, r.db, cursor)
}

// restore puts a batch that could not be published back, if nothing has to be
// thrown away for it; the table has it in any case.
func (r *Relay) restore(batch []record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.feed)+len(batch) <= feedLength && (len(r.feed) == 0 || r.feed[0].seq == batch[len(batch)-1].seq+1) {
		r.feed = append(batch[:len(batch):len(batch)], r.feed...)
	}
}

func (r *Relay) markIsDue() bool {
	return r.marked < r.published.Load() && r.clock.Now().Sub(r.markedAt) >= markInterval
}

func (r *Relay) markIfDue(ctx context.Context) error {
	if !r.markIsDue() {
		return nil
	}
	return r.mark(ctx, func() bool { return r.Pending() > 0 })
}

const sqlMark = `UPDATE events SET synced_at = ? WHERE seq > ? AND seq <= ? AND synced_at IS NULL`

// mark stamps what was acknowledged, until all of it is or enough says so, but
// at least one part.
func (r *Relay) mark(ctx context.Context, enough func() bool) error {
	published := r.published.Load()
	for r.marked < published {
		now, last := r.clock.Now(), min(published, r.marked+markLength)
		err := r.db.Write(ctx, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(sqlMark, events.FormatTime(now), r.marked, last)
			return err
		})
		if err != nil {
			return fmt.Errorf("mark events as published: %w", err)
		}
		r.marked = last
		if last == published {
			r.markedAt = now
			return nil
		}
		if enough() {
			return nil
		}
	}
	return nil
}
