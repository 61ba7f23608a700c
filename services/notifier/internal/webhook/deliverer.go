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

// The limits of a Deliverer. A webhook that is new, slow or failing is doubtful:
// together such webhooks have half of the requests that may run, so that those
// that answer well always find room.
const (
	maxInFlight   = 1024
	maxDoubtful   = maxInFlight / 2
	maxPerWebhook = 8
	pageDue       = 16     // deliveries of a webhook in memory
	pageQueued    = 10_000 // new deliveries that are looked at in one step
	slowAnswer    = time.Second
	retryStep     = time.Second // after the database did not answer
	// safetyTick is after how long Run looks again what is due, although the next
	// delivery is later: the clock may have been set forward, or the machine
	// suspended, which timers do not see.
	safetyTick = 30 * time.Second
)

// Queue is what a Deliverer needs of its database.
type Queue interface {
	Write(ctx context.Context, change func(tx Tx) error) error
	Webhook(ctx context.Context, id string) (Webhook, bool, error)
	Webhooks(ctx context.Context, page paging.Page) (paging.List[Webhook], error)
	// Next answers the deliveries of a webhook that are due or will be, the
	// longest due first, no two with one ordering key.
	Next(ctx context.Context, webhookID string, limit int) ([]Delivery, error)
	// QueuedAfter answers which webhooks got one of the next deliveries behind an
	// id, limit at most, and the greatest id of these; that id when there are none.
	QueuedAfter(ctx context.Context, id int64, limit int) (webhookIDs []string, last int64, err error)
	// LastQueued answers the greatest id of a delivery; 0 when there is none.
	LastQueued(ctx context.Context) (int64, error)
	// Document answers the body of a delivery, and whether it is there.
	Document(ctx context.Context, deliveryID int64) ([]byte, bool, error)
}

// Deliverer sends what is queued. Each webhook has a lane of its own, so that
// none waits for another. Within a lane, deliveries with one ordering key are
// sent one after the other, in the order of the events.
type Deliverer struct {
	queue   Queue
	sender  Sender
	clock   clock.Clock
	jitter  func(atMost time.Duration) time.Duration
	observe func(Attempt)
	logger  *slog.Logger

	wake     chan struct{} // holds one
	queued   atomic.Bool   // deliveries were, since they were last looked at
	outcomes chan outcome

	mutex   sync.Mutex
	changed map[string]struct{} // webhooks to read again

	// What follows belongs to the goroutine of Run.
	lanes    map[string]*lane
	listed   []*lane // those that are not idle
	first    int     // of them, where the next step begins
	last     int64   // id of the newest delivery that was seen
	loaded   bool
	inFlight int
	doubtful int // of them
	requests sync.WaitGroup
}

// outcome is what a request tells the lane that it belongs to.
type outcome struct {
	webhookID  string
	url        string // the webhook's, when the request began
	deliveryID int64
	ok         bool
	took       time.Duration
	doubtful   bool          // the lane was, when the request began
	more       bool          // another delivery of the lane may be due now
	nextAt     time.Time     // when this one is due again; zero: it is not
	pause      time.Duration // the endpoint asks to be left alone for
}

// DelivererOptions are the ports of a Deliverer; all but Observe are required.
type DelivererOptions struct {
	Queue   Queue
	Sender  Sender
	Clock   clock.Clock
	Jitter  func(atMost time.Duration) time.Duration // a random part of a pause
	Observe func(Attempt)                            // is told of each attempt that was stored; may be called concurrently
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
		changed: map[string]struct{}{}, lanes: map[string]*lane{},
	}
}

// Wake tells that deliveries were queued. It does not block.
func (d *Deliverer) Wake() {
	d.queued.Store(true)
	d.poke()
}

// poke makes Run look what there is to do.
func (d *Deliverer) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Changed tells that a webhook was made, changed or deleted. It does not
// block.
func (d *Deliverer) Changed(webhookID string) {
	d.mutex.Lock()
	d.changed[webhookID] = struct{}{}
	d.mutex.Unlock()
	d.poke()
}

// Run delivers until ctx ends, then breaks off the requests that run and returns
// when they have ended.
func (d *Deliverer) Run(ctx context.Context) error {
	defer d.requests.Wait()
	for ctx.Err() == nil {
		at, err := d.step(ctx)
		if err != nil {
			d.logInterruption(ctx, err)
			at = d.clock.Now().Add(retryStep)
		}
		d.wait(ctx, at)
	}
	return nil
}

// wait returns at the given time, but after a safetyTick at most, or when there is
// something new; a time of zero is never.
func (d *Deliverer) wait(ctx context.Context, at time.Time) {
	var due <-chan time.Time
	if !at.IsZero() {
		timer := d.clock.NewTimer(min(at.Sub(d.clock.Now()), safetyTick))
		defer timer.Stop()
		due = timer.C()
	}
	select {
	case <-due:
	case <-d.wake:
	case <-ctx.Done():
	}
}

// step starts what may be started and returns when there is more to do; zero:
// when it is woken.
func (d *Deliverer) step(ctx context.Context) (time.Time, error) {
	now := d.clock.Now()
	d.collect(now)
	if err := d.refresh(ctx); err != nil {
		return time.Time{}, err
	}
	d.unlist()
	var at time.Time
	d.first++
	for i := range d.listed {
		l := d.listed[(d.first+i)%len(d.listed)]
		if d.inFlight >= maxInFlight {
			d.first += i - 1 // the end of a request wakes us, and we go on here
			break
		}
		if wakeAt := l.wakeAt(now); wakeAt.IsZero() || wakeAt.After(now) {
			at = earlier(at, wakeAt)
			continue
		}
		if l.doubtful() && d.doubtful >= maxDoubtful {
			continue // so it does
		}
		if err := l.fill(ctx, d.queue, now); err != nil {
			return time.Time{}, err
		}
		d.start(ctx, l)
		if wakeAt := l.wakeAt(now); wakeAt.After(now) {
			at = earlier(at, wakeAt)
		}
	}
	return at, nil
}

// collect takes the outcomes over that have come.
func (d *Deliverer) collect(now time.Time) {
	for {
		select {
		case o := <-d.outcomes:
			d.inFlight--
			if o.doubtful {
				d.doubtful--
			}
			if l, found := d.lanes[o.webhookID]; found {
				l.settled(o, now)
				d.list(l)
			}
		default:
			return
		}
	}
}

// start begins requests of a lane while there is room.
func (d *Deliverer) start(ctx context.Context, l *lane) {
	// What was queued after a change of its webhook may be in the lane before the
	// change is: the next step reads both.
	for d.inFlight < maxInFlight && !d.isChanged(l.hook.ID) {
		doubtful := l.doubtful()
		if doubtful && d.doubtful >= maxDoubtful {
			return
		}
		delivery, found := l.next()
		if !found {
			return
		}
		d.inFlight++
		if doubtful {
			d.doubtful++
		}
		hook := l.hook
		d.requests.Go(func() {
			o := d.attempt(ctx, hook, delivery)
			o.doubtful = doubtful
			d.outcomes <- o // has room for all that run
			d.poke()
		})
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
