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
	"inventory.example/pkg/telemetry/tracing"
)

const (
	batchLength   = 2048                   // events from memory in one PublishBatch; from the table: a page
	feedLength    = 4 * batchLength        // committed events that wait in memory; beyond it the table is read
	safetyTick    = 10 * time.Second       // the table is read even if no commit was announced
	markInterval  = 250 * time.Millisecond // synced_at is written at most this often
	probeInterval = 5 * time.Second        // between pings of a broker to which nothing is published
	minBackoff    = 50 * time.Millisecond
	maxBackoff    = 5 * time.Second
	publishLimit  = 10 * time.Second // for one PublishBatch
)

// Relay publishes the events of one table in the order of their seqs and stamps
// synced_at. The engine passes it committed events in memory; the table is read
// only to catch up: at the start, after a backlog, after a gap, and in case an
// event was not passed on.
//
// Its cursor is the seq up to which the broker has acknowledged everything.
// synced_at follows the cursor: a record for all events that were acknowledged
// since the record before. So the stamp may lag behind the broker and never
// leads; after a crash, events that were acknowledged but not yet stamped are
// published again.
type Relay struct {
	store     Store
	publisher events.Publisher
	clock     clock.Clock
	logger    *slog.Logger
	tracer    *tracing.Tracer // nil: off
	wake      chan struct{}
	metrics   metrics

	mu   sync.Mutex
	feed []Committed // contiguous, and kept until the cursor has passed them

	published atomic.Int64 // cursor
	committed atomic.Int64 // newest known seq; written under mu
	unknown   atomic.Bool  // the table may have other events
	failing   atomic.Bool  // the last attempt to reach the broker failed

	// The other fields are used by Step's caller only.
	ahead    Batch     // the next page of the table, read while a batch is published
	lookedAt time.Time // when the position was read from the table
	marked   int64     // synced_at is set up to here
	markedAt time.Time // when the last stamp was written
	latest   time.Time // the latest created_at of the events that were published and are not stamped yet
	probedAt time.Time // when the broker was last pinged
}

// RelayOptions are the parts that a Relay needs. All but Tracer are required.
type RelayOptions struct {
	Store     Store
	Publisher events.Publisher
	Clock     clock.Clock
	Logger    *slog.Logger
	Tracer    *tracing.Tracer // records published events; nil: off
}

// OpenRelay returns a relay that has read how far the events of earlier runs
// were published. It publishes in Run, or step by step in Step.
func OpenRelay(ctx context.Context, o RelayOptions) (*Relay, error) {
	r := &Relay{
		store: o.Store, publisher: o.Publisher, clock: o.Clock, logger: o.Logger, tracer: o.Tracer,
		wake: make(chan struct{}, 1), metrics: newMetrics(),
	}
	r.store.Listen(r.listen)
	if err := r.readPosition(ctx); err != nil {
		return nil, fmt.Errorf("open the relay: %w", err)
	}
	return r, nil
}

// listen adds committed events to the feed.
func (r *Relay) listen(list []Committed) {
	r.mu.Lock()
	for _, c := range list {
		// Once an event is left out, so are all later ones until the relay has
		// read the table up to them: the feed has no gaps.
		if n := len(r.feed); n < feedLength && (n == 0 || r.feed[n-1].Seq == c.Seq-1) {
			r.feed = append(r.feed, c)
		}
		r.committed.Store(max(r.committed.Load(), c.Seq))
	}
	r.mu.Unlock()
	if len(list) == 0 {
		r.unknown.Store(true)
	}
	r.Wake()
}

// readPosition reads from the table which events were not passed to listen, and
// which ones another leader has published.
func (r *Relay) readPosition(ctx context.Context) error {
	r.unknown.Store(false)
	p, err := r.store.Position(ctx)
	if err != nil {
		r.unknown.Store(true)
		return err
	}
	r.mu.Lock()
	r.committed.Store(max(r.committed.Load(), p.Newest))
	r.mu.Unlock()
	r.marked = max(r.marked, p.Acknowledged)
	r.published.Store(max(r.published.Load(), p.Acknowledged))
	r.lookedAt = r.clock.Now()
	return nil
}

// Wake makes Run look for events at once.
func (r *Relay) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Pending returns how many committed events the broker has not acknowledged.
func (r *Relay) Pending() int64 { return max(0, r.committed.Load()-r.published.Load()) }

