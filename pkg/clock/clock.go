// Package clock gives the time and timers, so that a test can control them.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock returns the time and waits for it. Implementations are safe for
// concurrent use.
type Clock interface {
	// Now returns the present time in UTC.
	Now() time.Time
	// NewTimer returns a timer that fires once, d from now; at once when d is
	// not positive.
	NewTimer(d time.Duration) Timer
}

// Timer is a time.Timer behind an interface.
type Timer interface {
	// C delivers the time once when the timer fires.
	C() <-chan time.Time
	// Stop prevents the timer from firing; it may be called more than once.
	Stop()
}

// Passed reports whether d has passed at now since a time of the same clock,
// zero for never. A clock that was set back must not look like one that is
// stopped, or cached values would never expire and repeated work would never
// run: when since lies ahead, d has passed.
func Passed(since, now time.Time, d time.Duration) bool {
	passed := now.Sub(since)
	return passed >= d || passed < 0
}

// Sleep waits until d has passed on c, and returns nil then. When ctx ends
// before, or has ended already, Sleep returns ctx.Err() without further delay.
// For a d of zero or less, Sleep returns ctx.Err() at once, nil while ctx goes
// on, and sets no timer.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := c.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C():
	}
	return ctx.Err()
}

// System is the machine's clock.
type System struct{}

// Now returns time.Now in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// NewTimer returns a timer on the machine's clock.
func (System) NewTimer(d time.Duration) Timer { return systemTimer{time.NewTimer(d)} }

type systemTimer struct{ t *time.Timer }

func (t systemTimer) C() <-chan time.Time { return t.t.C }
func (t systemTimer) Stop()               { t.t.Stop() }

// Fake is a clock that moves only by Advance. Create it with NewFake.
type Fake struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*fakeTimer]struct{}
	set    chan<- time.Duration // gets the duration of each timer; may be nil
}

// NewFake returns a Fake that shows start.
func NewFake(start time.Time) *Fake {
	return &Fake{now: start.UTC(), timers: map[*fakeTimer]struct{}{}}
}

// NotifyTimers makes NewTimer send to c the duration of each timer, unless c
// is full.
func (f *Fake) NotifyTimers(c chan<- time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = c
}

// Now returns the time that the Fake shows.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock by d and fires every timer that is due then.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	for t := range f.timers {
		if !t.due.After(f.now) {
			t.c <- f.now
			delete(f.timers, t)
		}
	}
}

// NewTimer returns a timer that Advance fires.
func (f *Fake) NewTimer(d time.Duration) Timer {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := &fakeTimer{clock: f, due: f.now.Add(d), c: make(chan time.Time, 1)}
	if d <= 0 {
		t.c <- f.now
	} else {
		f.timers[t] = struct{}{}
	}
	select {
	case f.set <- d:
	default:
	}
	return t
}

type fakeTimer struct {
	clock *Fake
	due   time.Time
	c     chan time.Time
}

func (t *fakeTimer) C() <-chan time.Time { return t.c }

func (t *fakeTimer) Stop() {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	delete(t.clock.timers, t)
}
