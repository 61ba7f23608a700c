package webhook

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
)

const (
	pageQueued = 10_000      // new deliveries that one step reads
	retryStep  = time.Second // the pause after an error of the database
	// safetyTick is the longest time between two steps. Timers do not notice that the
	// clock was set forward or the machine suspended, and a change of a webhook or a
	// new delivery may not have been announced.
	safetyTick = 30 * time.Second
)

// Queue is the part of the database that a Deliverer needs.
type Queue interface {
	Write(ctx context.Context, change func(tx Tx) error) error
	Webhook(ctx context.Context, id string) (Webhook, bool, error)
	Webhooks(ctx context.Context, page paging.Page) (paging.List[Webhook], error)
	// Next returns the deliveries of a webhook that are due or will be, the longest
	// due first, no two with the same ordering key.
	Next(ctx context.Context, webhookID string, limit int) ([]Delivery, error)
	// QueuedAfter reads the next deliveries after an id, limit at most. It returns
	// their webhooks and the greatest id of them; that id when there are none.
	QueuedAfter(ctx context.Context, id int64, limit int) (webhookIDs []string, last int64, err error)
	// LastQueued returns the greatest id of a delivery; 0 when there is none.
	LastQueued(ctx context.Context) (int64, error)
	// Listen makes queued be called soon after commits that queued deliveries, and
	// changed receive the webhooks that were created, changed or deleted. Both are
	// hints: calls may be missing, and the other methods return the content of the
	// tables nevertheless. Neither blocks. There is one listener.
	Listen(queued func(), changed func(webhookIDs []string))
	// Document returns the body of a delivery, and whether the delivery exists.
	Document(ctx context.Context, deliveryID int64) ([]byte, bool, error)
}

// Deliverer sends the queued deliveries when its schedule says so. Within a
// webhook, deliveries with the same ordering key are sent one after the other, in
// the order of the events.
type Deliverer struct {
	queue   Queue
	sender  Sender
	clock   clock.Clock
	jitter  Jitter
	observe func(Attempt)
	logger  *slog.Logger

	wake     chan struct{} // has room for one
	queued   atomic.Bool   // deliveries were queued since the last step
	outcomes chan outcome  // has room for every request in flight

	mutex   sync.Mutex
	changed map[string]struct{} // webhooks to read again

	// The goroutine of Run owns the fields below.
	schedule *schedule
	last     int64 // id of the newest delivery that was read
	loaded   bool
	loadedAt time.Time // when all webhooks were read
	requests sync.WaitGroup
}

// DelivererOptions are the ports of a Deliverer; all but Observe are required.
type DelivererOptions struct {
	Queue   Queue
	Sender  Sender
	Clock   clock.Clock
	Jitter  Jitter
	Observe func(Attempt) // is called for each attempt that was stored; may be called concurrently
	Logger  *slog.Logger
}

// NewDeliverer returns a Deliverer.
func NewDeliverer(o DelivererOptions) *Deliverer {
	if o.Observe == nil {
		o.Observe = func(Attempt) {}
	}
	return &Deliverer{
		queue: o.Queue, sender: o.Sender, clock: o.Clock, jitter: o.Jitter, observe: o.Observe, logger: o.Logger,
		wake: make(chan struct{}, 1), outcomes: make(chan outcome, maxInFlight),
		changed: map[string]struct{}{}, schedule: newSchedule(),
	}
}

// deliveriesQueued reports that deliveries were queued. It does not block.
func (d *Deliverer) deliveriesQueued() {
	d.queued.Store(true)
	d.wakeRun()
}

// wakeRun makes Run take a step.
func (d *Deliverer) wakeRun() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// webhooksChanged reports webhooks that were created, changed or deleted. It does
// not block.
func (d *Deliverer) webhooksChanged(ids []string) {
	d.putBackChanged(ids)
	d.wakeRun()
}

// Run delivers until ctx ends, then cancels the requests in flight and returns
// when they have ended.
func (d *Deliverer) Run(ctx context.Context) error {
	defer d.requests.Wait()
	d.queue.Listen(d.deliveriesQueued, d.webhooksChanged)
	for ctx.Err() == nil {
		at, err := d.step(ctx)
		if err != nil {
			d.logInterruption(ctx, err)
			at = d.clock.Now().Add(retryStep)
		}
		d.waitUntil(ctx, at)
	}
	return nil
}

// waitUntil returns at the given time, after safetyTick at most, or when Run is
// woken; a time of zero is never.
func (d *Deliverer) waitUntil(ctx context.Context, at time.Time) {
	pause := safetyTick
	if !at.IsZero() {
		pause = min(at.Sub(d.clock.Now()), safetyTick)
	}
	timer := d.clock.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C():
	case <-d.wake:
	case <-ctx.Done():
	}
}

// step passes all news to the schedule and starts the requests that it allows. It
// returns the time of the next step; zero: when Run is woken.
func (d *Deliverer) step(ctx context.Context) (time.Time, error) {
	now := d.clock.Now()
	d.collectOutcomes(now)
	if err := d.refresh(ctx); err != nil {
		return time.Time{}, err
	}
	round := d.schedule.beginRound(now)
	for id, found := round.nextLane(); found; id, found = round.nextLane() {
		if limit := round.readLimit(); limit > 0 {
			list, err := d.queue.Next(ctx, id, limit)
			if err != nil {
				return time.Time{}, err
			}
			round.addRead(list)
		}
		d.startRequests(ctx, round, id)
	}
	return round.nextAt(), nil
}

// collectOutcomes passes the outcomes that have arrived to the schedule.
func (d *Deliverer) collectOutcomes(now time.Time) {
	for {
		select {
		case o := <-d.outcomes:
			d.schedule.finish(o, now)
		default:
			return
		}
	}
}

// startRequests sends the deliveries of a webhook that the round allows.
func (d *Deliverer) startRequests(ctx context.Context, round *round, webhookID string) {
	// The lane may have a delivery that was queued after a change of its webhook
	// before it has the change: the next step reads both.
	for !d.isChanged(webhookID) {
		begun, found := round.startNext()
		if !found {
			return
		}
		d.requests.Go(func() {
			d.outcomes <- d.attempt(ctx, begun)
			d.wakeRun()
		})
	}
}
