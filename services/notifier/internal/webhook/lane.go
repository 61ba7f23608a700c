package webhook

import "time"

// lane is the part of a schedule that belongs to one webhook.
type lane struct {
	hook       Webhook
	due        []Delivery // read and not started; at most pageDue
	inFlight   map[int64]struct{}
	mayHaveDue bool      // the queue may have due deliveries that were not read
	nextDueAt  time.Time // when the next delivery in the queue becomes due; zero: unknown or never
	inRotation bool
	proven     bool      // the endpoint has accepted a delivery since the start
	slow       bool      // its last response took longer than slowResponse
	failures   int       // in a row
	restUntil  time.Time // no request before, because the endpoint fails
	pauseUntil time.Time // no request before, because the endpoint asks for a pause
}

// limit returns how many requests may run at once.
func (l *lane) limit() int {
	if l.failures > 0 || !l.proven {
		return 1
	}
	return maxPerWebhook
}

// isDoubtful reports whether the endpoint may take long for its requests.
func (l *lane) isDoubtful() bool { return l.failures > 0 || !l.proven || l.slow }

// readyAt returns when the lane can read or start a delivery; zero: not by time
// alone.
func (l *lane) readyAt(now time.Time) time.Time {
	if !l.hook.Active || len(l.inFlight) >= l.limit() {
		return time.Time{} // a change or an outcome comes first
	}
	at := l.nextDueAt
	if l.mayHaveDue || len(l.due) > 0 {
		at = now
	}
	if at.IsZero() {
		return at
	}
	at = notBefore(at, l.restUntil, now.Add(maxRest))
	return notBefore(at, l.pauseUntil, now.Add(maxRetryAfter))
}

// notBefore returns the later of at and bound. A bound after latest is ignored: it
// was computed before the clock was set back.
func notBefore(at, bound, latest time.Time) time.Time {
	if at.Before(bound) && !bound.After(latest) {
		return bound
	}
	return at
}

// isIdle reports whether the lane has nothing to do before a change, a queued
// delivery or an outcome.
func (l *lane) isIdle() bool {
	return !l.hook.Active || !l.mayHaveDue && len(l.due) == 0 && l.nextDueAt.IsZero()
}

// finish records the end of a request.
func (l *lane) finish(o outcome, now time.Time) {
	delete(l.inFlight, o.delivery.ID)
	l.mayHaveDue = l.mayHaveDue || o.more
	if !o.nextAt.IsZero() {
		l.nextDueAt = earlier(l.nextDueAt, o.nextAt)
	}
	if o.hook.URL != l.hook.URL {
		return // the outcome is about an endpoint that the webhook no longer has
	}
	if o.disabled {
		// The webhook may be active again already, and the schedule may never see
		// that it was not.
		l.startAfresh(now)
		return
	}
	l.slow = o.took > slowResponse
	if o.pause > 0 {
		// The success of a request that ran at the same time does not end the pause.
		l.pauseUntil = now.Add(o.pause)
	}
	if o.ok {
		l.proven, l.failures, l.restUntil = true, 0, time.Time{}
		return
	}
	l.failures++
	l.restUntil = now.Add(restAfter(l.failures))
}

// startAfresh forgets how the endpoint responded.
func (l *lane) startAfresh(now time.Time) {
	l.proven, l.slow, l.failures = false, false, 0
	l.restUntil, l.pauseUntil = now, time.Time{}
}

// readLimit returns how many deliveries to read from the queue; 0: none.
func (l *lane) readLimit(now time.Time) int {
	if len(l.due) > 0 || !l.mayHaveDue && (l.nextDueAt.IsZero() || l.nextDueAt.After(now)) {
		return 0
	}
	return l.pageLimit()
}

// pageLimit is pageDue and the deliveries in flight, which are the first ones in
// the queue: there they are still due.
func (l *lane) pageLimit() int { return pageDue + len(l.inFlight) }

// addRead adds the deliveries that are due and not in flight.
func (l *lane) addRead(list []Delivery, now time.Time) {
	l.mayHaveDue, l.nextDueAt = len(list) == l.pageLimit(), time.Time{}
	for _, delivery := range list {
		if delivery.DueAt.After(now) {
			l.mayHaveDue, l.nextDueAt = false, delivery.DueAt
			break
		}
		if _, runs := l.inFlight[delivery.ID]; !runs {
			l.due = append(l.due, delivery)
		}
	}
}

// takeNext removes and returns the delivery to start; false when there is none.
func (l *lane) takeNext() (Delivery, bool) {
	if len(l.due) == 0 || len(l.inFlight) >= l.limit() {
		return Delivery{}, false
	}
	delivery := l.due[0]
	l.due = l.due[1:]
	l.inFlight[delivery.ID] = struct{}{}
	return delivery, true
}
