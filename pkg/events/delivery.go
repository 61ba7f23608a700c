package events

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"inventory.example/pkg/clock"
)

// maxLanes bounds how many ordering keys of a batch are handled at the same
// time: enough to fill one group commit of the handler's database.
const maxLanes = 64

// Delivery runs a batch of fetched events through a subscription's handler:
// in order within an ordering key, side by side across keys, with retries, and
// with a dead letter for what no attempt could handle. The broker adapters
// share it, so that all of them treat a failing handler alike.
type Delivery struct {
	Subscription Subscription
	// DeadLetter stores a dead letter; it is tried again until it returns nil,
	// because the event is acknowledged afterwards.
	DeadLetter func(ctx context.Context, letter DeadLetter) error
	// Failed is told of each failed attempt; may be nil.
	Failed func(event Event, attempt int, err error)
}

// Wants reports whether the subscription's handler is to see events of type t.
func (d *Delivery) Wants(t Type) bool {
	return len(d.Subscription.Types) == 0 || slices.Contains(d.Subscription.Types, t)
}

// Observe tells the subscription's Observe, if there is one. Adapters call it
// with Redelivered, which only they can see.
func (d *Delivery) Observe(outcome Outcome) {
	if d.Subscription.Observe != nil {
		d.Subscription.Observe(outcome)
	}
}

// Run handles the events and returns when no handler runs any more. Element i
// of the answer tells whether events[i] is to be acknowledged; all are, unless
// ctx ended.
func (d *Delivery) Run(ctx context.Context, events []Event) []bool {
	done := make([]bool, len(events))
	lanes := make(map[string][]int)
	var keys []string
	for i, e := range events {
		if !d.Wants(e.Type) {
			done[i] = true
			continue
		}
		k := e.OrderingKey()
		if _, known := lanes[k]; !known {
			keys = append(keys, k)
		}
		lanes[k] = append(lanes[k], i)
	}
	if len(keys) == 1 {
		d.lane(ctx, events, lanes[keys[0]], done)
		return done
	}
	work := make(chan []int)
	var wait sync.WaitGroup
	for range min(maxLanes, len(keys)) {
		wait.Go(func() {
			for lane := range work {
				d.lane(ctx, events, lane, done)
			}
		})
	}
	for _, k := range keys {
		work <- lanes[k]
	}
	close(work)
	wait.Wait()
	return done
}

// lane handles events of one ordering key, one after the other, and stops at
// the first that ctx did not let through: a later one must not overtake it.
func (d *Delivery) lane(ctx context.Context, events []Event, indexes []int, done []bool) {
	for _, i := range indexes {
		if !d.handle(ctx, events[i]) {
			return
		}
		done[i] = true
	}
}

func (d *Delivery) handle(ctx context.Context, e Event) bool {
	r := d.Subscription.Retry.withDefaults()
	backoff := r.MinBackoff
	for attempt := 1; ; {
		if ctx.Err() != nil {
			return false
		}
		err := d.call(ctx, e)
		if err == nil {
			d.Observe(Handled)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if d.Failed != nil {
			d.Failed(e, attempt, err)
		}
		if !IsTemporary(err) {
			if attempt >= r.MaxAttempts {
				return d.Bury(ctx, DeadLetter{
					Document: e.Document(), Group: d.Subscription.Group, Reason: err.Error(),
					Attempts: attempt, FailedAt: time.Now().UTC(),
				})
			}
			attempt++
		}
		d.Observe(Retried)
		if r.Wait(ctx, backoff) != nil {
			return false
		}
		backoff = min(2*backoff, r.MaxBackoff)
	}
}

// call runs the handler. A panic is a failed attempt: were it to end the
// process, the same event would end it again after each start.
func (d *Delivery) call(ctx context.Context, e Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return d.Subscription.Handler(ctx, e)
}

// Bury stores a dead letter, trying again until it succeeds or ctx ends, and
// reports whether it did. Adapters call it for records that are no events.
func (d *Delivery) Bury(ctx context.Context, letter DeadLetter) bool {
	r := d.Subscription.Retry.withDefaults()
	backoff := r.MinBackoff
	for {
		if d.DeadLetter(ctx, letter) == nil {
			d.Observe(Buried)
			return true
		}
		if r.Wait(ctx, backoff) != nil {
			return false
		}
		backoff = min(2*backoff, r.MaxBackoff)
	}
}

func (r Retry) withDefaults() Retry {
	if r.MaxAttempts == 0 {
		r.MaxAttempts = 5
	}
	if r.MinBackoff == 0 {
		r.MinBackoff = 50 * time.Millisecond
	}
	if r.MaxBackoff == 0 {
		r.MaxBackoff = 5 * time.Second
	}
	if r.Wait == nil {
		r.Wait = func(ctx context.Context, d time.Duration) error { return clock.Sleep(ctx, clock.System{}, d) }
	}
	return r
}
