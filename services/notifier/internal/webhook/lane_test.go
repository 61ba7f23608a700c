package webhook

import (
	"testing"
	"time"

	"inventory.example/pkg/events"
)

// A webhook that fails sees one request at a time, and pauses that grow between
// them, until it takes one.
func TestLane_settled(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	l := &lane{hook: Webhook{Details: Details{Active: true}}, inFlight: map[int64]struct{}{}, look: true}
	if l.limit() != 1 || !l.doubtful() {
		t.Error("a new one is trusted")
	}
	l.settled(outcome{ok: true, more: true}, now)
	if l.limit() != maxPerWebhook || l.doubtful() || !l.wakeAt(now).Equal(now) {
		t.Errorf("%+v", l)
	}
	for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		l.settled(outcome{}, now)
		if l.limit() != 1 || !l.doubtful() || !l.wakeAt(now).Equal(now.Add(pause)) {
			t.Errorf("%+v, want a pause of %s", l, pause)
		}
	}
	if before := now.Add(-time.Hour); !l.wakeAt(before).Equal(before) {
		t.Errorf("after the clock was set back: %s, want no rest", l.wakeAt(before))
	}
	l.settled(outcome{ok: true, took: slowAnswer + 1}, now)
	if l.limit() != maxPerWebhook || !l.doubtful() || !l.wakeAt(now).Equal(now) {
		t.Errorf("%+v", l)
	}
	l.hook.URL = "another" // of which these do not tell
	l.settled(outcome{}, now)
	l.settled(outcome{took: slowAnswer + 1}, now)
	if l.limit() != maxPerWebhook || !l.wakeAt(now).Equal(now) {
		t.Errorf("%+v", l)
	}
	l.hook.URL = ""
	l.look = false
	l.settled(outcome{nextAt: now.Add(time.Hour)}, now)
	if l.idle() || !l.wakeAt(now).Equal(now.Add(time.Hour)) {
		t.Errorf("%+v", l)
	}
}

// An endpoint that asks for a pause gets it whole, whatever else it answers and
// whatever the clock does.
func TestLane_settled_pause(t *testing.T) {
	t.Parallel()
	now := time.Unix(10_000, 0)
	l := &lane{hook: Webhook{Details: Details{Active: true}}, inFlight: map[int64]struct{}{}, look: true}
	l.settled(outcome{pause: time.Minute}, now)
	l.settled(outcome{ok: true}, now) // of a request that ran beside it
	if got := l.wakeAt(now); !got.Equal(now.Add(time.Minute)) {
		t.Errorf("wakes at %s", got)
	}
	l.settled(outcome{pause: maxRetryAfter}, now)
	if got := l.wakeAt(now.Add(time.Minute)); !got.Equal(now.Add(time.Hour)) {
		t.Errorf("wakes at %s", got)
	}
	if before := now.Add(-2 * maxRest); !l.wakeAt(before).Equal(before) {
		t.Errorf("after the clock was set back: %s, want no pause", l.wakeAt(before))
	}
	if later := now.Add(maxRetryAfter); !l.wakeAt(later).Equal(later) {
		t.Errorf("after the pause: %s", l.wakeAt(later))
	}
}

// Half of a pause is fixed, the other half is left to chance.
func TestDeliverer_decide(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	for _, test := range []struct {
		jitter func(time.Duration) time.Duration
		want   time.Duration
	}{
		{func(time.Duration) time.Duration { return 0 }, firstPause / 2},
		{func(atMost time.Duration) time.Duration { return atMost }, firstPause},
	} {
		d := &Deliverer{jitter: test.jitter}
		a := d.decide(Delivery{}, Result{Status: 500}, began, time.Second)
		if asked := d.decide(Delivery{}, Result{Status: 503, RetryAfter: time.Minute}, began, 0); !asked.dueAgain.Equal(began.Add(time.Minute)) {
			t.Errorf("%+v, want a minute", asked)
		}
		if longer := d.decide(Delivery{Attempts: 12}, Result{Status: 503, RetryAfter: time.Minute}, began, 0); longer.dueAgain.Before(began.Add(maxPause / 2)) {
			t.Errorf("%+v, want no shorter pause than without Retry-After", longer)
		}
		if want := began.Add(time.Second + test.want); a.State != Pending || a.Attempts != 1 || a.NextAt != events.FormatTime(want) || !a.dueAgain.Equal(want) {
			t.Errorf("%+v, want %s", a, want)
		}
	}
}
