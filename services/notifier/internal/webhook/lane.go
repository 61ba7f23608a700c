package webhook

import (
	"context"
	"time"
)

// lane is the part of the queue that belongs to one webhook. It belongs to the
// goroutine of Deliverer.Run.
type lane struct {
	hook     Webhook
	due      []Delivery // read, but not started; at most pageDue
	inFlight map[int64]struct{}
	look     bool      // there may be more that is due than is known
	lookAt   time.Time // when the next that is not due becomes it; zero: nothing is known to
	listed   bool      // among those that have something to do
	proven   bool      // it has taken something since the start
	slow     bool      // its last answer took longer than slowAnswer
	failures int       // in a row
	restsTo  time.Time // no attempt before, because it fails
	pausesTo time.Time // no attempt before, because the endpoint asks for that
}

// limit is how many requests may run at once.
func (l *lane) limit() int {
	if l.failures > 0 || !l.proven {
		return 1
	}
	return maxPerWebhook
}

// doubtful reports whether the lane may keep its requests for long.
func (l *lane) doubtful() bool { return l.failures > 0 || !l.proven || l.slow }

// wakeAt returns when the lane has something to do; zero: not by time alone.
func (l *lane) wakeAt(now time.Time) time.Time {
	if !l.hook.Active || len(l.inFlight) >= l.limit() {
		return time.Time{} // a change or an outcome wakes it
	}
	at := l.lookAt
	if l.look || len(l.due) > 0 {
		at = now
	}
	if at.IsZero() {
		return at
	}
	at = notBefore(at, l.restsTo, now.Add(maxRest))
	return notBefore(at, l.pausesTo, now.Add(maxRetryAfter))
}

// notBefore returns the later of at and to. One that is later than any can be,
// which is latest, was set before the clock was set back, and does not count.
func notBefore(at, to, latest time.Time) time.Time {
	if at.Before(to) && !to.After(latest) {
		return to
	}
	return at
}

// idle reports whether the lane has nothing to do until it is told of something.
func (l *lane) idle() bool {
	return !l.hook.Active || !l.look && len(l.due) == 0 && l.lookAt.IsZero()
}

// settled takes an outcome over.
func (l *lane) settled(o outcome, now time.Time) {
	delete(l.inFlight, o.deliveryID)
	l.look = l.look || o.more
	if !o.nextAt.IsZero() {
		l.lookAt = earlier(l.lookAt, o.nextAt)
	}
	if o.url != l.hook.URL {
		return // it tells of another endpoint than the lane has now
	}
	l.slow = o.took > slowAnswer
	if o.pause > 0 {
		// A success of a request that ran beside it does not end the pause.
		l.pausesTo = now.Add(o.pause)
	}
	if o.ok {
		l.proven, l.failures, l.restsTo = true, 0, time.Time{}
		return
	}
	l.failures++
	l.restsTo = now.Add(restAfter(l.failures))
}

// fill reads what is due, unless some of it is left.
func (l *lane) fill(ctx context.Context, queue Queue, now time.Time) error {
	if len(l.due) > 0 || !l.look && (l.lookAt.IsZero() || l.lookAt.After(now)) {
		return nil
	}
	// Those that run are still due in the table, and stand first.
	limit := pageDue + len(l.inFlight)
	list, err := queue.Next(ctx, l.hook.ID, limit)
	if err != nil {
		return err
	}
	l.look, l.lookAt = len(list) == limit, time.Time{}
	for _, delivery := range list {
		if delivery.DueAt.After(now) {
			l.look, l.lookAt = false, delivery.DueAt
			break
		}
		if _, runs := l.inFlight[delivery.ID]; !runs {
			l.due = append(l.due, delivery)
		}
	}
	return nil
}

// next takes the delivery to start; false when there is none.
func (l *lane) next() (Delivery, bool) {
	if len(l.due) == 0 || len(l.inFlight) >= l.limit() {
		return Delivery{}, false
	}
	delivery := l.due[0]
	l.due = l.due[1:]
	l.inFlight[delivery.ID] = struct{}{}
	return delivery, true
}
