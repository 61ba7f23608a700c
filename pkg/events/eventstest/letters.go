package eventstest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"inventory.example/pkg/events"
)

// patient is a group that fails at every event until healed is true.
type patient struct {
	*record
	*listener
	healed  atomic.Bool
	letters []events.StoredDeadLetter // of the delivered events, in their order
}

// bury publishes the events, waits until all of them are dead letters of a
// patient, and returns the patient.
func (s *suite) bury(p events.Publisher, sub events.Subscriber, list ...events.Event) *patient {
	s.Helper()
	ill := &patient{record: newRecord()}
	buried := make(chan struct{}, len(list))
	ill.listener = s.listen(sub, events.Subscription{
		Group: "ill", Member: "a", Retry: events.Retry{MaxAttempts: 1},
		Handler: ill.handler("a", func(_ context.Context, e events.Event) error {
			if ill.healed.Load() {
				return nil
			}
			ill.skip(e.OrderingKey(), e.Version)
			return errors.New("never")
		}),
		Observe: func(o events.Outcome) {
			if o == events.Buried {
				buried <- struct{}{}
			}
		},
	})
	s.publish(p, list...)
	for range list {
		select {
		case <-buried:
		case <-s.ctx.Done():
			s.Fatal("waiting for the dead letters: ", s.ctx.Err())
		}
	}
	found := s.deadLetters()
	for _, e := range list {
		i := slices.IndexFunc(found, func(l events.StoredDeadLetter) bool { return l.EventID == e.ID })
		if i < 0 || len(found) != len(list) {
			s.Fatalf("got dead letters %+v, want one of each event", found)
		}
		ill.letters = append(ill.letters, found[i])
	}
	return ill
}

// times returns how often an event was handled.
func (p *patient) times(e events.Event) (count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, handled := range p.handled {
		if handled.ID == e.ID {
			count++
		}
	}
	return count
}

// expectLetters expects that these dead letters exist, and no others.
func (s *suite) expectLetters(want ...events.StoredDeadLetter) {
	s.Helper()
	got := s.deadLetters()
	if len(got) != len(want) {
		s.Errorf("got %d dead letters, want %d", len(got), len(want))
	}
	for _, l := range want {
		if !slices.ContainsFunc(got, func(o events.StoredDeadLetter) bool { return reflect.DeepEqual(o, l) }) {
			s.Errorf("dead letter %s is missing or was changed", l.ID)
		}
	}
}

// expectNoLetter expects that a dead letter with this id can neither be read nor
// replayed nor discarded.
func (s *suite) expectNoLetter(i events.Inspector, id string) {
	s.Helper()
	_, shown := i.DeadLetter(s.ctx, id)
	letter, discarded := i.DiscardDeadLetter(s.ctx, id)
	for what, err := range map[string]error{"show": shown, "replay": i.ReplayDeadLetter(s.ctx, id), "discard": discarded} {
		if !errors.Is(err, events.ErrNoDeadLetter) {
			s.Errorf("%s dead letter %q: got %v, want ErrNoDeadLetter", what, id, err)
		}
	}
	if letter.ID != "" {
		s.Errorf("the failed discard returned dead letter %s", letter.ID)
	}
}

func testDiscard(s *suite) {
	p, i := s.publisher(), s.broker.Inspector(s.T)
	list := s.mixed(keys("product", 3), 1, 1)
	ill := s.bury(p, s.subscriber(), list...)
	gone := ill.letters[1]
	for _, id := range []string{"", "none", "0" + gone.ID, gone.ID + "7", gone.ID + "-1", "99-99"} {
		s.expectNoLetter(i, id)
	}
	s.expectLetters(ill.letters...)
	if got, err := i.DiscardDeadLetter(s.ctx, gone.ID); err != nil || !reflect.DeepEqual(got, gone) {
		s.Errorf("got %+v and %v, want %+v", got, err, gone)
	}
	for _, asked := range []events.Inspector{i, s.broker.Inspector(s.T)} {
		s.expectNoLetter(asked, gone.ID)
	}
	s.expectLetters(ill.letters[0], ill.letters[2])
	if _, err := i.DeadLetters(s.ctx, gone.ID, 10); err != nil {
		s.Errorf("a list from the removed id: %v", err)
	}

	ill.healed.Store(true)
	if err := i.ReplayDeadLetter(s.ctx, ill.letters[0].ID); err != nil {
		s.Errorf("replay another: %v", err)
	}
	fence := s.mixed(keys("product", 3), 2, 2)
	s.publish(p, fence...)
	ill.waitFor(s, append(fence, list[0]))
	if n := ill.times(list[1]); n != 0 {
		s.Errorf("the event of the discarded dead letter was handled %d times", n)
	}
	s.expectLetters(ill.letters[2])
}

func testDiscardRestart(s *suite) {
	s.unsupported(s.features.NoRestart, "the broker cannot be restarted")
	p, sub := s.broker.Publisher(s.T), s.broker.Subscriber(s.T)
	list := s.mixed(keys("product", 2), 1, 1)
	ill := s.bury(p, sub, list...)
	// Later events are fetched only after these were acknowledged.
	ill.healed.Store(true)
	fence := s.mixed(keys("product", 2), 2, 2)
	s.publish(p, fence...)
	ill.waitFor(s, fence)
	ill.stop()
	if _, err := s.broker.Inspector(s.T).DiscardDeadLetter(s.ctx, ill.letters[0].ID); err != nil {
		s.Fatal(err)
	}
	if err := errors.Join(sub.Close(), p.Close()); err != nil {
		s.Fatal(err)
	}

	s.broker.Restart(s.T)

	s.expectNoLetter(s.broker.Inspector(s.T), ill.letters[0].ID)
	s.expectLetters(ill.letters[1])
}

// testDiscardRace replays and discards each dead letter from two processes at the
// same time.
func testDiscardRace(s *suite) {
	p := s.publisher()
	inspectors := []events.Inspector{s.broker.Inspector(s.T), s.broker.Inspector(s.T)}
	raced := keys("product", 6)
	list := s.mixed(raced, 1, 1)
	ill := s.bury(p, s.subscriber(), append(list, s.event("bystander", 1))...)
	ill.healed.Store(true)
	var replayed, discarded [6]atomic.Int64
	var calls sync.WaitGroup
	for n := range list {
		id := ill.letters[n].ID
		for _, i := range inspectors {
			for count, call := range map[*atomic.Int64]func() error{
				&replayed[n]:  func() error { return i.ReplayDeadLetter(s.ctx, id) },
				&discarded[n]: func() error { _, err := i.DiscardDeadLetter(s.ctx, id); return err },
			} {
				calls.Go(func() {
					switch err := call(); {
					case err == nil:
						count.Add(1)
					case !errors.Is(err, events.ErrNoDeadLetter):
						s.Errorf("got %v, want nothing or ErrNoDeadLetter", err)
					}
				})
			}
		}
	}
	calls.Wait()
	s.expectLetters(ill.letters[len(list)])
	fence := s.mixed(raced, 2, 2)
	s.publish(p, fence...)
	ill.waitFor(s, fence)
	for n, e := range list {
		replays, discards, times := replayed[n].Load(), discarded[n].Load(), ill.times(e)
		if int64(times) != replays || replays+discards == 0 || replays+discards > 1 && !s.features.SharedLetters {
			s.Errorf("dead letter %d was replayed %d times and discarded %d times, and its event handled %d times", n, replays, discards, times)
		}
	}
	ill.expectSound(s)
}
