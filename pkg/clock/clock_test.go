package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/clock"
)

var start = time.Date(2026, 8, 1, 14, 0, 0, 0, time.FixedZone("CEST", 2*60*60))

// fired returns the time that the timer has delivered, zero when it has not.
func fired(timer clock.Timer) time.Time {
	select {
	case at := <-timer.C():
		return at
	default:
		return time.Time{}
	}
}

func TestSystem(t *testing.T) {
	before := time.Now()
	now := clock.System{}.Now()
	if now.Before(before) || now.After(time.Now()) || now.Location() != time.UTC {
		t.Errorf("got %v", now)
	}
	for _, d := range []time.Duration{time.Millisecond, 0, -time.Hour} {
		timer := clock.System{}.NewTimer(d)
		if at := <-timer.C(); at.Before(before) {
			t.Errorf("a timer of %v fired at %v", d, at)
		}
		timer.Stop()
	}
	timer := clock.System{}.NewTimer(time.Hour)
	timer.Stop()
	timer.Stop()
	if at := fired(timer); !at.IsZero() {
		t.Errorf("a stopped timer fired at %v", at)
	}
}

func TestFake_Now(t *testing.T) {
	c := clock.NewFake(start)
	if now := c.Now(); !now.Equal(start) || now.Location() != time.UTC {
		t.Errorf("got %v, want %v in UTC", now, start)
	}
	c.Advance(90 * time.Minute)
	if now := c.Now(); !now.Equal(start.Add(90 * time.Minute)) {
		t.Errorf("got %v after 90 minutes", now)
	}
}

func TestFake_NewTimer(t *testing.T) {
	c := clock.NewFake(start)
	timers := map[time.Duration]clock.Timer{}
	for _, d := range []time.Duration{time.Second, 2 * time.Second, 10 * time.Second} {
		timers[d] = c.NewTimer(d)
	}
	stopped := c.NewTimer(time.Second)
	stopped.Stop()
	c.Advance(time.Second - 1)
	for d, timer := range timers {
		if at := fired(timer); !at.IsZero() {
			t.Errorf("the timer of %v fired at %v", d, at)
		}
	}
	c.Advance(1)
	if at := fired(timers[time.Second]); !at.Equal(start.Add(time.Second)) {
		t.Errorf("the timer of 1s fired at %v", at)
	}
	c.Advance(time.Hour)
	if at := fired(timers[time.Second]); !at.IsZero() {
		t.Errorf("the timer of 1s fired once more, at %v", at)
	}
	for _, d := range []time.Duration{2 * time.Second, 10 * time.Second} {
		if at := fired(timers[d]); !at.Equal(start.Add(time.Hour + time.Second)) {
			t.Errorf("the timer of %v fired at %v", d, at)
		}
	}
	if at := fired(stopped); !at.IsZero() {
		t.Errorf("a stopped timer fired at %v", at)
	}
	stopped.Stop()
	timers[time.Second].Stop()
}

func TestFake_dueTimer(t *testing.T) {
	c := clock.NewFake(start)
	for _, d := range []time.Duration{0, -time.Hour} {
		timer := c.NewTimer(d)
		if at := fired(timer); !at.Equal(start) {
			t.Errorf("a timer of %v fired at %v, want at once", d, at)
		}
		c.Advance(0)
		if at := fired(timer); !at.IsZero() {
			t.Errorf("a timer of %v fired twice", d)
		}
	}
}

func TestFake_NotifyTimers(t *testing.T) {
	f := clock.NewFake(time.Now())
	f.NewTimer(time.Hour)
	durations := make(chan time.Duration, 2)
	f.NotifyTimers(durations)
	for _, d := range []time.Duration{time.Second, 0, time.Minute} { // the last finds the channel full
		f.NewTimer(d)
	}
	if a, b := <-durations, <-durations; a != time.Second || b != 0 || len(durations) > 0 {
		t.Errorf("got %s, %s and %d more", a, b, len(durations))
	}
}

// sleeping starts Sleep of d and returns the channel of its result, once its
// timer is set.
func sleeping(ctx context.Context, f *clock.Fake, d time.Duration) <-chan error {
	set := make(chan time.Duration, 1)
	f.NotifyTimers(set)
	ended := make(chan error, 1)
	go func() { ended <- clock.Sleep(ctx, f, d) }()
	<-set
	return ended
}

func TestSleep(t *testing.T) {
	t.Run("returns nil when the time has passed", func(t *testing.T) {
		f := clock.NewFake(start)
		ended := sleeping(t.Context(), f, time.Minute)
		f.Advance(time.Minute - 1)
		select {
		case err := <-ended:
			t.Fatalf("ended too early with %v", err)
		default:
		}
		f.Advance(1)
		if err := <-ended; err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("returns the error of a context that ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := sleeping(ctx, clock.NewFake(start), time.Minute)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("does not begin when the context has ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		f, set := clock.NewFake(start), make(chan time.Duration, 1)
		f.NotifyTimers(set)
		for _, d := range []time.Duration{time.Minute, 0} {
			if err := clock.Sleep(ctx, f, d); !errors.Is(err, context.Canceled) || len(set) > 0 {
				t.Errorf("%s: got %v and %d timers", d, err, len(set))
			}
		}
	})
	t.Run("does not wait for nothing", func(t *testing.T) {
		f, set := clock.NewFake(start), make(chan time.Duration, 1)
		f.NotifyTimers(set)
		for _, d := range []time.Duration{0, -time.Second} {
			if err := clock.Sleep(t.Context(), f, d); err != nil || len(set) > 0 {
				t.Errorf("%s: got %v and %d timers", d, err, len(set))
			}
		}
	})
}

func TestPassed(t *testing.T) {
	for _, test := range []struct {
		since time.Time
		want  bool
	}{
		{time.Time{}, true},
		{start.Add(-time.Minute), true},
		{start.Add(-time.Minute + 1), false},
		{start, false},
		{start.Add(1), true}, // the clock was set back
	} {
		if got := clock.Passed(test.since, start, time.Minute); got != test.want {
			t.Errorf("since %s: got %t", test.since, got)
		}
	}
}

func TestFake_concurrently(t *testing.T) {
	c := clock.NewFake(start)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				timer := c.NewTimer(time.Second)
				other := c.NewTimer(time.Second)
				other.Stop()
				c.Advance(time.Second)
				<-timer.C()
				if c.Now().Before(start) {
					t.Error("the clock went back")
				}
			}
		})
	}
	wait.Wait()
	if now := c.Now(); !now.Equal(start.Add(800 * time.Second)) {
		t.Errorf("got %v", now)
	}
}
