package brokersystem_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/process"
)

// TestPoison publishes an event that no consumer can handle: it becomes a dead
// letter, and later events are handled.
func TestPoison(t *testing.T) {
	forEachBroker(t, func(t *testing.T, on kind) {
		t.Parallel()
		s := newSystem(t, on.shared(t))
		s.poisoned = true
		l := s.customers(t, 2)
		l.goesOn(t, 20)
		garbage := "no event " + process.NewID()
		s.stream.put(t, l.products[0], garbage)
		id := process.NewID()
		s.stream.foreign[id] = true
		s.stream.put(t, l.products[0], fmt.Sprintf(`{"id":%q,"event_type":"product.updated","aggregate_type":"product",`+
			`"aggregate_id":%q,"created_at":%q,"version":2,"payload":{"name":7}}`,
			id, l.products[0], events.FormatTime(time.Now())))
		l.goesOn(t, 20)

		letters := s.deadLetters(t, 4)
		malformed := s.wantsLetter(letters, stock, func(d events.StoredDeadLetter) bool { return string(d.Document) == garbage })
		s.wantsLetter(letters, reservation, func(d events.StoredDeadLetter) bool { return string(d.Document) == garbage })
		s.wantsLetter(letters, notifier, func(d events.StoredDeadLetter) bool { return string(d.Document) == garbage })
		impossible := s.wantsLetter(letters, stock, func(d events.StoredDeadLetter) bool { return d.EventID == id })
		if impossible.Attempts != 5 || !strings.Contains(impossible.Reason, "payload of product.updated") {
			t.Errorf("%d attempts, %q", impossible.Attempts, impossible.Reason)
		}
		if text, code := s.run([]string{"events", "dlq", "replay"}, malformed.ID); code != 1 {
			t.Errorf("dlq replay of what is no event: exit code %d\n%s", code, text)
		}
		s.operate(letters, impossible)
		s.discard(malformed)
		l.check(t)
		if n := len(s.deadLetters(t, 3)); n != 3 {
			t.Errorf("%d dead letters at the end", n)
		}
	})
}

// deadLetters waits until there are n dead letters and returns all.
func (s *system) deadLetters(t testing.TB, n int) (list []events.StoredDeadLetter) {
	t.Helper()
	inspector := s.stream.open(t).Inspector
	eventually(t, "dead letters", func() (err error) {
		if list, err = inspector.DeadLetters(t.Context(), "", 100); err == nil && len(list) < n {
			err = fmt.Errorf("%d of %d", len(list), n)
		}
		return err
	})
	return list
}

// wantsLetter returns the dead letter of a group.
func (s *system) wantsLetter(list []events.StoredDeadLetter, group string, is func(events.StoredDeadLetter) bool) events.StoredDeadLetter {
	s.t.Helper()
	for _, letter := range list {
		if letter.Group != group || !is(letter) {
			continue
		}
		if letter.Reason == "" || letter.FailedAt.IsZero() {
			s.t.Errorf("the dead letter lacks fields: %+v", letter)
		}
		eventually(s.t, "the log of "+group, func() error { // it comes after the dead letter
			if len(s.services[group].log.lines(buried)) == 0 {
				return errors.New("it has no dead letter")
			}
			return nil
		})
		return letter
	}
	s.t.Fatalf("%s has no such dead letter among %+v", group, list)
	return events.StoredDeadLetter{}
}

// operate works on the dead letters like an operator: it lists them, shows one, and
// replays it, after which it is a dead letter again.
func (s *system) operate(list []events.StoredDeadLetter, one events.StoredDeadLetter) {
	s.t.Helper()
	text, code := s.run([]string{"events", "dlq", "list"})
	for _, letter := range list {
		if code != 0 || !strings.Contains(text, letter.ID) {
			s.t.Errorf("dlq list: exit code %d, letter %s:\n%s", code, letter.ID, text)
		}
	}
	text, code = s.run([]string{"events", "dlq", "show"}, one.ID)
	if code != 0 || !strings.Contains(text, one.EventID) || !strings.Contains(text, "payload of product.updated") {
		s.t.Errorf("dlq show: exit code %d\n%s", code, text)
	}
	if text, code = s.run([]string{"events", "dlq", "replay"}, one.ID); code != 0 {
		s.t.Errorf("dlq replay: exit code %d\n%s", code, text)
	}
	eventually(s.t, "the same dead letter, buried once more", func() error {
		for _, letter := range s.deadLetters(s.t, len(list)) {
			if letter.EventID == one.EventID && letter.ID != one.ID {
				return nil
			}
		}
		return fmt.Errorf("there is none")
	})
	if text, code = s.run([]string{"events", "dlq", "show"}, one.ID); code != 1 {
		s.t.Errorf("dlq show of a letter that was replayed: exit code %d\n%s", code, text)
	}
}

// discard removes a dead letter and expects a line in a log.
func (s *system) discard(one events.StoredDeadLetter) {
	s.t.Helper()
	if text, code := s.run([]string{"events", "dlq", "discard"}, one.ID); code != 0 || !strings.Contains(text, one.ID+"  discarded\n") {
		s.t.Errorf("dlq discard: exit code %d\n%s", code, text)
	}
	for _, again := range []string{"show", "replay", "discard"} {
		if text, code := s.run([]string{"events", "dlq", again}, one.ID); code != 1 || !strings.Contains(text, "there is no dead letter") {
			s.t.Errorf("dlq %s of a discarded letter: exit code %d\n%s", again, code, text)
		}
	}
	eventually(s.t, "the line of a log", func() error {
		told := 0
		for _, p := range s.services {
			told += len(p.log.lines("dead letter discarded", one.ID, one.Group))
		}
		if told != 1 {
			return fmt.Errorf("there are %d", told)
		}
		return nil
	})
}
