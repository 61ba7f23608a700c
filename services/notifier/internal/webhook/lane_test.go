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
		if want := began.Add(time.Second + test.want); a.State != Pending || a.Attempts != 1 || a.NextAt != events.FormatTime(want) || !a.dueAgain.Equal(want) {
			t.Errorf("%+v, want %s", a, want)
		}
	}
}