// Reachable reports whether the last attempt to reach the broker succeeded.
func (r *Relay) Reachable() bool { return !r.failing.Load() }

// Step publishes one batch, and stamps synced_at when that is due. It reports
// whether more events wait. Only one Step may run at a time.
func (r *Relay) Step(ctx context.Context) (more bool, err error) {
	batch, err := r.next(ctx)
	if err != nil {
		return false, err
	}
	if len(batch.Events) == 0 {
		r.probe(ctx)
		return false, r.markIfDue(ctx)
	}
	finish := r.prepareNext(ctx, batch)
	err = r.publish(ctx, batch.Events)
	markErr := finish()
	if err != nil {
		return false, fmt.Errorf("publish %d events: %w", len(batch.Events), err)
	}
	r.published.Store(batch.Last)
	for i := range batch.Events {
		if at := batch.Events[i].CreatedAt; at.After(r.latest) {
			r.latest = at
		}
	}
	if r.Pending() > 0 { // the stamp is written while the next batch is published
		if markErr != nil { // a failed stamp is retried then: events do not wait for it
			r.logger.WarnContext(ctx, "relay failed to stamp", slog.Any("err", markErr))
		}
		return true, nil
	}
	return false, errors.Join(markErr, r.markIfDue(ctx))
}

// publish publishes one batch and records the result.
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

// prepareNext uses the time in which a batch is published while more events wait:
// it stamps the events that were acknowledged before, and reads the next page when
// that will come from the table, for as long as the batch takes. Records never
// change, so the page stays valid; when its reading fails, next reads it again.
// The caller must call finish, which returns the error of stamping, before it
// moves the cursor.
func (r *Relay) prepareNext(ctx context.Context, batch Batch) (finish func() error) {
	var running sync.WaitGroup
	var markErr error
	var over atomic.Bool
	if r.committed.Load() > batch.Last {
		if r.markIsDue() {
			running.Go(func() { markErr = r.mark(ctx) })
		}
		if !r.inMemory(batch.Last + 1) {
			running.Go(func() { r.ahead, _ = r.store.Unpublished(ctx, batch.Last, over.Load) })
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
	return n > 0 && r.feed[0].Seq <= seq && seq <= r.feed[n-1].Seq
}

// probe pings a silent broker, so that health is right while no events are
// published.
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

// next returns the events after the cursor: from memory when they are there,
// otherwise from the table.
func (r *Relay) next(ctx context.Context) (Batch, error) {
	if r.unknown.Load() || clock.Passed(r.lookedAt, r.clock.Now(), safetyTick) {
		if err := r.readPosition(ctx); err != nil {
			return Batch{}, err
		}
	}
	cursor := r.published.Load()
	if records := r.fromMemory(cursor); len(records) > 0 {
		batch := Batch{After: cursor, Last: records[len(records)-1].Seq, Events: make([]events.Event, len(records))}
		for i := range records {
			batch.Events[i] = records[i].Event
		}
		return batch, nil
	}
	if r.Pending() == 0 {
		return Batch{}, nil
	}
	ahead := r.ahead
	r.ahead = Batch{}
	if len(ahead.Events) > 0 && ahead.After == cursor {
		return ahead, nil
	}
	// Nothing is published before this page is read, so it is a short one.
	return r.store.Unpublished(ctx, cursor, func() bool { return true })
}

// fromMemory returns the events after the cursor that wait in memory, where
// they stay until the cursor has passed them; commits only add to them.
func (r *Relay) fromMemory(cursor int64) []Committed {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.feed) > 0 && r.feed[0].Seq <= cursor {
		r.feed = r.feed[1:]
	}
	if len(r.feed) == 0 || r.feed[0].Seq != cursor+1 {
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

// mark stamps the acknowledged events with the current time, or with that of
// the latest of these events if the clock was set back since: synced_at is
// never before created_at.
func (r *Relay) mark(ctx context.Context) error {
	published, now := r.published.Load(), r.clock.Now()
	if r.marked == published {
		return nil
	}
	stamp := now
	if r.latest.After(stamp) {
		stamp = r.latest
	}
	if err := r.store.Acknowledge(ctx, published, stamp); err != nil {
		return err
	}
	r.marked, r.markedAt, r.latest = published, now, time.Time{}
	return nil
}
