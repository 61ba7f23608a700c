package eventstest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"inventory.example/pkg/events"
)

// pauses records the pauses between attempts; its method record is an
// events.Retry.Wait that does not wait.
type pauses struct {
	mu   sync.Mutex
	list []time.Duration
}

func (p *pauses) record(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, d)
	return ctx.Err()
}

func (p *pauses) all() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.list)
}

// attempts counts how often each event was tried.
type attempts struct {
	mu   sync.Mutex
	byID map[string]int
}

// next counts one more attempt of an event and returns its number, from 1.
func (a *attempts) next(e events.Event) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil {
		a.byID = map[string]int{}
	}
	a.byID[e.ID]++
	return a.byID[e.ID]
}

func (a *attempts) of(e events.Event) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.byID[e.ID]
}

func testDeadLetter(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	poison := s.event("product-1", 2)
	list := []events.Event{
		s.event("product-1", 1), poison, s.event("product-2", 1), s.event("product-1", 3), s.event("product-2", 2),
	}
	r := newRecord()
	var tried attempts
	var waited pauses
	s.listen(sub, events.Subscription{
		Group: "failing", Member: "a",
		Retry: events.Retry{
			MaxAttempts: 4, MinBackoff: 10 * time.Millisecond, MaxBackoff: 25 * time.Millisecond, Wait: waited.record,
		},
		Handler: r.handler("a", func(_ context.Context, e events.Event) error {
			if n := tried.next(e); e.ID != poison.ID {
				return nil
			} else if n == 4 {
				r.skip("product-1", 2)
			}
			return errors.New("no such product: boom")
		}),
	})
	s.publish(p, list...)
	others := []events.Event{list[0], list[2], list[3], list[4]}
	r.waitFor(s, others)
	if n := tried.of(poison); n != 4 {
		s.Errorf("the event was tried %d times, want 4", n)
	}
	want := []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 25 * time.Millisecond}
	if got := waited.all(); !slices.Equal(got, want) {
		s.Errorf("waited %v between the attempts, want %v", got, want)
	}
	letters := s.deadLetters()
	if len(letters) != 1 {
		s.Fatalf("got %d dead letters, want 1", len(letters))
	}
	l := letters[0]
	if !bytes.Equal(l.Document, poison.Document()) || l.Group != "failing" || l.Attempts != 4 ||
		!strings.Contains(l.Reason, "no such product: boom") || l.FailedAt.IsZero() {
		s.Errorf("got dead letter %+v with document %s", l, l.Document)
	}
	r.expectOnce(s, p, others)
	if n := tried.of(poison); n != 4 {
		s.Errorf("the dead letter was tried again: %d attempts", n)
	}
}

func testLateSuccess(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	list := s.mixed(keys("product", 3), 1, 4)
	r := newRecord()
	var tried attempts
	var waited pauses
	s.listen(sub, events.Subscription{
		Group: "late", Member: "a", Retry: events.Retry{MaxAttempts: 3, Wait: waited.record},
		Handler: r.handler("a", func(_ context.Context, e events.Event) error {
			if tried.next(e) < 3 {
				return errors.New("not yet")
			}
			return nil
		}),
	})
	s.publish(p, list...)
	r.expectOnce(s, p, list)
	if letters := s.deadLetters(); len(letters) > 0 {
		s.Errorf("got %d dead letters, want none", len(letters))
	}
}

func testTemporary(s *suite) {
	const outage = 40 // attempts, ten times as many as lead to a dead letter
	p, sub := s.publisher(), s.subscriber()
	list := s.mixed(keys("product", 2), 1, 3)
	r := newRecord()
	var tried attempts
	var waited pauses
	s.listen(sub, events.Subscription{
		Group: "temporary", Member: "a",
		Retry: events.Retry{
			MaxAttempts: 4, MinBackoff: time.Millisecond, MaxBackoff: 4 * time.Millisecond, Wait: waited.record,
		},
		Handler: r.handler("a", func(_ context.Context, e events.Event) error {
			switch n := tried.next(e); {
			case e.ID != list[0].ID || n > outage:
				return nil
			case n == outage:
				return nil
			case n%10 == 0: // only these three count, and four are allowed
				return errors.New("another failure")
			default:
				return events.Temporary(errors.New("stock does not respond"))
			}
		}),
	})
	s.publish(p, list...)
	r.expectOnce(s, p, list)
	if n := tried.of(list[0]); n != outage {
		s.Errorf("the event was tried %d times, want %d", n, outage)
	}
	for _, d := range waited.all() {
		if d < time.Millisecond || d > 4*time.Millisecond {
			s.Errorf("waited %v between attempts, want 1 ms to 4 ms", d)
		}
	}
	if letters := s.deadLetters(); len(letters) > 0 {
		s.Errorf("got %d dead letters, want none", len(letters))
	}
}

func testDeadLetterOfOneGroup(s *suite) {
	const failing = 2 // versions of each key
	p, sub := s.publisher(), s.subscriber()
	list := s.mixed(keys("product", 3), 1, failing)
	bad, good := newRecord(), newRecord()
	var waited pauses
	s.listen(sub, events.Subscription{
		Group: "bad", Member: "a", Retry: events.Retry{MaxAttempts: 1, Wait: waited.record},
		Handler: bad.handler("a", func(_ context.Context, e events.Event) error {
			if e.Version > failing {
				return nil
			}
			bad.skip(e.OrderingKey(), e.Version)
			return errors.New("never")
		}),
	})
	s.join(sub, "good", "a", good)
	s.publish(p, list...)
	good.expectOnce(s, p, list)
	// One more event of each key follows; the dead letters were stored before it.
	bad.waitFor(s, s.mixed(keys("product", 3), failing+1, failing+1))
	bad.expectSound(s)
	letters := s.deadLetters()
	if len(letters) != len(list) {
		s.Errorf("got %d dead letters, want %d", len(letters), len(list))
	}
	for _, l := range letters {
		if l.Group != "bad" || l.Attempts != 1 {
			s.Errorf("got a dead letter of group %q after %d attempts", l.Group, l.Attempts)
		}
	}
	if pauses := waited.all(); len(pauses) > 0 {
		s.Errorf("waited %v although there is one attempt only", pauses)
	}
}

func testPanic(s *suite) {
	p, sub := s.publisher(), s.subscriber()
	list := s.mixed([]string{"product-1"}, 1, 3)
	r := newRecord()
	var waited pauses
	s.listen(sub, events.Subscription{
		Group: "panic", Member: "a", Retry: events.Retry{MaxAttempts: 2, Wait: waited.record},
		Handler: func(ctx context.Context, e events.Event) error {
			if e.Version == 2 {
				r.skip("product-1", 2)
				panic("out of cheese")
			}
			return r.handler("a", nil)(ctx, e)
		},
	})
	s.publish(p, list...)
	r.expectOnce(s, p, []events.Event{list[0], list[2]})
	letters := s.deadLetters()
	if len(letters) != 1 || letters[0].Attempts != 2 || !strings.Contains(letters[0].Reason, "out of cheese") {
		s.Errorf("got dead letters %+v, want one with the panic's text after two attempts", letters)
	}
}
