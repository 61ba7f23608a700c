package outbox_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// More is committed than the relay keeps in memory.
func TestRelay_reads_the_table_behind_a_backlog(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	for range 20 {
		s.append(t, 500)
	}
	if _, err := s.relay.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.append(t, 500)
	s.append(t, 1)
	for more := true; more; {
		var err error
		if more, err = s.relay.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.made < 10_600 {
			s.append(t, 10) // while it catches up
			more = true
		}
	}
	expectVersions(t, p.Events(), 1, s.made)
}

func TestRelay_reads_the_table_after_a_failed_backlog(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	p.Fail(errDown)
	for range 20 { // what comes back from a failed attempt finds no room
		s.append(t, 500)
		if _, err := s.relay.Step(t.Context()); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	p.Recover()
	s.steps(t)
	expectVersions(t, p.Events(), 1, s.made)
}

func TestRelay_passes_gaps(t *testing.T) {
	for _, restart := range []bool{false, true} {
		p := &published{}
		s := open(t, "", p)
		s.append(t, 2000)
		sqlitetest.Damage(t, s.path, `DELETE FROM events WHERE seq BETWEEN 3 AND 1500`)
		if restart { // the relay knows the rows from the table only
			s.close(t)
			s = open(t, s.path, p)
			s.made = 2000
			s.append(t, 5)
			s.steps(t)
			list := p.Events()
			if len(list) != 2+500+5 {
				t.Fatalf("got %d events", len(list))
			}
			expectVersions(t, list[:2], 1, 2)
			expectVersions(t, list[2:], 1501, 2005)
		} else {
			s.steps(t)
			expectVersions(t, p.Events(), 1, 2000) // they were committed, so they happened
		}
		if n := s.relay.Pending(); n != 0 {
			t.Errorf("%d events are pending", n)
		}
	}
}

func TestRelay_Step_with_a_damaged_row(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service.db")
	s := open(t, path, &published{})
	s.append(t, 3)
	s.close(t)
	sqlitetest.Damage(t, path, `UPDATE events SET payload = '' WHERE seq = 2`)
	p := &published{}
	s = open(t, path, p)
	if _, err := s.relay.Step(t.Context()); !errors.Is(err, events.ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed: nothing may overtake what cannot be read", err)
	}
	if n := s.stamped(t); n > 0 || len(p.Events()) > 0 {
		t.Errorf("%d events are stamped, %d published", n, len(p.Events()))
	}
}

// Pages that were read ahead belong to a batch that fails, that is stored in
// part, or that is followed by events of memory.
func TestRelay_reads_ahead_of_a_broker_that_fails(t *testing.T) {
	s := open(t, "", &published{})
	for range 8 {
		s.append(t, 1700)
	}
	made := s.made
	s.close(t)
	p := &failingPublisher{t: t}
	restarted := open(t, s.path, p)
	p.s, restarted.made = restarted, made
	for restarted.relay.Pending() > 0 {
		if _, err := restarted.relay.Step(t.Context()); err != nil && !errors.Is(err, errDown) {
			t.Fatal(err)
		}
		if restarted.made < made+300 {
			restarted.append(t, 30)
		}
		restarted.clock.Advance(time.Second)
	}
	if p.acked != restarted.made {
		t.Errorf("%d of %d events were acknowledged", p.acked, restarted.made)
	}
	restarted.clock.Advance(time.Second)
	restarted.steps(t)
	if n := restarted.stamped(t); int64(n) != restarted.made {
		t.Errorf("%d of %d events are stamped", n, restarted.made)
	}
}
