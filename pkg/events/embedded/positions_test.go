package embedded_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// watchedClock sends the length of each new timer.
type watchedClock struct {
	*clock.Fake
	timers chan time.Duration
}

func (c watchedClock) NewTimer(d time.Duration) clock.Timer {
	timer := c.Fake.NewTimer(d)
	c.timers <- d
	return timer
}

// awaitTimer waits for a new timer of length d.
func (c watchedClock) awaitTimer(t *testing.T, d time.Duration) {
	t.Helper()
	for {
		select {
		case length := <-c.timers:
			if length == d {
				return
			}
		case <-t.Context().Done():
			t.Fatalf("no timer of %v was created", d)
		}
	}
}

// eventually waits until condition returns true.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !condition() {
		if ctx.Err() != nil {
			t.Fatalf("%s did not happen", what)
		}
		runtime.Gosched()
	}
}

func newWatchedClock() watchedClock {
	return watchedClock{Fake: clock.NewFake(start), timers: make(chan time.Duration, 100)}
}

func TestBroker_SavesPositionsLazily(t *testing.T) {
	now := newWatchedClock()
	b := open(t, embedded.Options{Clock: now})
	now.awaitTimer(t, 200*time.Millisecond) // of the start
	now.awaitTimer(t, time.Hour)
	position := func() int { return query[int](t, b, `SELECT position FROM consumer_groups WHERE name = 'group'`) }

	ctx, cancel := context.WithCancel(t.Context())
	handled, ended := make(chan int64, 10), make(chan error, 1)
	go func() {
		ended <- b.Broker.Subscriber().Subscribe(ctx, events.Subscription{
			Group: "group", Handler: func(_ context.Context, e events.Event) error {
				handled <- e.Version
				return nil
			},
		})
	}()
	publish(t, b, 1, 1)
	<-handled
	now.awaitTimer(t, 200*time.Millisecond)
	if at := position(); at != 0 {
		t.Errorf("the position was saved at once: %d", at)
	}
	now.Advance(200 * time.Millisecond)
	eventually(t, "saving the position", func() bool { return position() == 1 })

	publish(t, b, 2, 1)
	<-handled
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if at := position(); at != 2 {
		t.Errorf("at the end of the subscription the position is %d, want 2", at)
	}
}

func TestBroker_TrimsHourly(t *testing.T) {
	now := newWatchedClock()
	b := open(t, embedded.Options{Clock: now, Retention: 90 * time.Minute})
	now.awaitTimer(t, time.Hour)
	publish(t, b, 1, 5)
	publish(t, b, 6, 5)
	now.Advance(time.Hour)
	now.awaitTimer(t, time.Hour)
	expectRange(t, scan(t, b), 1, 10)
	now.Advance(time.Hour)
	now.awaitTimer(t, time.Hour)
	expectRange(t, scan(t, b), 6, 10)
}

func TestBroker_Close(t *testing.T) {
	b := open(t, embedded.Options{})
	p, other := b.Broker.Publisher(), b.Broker.Publisher()
	pinger, ok := p.(events.Pinger)
	if !ok {
		t.Fatal("the publisher is no Pinger")
	}
	if err := pinger.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	publish(t, b, 1, 1) // the broker is still open
	started, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- b.Broker.Subscriber().Subscribe(t.Context(), events.Subscription{
			Group: "group", Handler: func(ctx context.Context, _ events.Event) error {
				close(started)
				<-ctx.Done()
				return nil
			},
		})
	}()
	<-started
	for range 2 {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("Subscribe: %v", err)
	}
	if at := query[int](t, b, `SELECT position FROM consumer_groups`); at != 1 {
		t.Errorf("Close left the position at %d, want 1", at)
	}
	calls := map[string]func() error{
		"Publish":     func() error { return p.Publish(t.Context(), numbered(1, 1)[0]) },
		"Ping":        func() error { return pinger.Ping(t.Context()) },
		"Scan":        func() error { return b.Scan(t.Context(), nil) },
		"Tail":        func() error { return b.Tail(t.Context(), nil) },
		"Republish":   func() error { return b.Republish(t.Context(), "", numbered(1, 1)) },
		"Groups":      func() error { _, err := b.Groups(t.Context()); return err },
		"DeadLetter":  func() error { _, err := b.DeadLetter(t.Context(), "1"); return err },
		"Replay":      func() error { return b.ReplayDeadLetter(t.Context(), "1") },
		"Discard":     func() error { _, err := b.DiscardDeadLetter(t.Context(), "1"); return err },
		"Trim":        func() error { _, err := b.Trim(t.Context()); return err },
		"KeptSince":   func() error { _, err := b.KeptSince(t.Context()); return err },
		"DeadLetters": func() error { _, err := b.DeadLetters(t.Context(), "", 1); return err },
		"Subscribe": func() error {
			return b.Broker.Subscriber().Subscribe(t.Context(), events.Subscription{
				Group: "late", Handler: func(context.Context, events.Event) error { return nil },
			})
		},
	}
	for name, call := range calls {
		if err := call(); err == nil || err.Error() != events.ErrClosed.Error() {
			t.Errorf("%s on a closed broker: got %v, want ErrClosed", name, err)
		}
	}
}
