package webhook

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// The limits of a schedule. A webhook that is new, slow or failing is doubtful:
// together such webhooks have half of the requests, so that there is always room
// for the webhooks that respond well.
const (
	maxInFlight   = 1024
	maxDoubtful   = maxInFlight / 2
	maxPerWebhook = 8
	pageDue       = 16 // deliveries of a webhook in memory
	slowResponse  = time.Second
)

// schedule decides which delivery is sent when. Each webhook has a lane of its
// own, so that no webhook waits for another one; the lanes that have work share
// the requests in rotation. A schedule does no I/O and reads no clock: its caller
// passes the time, reads the deliveries that it asks for, sends those that it
// starts, and reports each outcome. It is not safe for concurrent use.
type schedule struct {
	lanes    map[string]*lane // by webhook
	rotation []*lane          // the lanes that have work
	first    int              // the place in rotation at which the next round begins
	inFlight int              // requests
	doubtful int              // requests of webhooks that were doubtful when they began
}

// start is a delivery that is sent now.
type start struct {
	hook     Webhook // as it is when the request begins
	delivery Delivery
	doubtful bool // the webhook is
}

// outcome is the end of a request.
type outcome struct {
	start
	ok       bool
	disabled bool // the request was the last one before the webhook was disabled
	took     time.Duration
	more     bool          // another delivery of the webhook may be due now
	nextAt   time.Time     // when this delivery is due again; zero: never
	pause    time.Duration // the endpoint asks for a pause of this length
}

func newSchedule() *schedule { return &schedule{lanes: map[string]*lane{}} }

// isEmpty reports whether there are no webhooks.
func (s *schedule) isEmpty() bool { return len(s.lanes) == 0 }

// putWebhook adds a webhook or replaces it after a change. A new URL and a webhook
// that is active again get a fresh chance: the endpoint may be another one.
func (s *schedule) putWebhook(w Webhook, now time.Time) {
	l, found := s.lanes[w.ID]
	if !found {
		l = &lane{inFlight: map[int64]struct{}{}}
		s.lanes[w.ID] = l
	}
	if l.hook.URL != w.URL || w.Active && !l.hook.Active {
		l.startAfresh(now)
	}
	l.hook, l.mayHaveDue, l.due = w, true, nil
	s.addToRotation(l)
}

// removeWebhook forgets a webhook.
func (s *schedule) removeWebhook(id string) {
	if l, found := s.lanes[id]; found {
		l.hook.Active = false // it is in the rotation until the next round
		delete(s.lanes, id)
	}
}

// differences returns the ids of the webhooks that are not as in list, or not in
// it.
func (s *schedule) differences(list []Webhook) (ids []string) {
	gone := maps.Clone(s.lanes)
	for _, w := range list {
		delete(gone, w.ID)
		if l, found := s.lanes[w.ID]; !found || !reflect.DeepEqual(l.hook, w) {
			ids = append(ids, w.ID)
		}
	}
	return slices.AppendSeq(ids, maps.Keys(gone))
}

// noteQueued records that deliveries of a webhook were queued.
func (s *schedule) noteQueued(id string) {
	if l, found := s.lanes[id]; found {
		l.mayHaveDue = true
		s.addToRotation(l)
	}
}

// finish records the end of a request.
func (s *schedule) finish(o outcome, now time.Time) {
	s.inFlight--
	if o.doubtful {
		s.doubtful--
	}
	if l, found := s.lanes[o.hook.ID]; found {
		l.finish(o, now)
		s.addToRotation(l)
	}
}

func (s *schedule) addToRotation(l *lane) {
	if !l.inRotation {
		l.inRotation = true
		s.rotation = append(s.rotation, l)
	}
}

// beginRound returns a round over the lanes that have work. The others leave the
// rotation, so that a round costs nothing for them.
func (s *schedule) beginRound(now time.Time) *round {
	s.rotation = slices.DeleteFunc(s.rotation, func(l *lane) bool {
		l.inRotation = !l.isIdle()
		return !l.inRotation
	})
	r := &round{schedule: s, now: now, first: s.first}
	s.first++
	return r
}

// round visits each lane of the rotation once, and ends early when no request may
// start. Webhooks do not change during a round.
type round struct {
	schedule *schedule
	now      time.Time
	first    int
	visited  int
	lane     *lane     // the lane that is visited
	wakeAt   time.Time // see nextAt
}

// nextLane moves to the next lane that may start a request and returns the id of
// its webhook.
func (r *round) nextLane() (webhookID string, found bool) {
	r.leaveLane()
	s := r.schedule
	for ; r.visited < len(s.rotation); r.visited++ {
		if s.inFlight >= maxInFlight {
			s.first = r.first + r.visited // the next round begins at the lane that got no request
			return "", false
		}
		l := s.rotation[(r.first+r.visited)%len(s.rotation)]
		readyAt := l.readyAt(r.now)
		switch {
		case readyAt.IsZero() || readyAt.After(r.now):
			r.wakeAt = earlier(r.wakeAt, readyAt)
		case !l.isDoubtful() || s.doubtful < maxDoubtful:
			r.visited++
			r.lane = l
			return l.hook.ID, true
		}
	}
	return "", false
}

// leaveLane notes when the visited lane has work again.
func (r *round) leaveLane() {
	if r.lane == nil {
		return
	}
	if readyAt := r.lane.readyAt(r.now); readyAt.After(r.now) {
		r.wakeAt = earlier(r.wakeAt, readyAt)
	}
	r.lane = nil
}

// readLimit returns how many deliveries of the visited lane to read from the
// queue; 0: none.
func (r *round) readLimit() int { return r.lane.readLimit(r.now) }

// addRead passes the deliveries that were read for readLimit to the visited lane,
// the longest due first.
func (r *round) addRead(list []Delivery) { r.lane.addRead(list, r.now) }

// startNext returns the delivery of the visited lane to send now; false when
// there is none or no request may start.
func (r *round) startNext() (start, bool) {
	s, l := r.schedule, r.lane
	doubtful := l.isDoubtful()
	if s.inFlight >= maxInFlight || doubtful && s.doubtful >= maxDoubtful {
		return start{}, false
	}
	delivery, found := l.takeNext()
	if !found {
		return start{}, false
	}
	s.inFlight++
	if doubtful {
		s.doubtful++
	}
	return start{hook: l.hook, delivery: delivery, doubtful: doubtful}, true
}

// nextAt returns when the visited lanes have work again by time alone; zero: not
// before a change, a queued delivery or an outcome.
func (r *round) nextAt() time.Time { return r.wakeAt }

// earlier returns the earlier of two times; a zero time is later than all.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
