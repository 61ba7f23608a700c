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

// maxConcurrentKeys bounds how many ordering keys of a batch are handled at the
// same time: enough to fill one group commit of the handler's database.
const maxConcurrentKeys = 64

// Delivery runs batches of fetched events through a subscription's handler: in
// order within an ordering key, concurrently across keys, with retries, and with
// a dead letter for an event that no attempt could handle. The broker adapters
// share it, so that all of them treat a failing handler alike.
type Delivery struct {
	Subscription Subscription
	// StoreDeadLetter stores a dead letter; it is called again until it returns
	// nil, because the event is acknowledged afterwards.
	StoreDeadLetter func(ctx context.Context, letter DeadLetter) error
	// AttemptFailed, which may be nil, is called after each failed attempt.
	AttemptFailed func(event Event, attempt int, err error)
}

// Wants reports whether the subscription's handler is to see events of type t.
func (d *Delivery) Wants(t Type) bool {
	return len(d.Subscription.Types) == 0 || slices.Contains(d.Subscription.Types, t)
}

// Observe calls the subscription's Observe, if there is one. Adapters call it
// with Redelivered, which only they can see.
func (d *Delivery) Observe(outcome Outcome) {
	if d.Subscription.Observe != nil {
		d.Subscription.Observe(outcome)
	}
}

// Run handles the events and returns when no handler runs any more. Element i
// of the result reports whether events[i] is to be acknowledged; all are, unless
// ctx ended.
func (d *Delivery) Run(ctx context.Context, events []Event) []bool {
	done := make([]bool, len(events))
	keys, indexes := d.groupByKey(events, done)
	if len(keys) == 1 {
		d.deliverInOrder(ctx, events, indexes[keys[0]], done)
		return done
	}
	work := make(chan []int)
	var workers sync.WaitGroup
	for range min(maxConcurrentKeys, len(keys)) {
		workers.Go(func() {
			for ofOneKey := range work {
				d.deliverInOrder(ctx, events, ofOneKey, done)
			}
		})
	}
	for _, k := range keys {
		work <- indexes[k]
	}
	close(work)
	workers.Wait()
	return done
}

// groupByKey returns the ordering keys of the events that the subscription
// wants, in the order of their first event, and the indexes of the events of
// each key. It marks the other events as done.
func (d *Delivery) groupByKey(events []Event, done []bool) (keys []string, indexes map[string][]int) {
	indexes = make(map[string][]int)
	for i, e := range events {
		if !d.Wants(e.Type) {
			done[i] = true
			continue
		}
		k := e.OrderingKey()
		if _, known := indexes[k]; !known {
			keys = append(keys, k)
		}
		indexes[k] = append(indexes[k], i)
	}
	return keys, indexes
}

// deliverInOrder handles events of one ordering key, one after the other, and
// stops at the first event that ctx interrupted: a later one must not overtake
// it.
func (d *Delivery) deliverInOrder(ctx context.Context, events []Event, indexes []int, done []bool) {
	for _, i := range indexes {
		if !d.deliver(ctx, events[i]) {
			return
		}
		done[i] = true
	}
}

// deliver handles one event, with retries. It reports false when ctx ended
// before the event was handled or became a dead letter.
func (d *Delivery) deliver(ctx context.Context, e Event) bool {
	r := d.Subscription.Retry.withDefaults()
	backoff := r.MinBackoff
	for attempt := 1; ; {
		if ctx.Err() != nil {
			return false
		}
		err := d.callHandler(ctx, e)
		if err == nil {
			d.Observe(Handled)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if d.AttemptFailed != nil {
			d.AttemptFailed(e, attempt, err)
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

// callHandler runs the handler. A panic is a failed attempt: if it ended the
// process, the same event would end it again after each start.
func (d *Delivery) callHandler(ctx context.Context, e Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return d.Subscription.Handler(ctx, e)
}

// Bury stores a dead letter and reports whether it succeeded before ctx ended.
// It tries again after an error. Adapters call it for records that are not
// events.
func (d *Delivery) Bury(ctx context.Context, letter DeadLetter) bool {
	r := d.Subscription.Retry.withDefaults()
	backoff := r.MinBackoff
	for {
		if d.StoreDeadLetter(ctx, letter) == nil {
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
