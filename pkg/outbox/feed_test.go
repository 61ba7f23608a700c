package outbox_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite/sqlitetest"
)

const fromTheTable = `{"from":"the table"}`

// changeTable changes the table, so that events that are read from it from now
// on differ from those in memory.
func changeTable(t *testing.T, s *service) {
	t.Helper()
	sqlitetest.Damage(t, s.path, `UPDATE outbox SET payload = '`+fromTheTable+`'`)
}

// read returns how many of the events were read after changeTable.
func read(list []events.Event) (count int) {
	for _, e := range list {
		if string(e.Payload) == fromTheTable {
			count++
		}
	}
	return count
}

// Events that did not fit into memory leave a gap after those in memory, which
// no batch may skip: here a batch from memory would reach across it.
func TestRelay_fullMemory(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	s.appendEvents(t, 100)
	s.steps(t)
	s.appendEvents(t, 4*2048+100)                        // some do not fit into memory
	if _, err := s.relay.Step(t.Context()); err != nil { // frees memory
		t.Fatal(err)
	}
	s.appendEvents(t, 10)
	s.steps(t)
	expectVersions(t, p.Events(), 1, s.made)
}

// While the broker is away, committed events must not fill the memory.
func TestRelay_boundsMemory(t *testing.T) {
	const all, kept = 20_000, 8192
	p := &sizes{}
	s := open(t, "", p)
	s.appendEvents(t, all)
	changeTable(t, s)
	s.steps(t)
	expectVersions(t, p.Events(), 1, all)
	if n := read(p.Events()); n != all-kept {
		t.Errorf("%d events were read from the table, want %d", n, all-kept)
	}
	for i := range kept / 2048 {
		if p.counts[i] != 2048 {
			t.Errorf("batch %d has %d events, want 2048 of memory", i, p.counts[i])
		}
	}
}

// Events that are committed after the first batch come from memory too, whether
// that batch succeeded or not.
func TestRelay_continuesFromMemory(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	for range 3 {
		s.appendEvents(t, 3)
		p.Fail(errDown)
		if _, err := s.relay.Step(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("got %v", err)
		}
		p.Recover()
		s.appendEvents(t, 3)
		changeTable(t, s)
		s.steps(t)
	}
	expectVersions(t, p.Events(), 1, 18)
	if n := read(p.Events()); n > 0 {
		t.Errorf("%d events were read from the table, all were in memory", n)
	}
}

// restarted opens the database anew with a backlog of so many events.
func restarted(t *testing.T, backlog int, p events.Publisher) *service {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "service.db"), &published{})
	s.appendEvents(t, backlog)
	s.crash(t)
	again := open(t, s.path, p)
	again.made = s.made
	return again
}

// While a batch is being published, the next one is read and the one before is
// stamped.
func TestRelay_readsAheadWhilePublishing(t *testing.T) {
	const (
		first = 1024         // no batch is being published that would give time for a longer first page
		all   = first + 9000 // more than the second page has, too
	)
	p := &published{}
	s := restarted(t, all, p)
	step := func() {
		if more, err := s.relay.Step(t.Context()); err != nil || !more {
			t.Fatalf("%v, %v", more, err)
		}
	}
	step()
	if n := len(p.Events()); n != first {
		t.Fatalf("the first batch has %d events, want %d", n, first)
	}
	changeTable(t, s)
	step()
	if list := p.Events()[first:]; read(list) > 0 {
		t.Errorf("%d of %d events were read after the batch before them was published", read(list), len(list))
	}
	if n := s.stamped(t); n != first {
		t.Errorf("%d events are stamped, want the %d of the batch before", n, first)
	}
	s.steps(t)
	expectVersions(t, p.Events(), 1, all)
	if read(p.Events()) == 0 {
		t.Error("no event shows the change of the table")
	}
}

// The relay does not skip a failed batch when it has read the page after it.
func TestRelay_failedBatchAfterReadAhead(t *testing.T) {
	p := &published{}
	s := restarted(t, 5000, p)
	p.Fail(errDown)
	for range 3 {
		if _, err := s.relay.Step(t.Context()); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	p.Recover()
	s.steps(t)
	expectVersions(t, p.Events(), 1, 5000)
}

// A page that cannot be read ahead, or whose reading is broken off, is read
// when it is due.
func TestRelay_damageInReadAhead(t *testing.T) {
	for name, damaged := range map[string]string{"in the page ahead": "1500", "in its first chunk": "1025"} {
		t.Run(name, func(t *testing.T) {
			p := &published{}
			s := restarted(t, 3000, p)
			sqlitetest.Damage(t, s.path, `UPDATE outbox SET payload = '{' WHERE seq = `+damaged)
			if more, err := s.relay.Step(t.Context()); err != nil || !more {
				t.Fatalf("%v, %v", more, err)
			}
			for range 2 {
				_, err := s.relay.Step(t.Context())
				if !errors.Is(err, events.ErrMalformed) || !strings.Contains(err.Error(), "seq "+damaged) {
					t.Errorf("got %v, want the reason and the place", err)
				}
			}
			expectVersions(t, p.Events(), 1, 1024)
			sqlitetest.Damage(t, s.path, `UPDATE outbox SET payload = '{}' WHERE seq = `+damaged)
			s.steps(t)
			expectVersions(t, p.Events(), 1, 3000)
		})
	}
}

// A Step whose context ends while it reads a page publishes none of its events.
func TestRelay_endedContext(t *testing.T) {
	p := &published{}
	s := restarted(t, 3000, p)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.relay.Step(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := len(p.Events()); n > 0 {
		t.Errorf("%d events were published", n)
	}
	s.steps(t)
	expectVersions(t, p.Events(), 1, 3000)
}

// A stamp is not written repeatedly while no event is published.
func TestRelay_stampsOnce(t *testing.T) {
	s := open(t, "", &published{})
	s.appendEvents(t, 2)
	s.steps(t)
	stamp := s.page(t, outbox.Filter{})[1].SyncedAt
	s.write(t, `CREATE TRIGGER refuse BEFORE INSERT ON acknowledged BEGIN SELECT RAISE(ABORT, 'refused'); END`)
	for range 3 {
		s.clock.Advance(time.Second)
		s.steps(t) // fails when it stamps
	}
	if again := s.page(t, outbox.Filter{})[1].SyncedAt; again != stamp {
		t.Errorf("stamped %s, before it was %s", again, stamp)
	}
}

// The stamp of a change whose outcome was unknown is kept, and the relay
// continues after it.
func TestRelay_keepsEarlierStamp(t *testing.T) {
	s := open(t, "", &published{})
	s.appendEvents(t, 2)
	const earlier = "2026-08-01T12:00:00.000Z"
	sqlitetest.Damage(t, s.path, `INSERT INTO acknowledged VALUES (2, '`+earlier+`')`)
	s.clock.Advance(time.Second)
	s.steps(t)
	s.appendEvents(t, 1)
	s.clock.Advance(time.Second)
	s.steps(t)
	list := s.page(t, outbox.Filter{})
	for i, want := range []string{earlier, earlier, events.FormatTime(s.clock.Now())} {
		if list[i].SyncedAt != want {
			t.Errorf("event %d is stamped %s, want %s", i+1, list[i].SyncedAt, want)
		}
	}
}

// The view has the columns that operators' queries rely on, and a page of
// pending events begins after the one before.
func TestEvents_view(t *testing.T) {
	s := open(t, "", &published{})
	s.appendEvents(t, 5)
	s.steps(t)
	s.appendEvents(t, 5)
	var stamped, pending int
	err := s.db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(synced_at), COUNT(*) FILTER (WHERE synced_at IS NULL)
		FROM (SELECT seq, id, event_type, aggregate_type, aggregate_id, store_id, version, actor, traceparent, payload, created_at, synced_at
		FROM events)`).Scan(&stamped, &pending)
	if err != nil || stamped != 5 || pending != 5 {
		t.Errorf("%d stamped, %d pending, %v", stamped, pending, err)
	}
	for after, want := range map[int64]int{0: 5, 3: 5, 5: 5, 7: 3, 10: 0} {
		if n := len(s.page(t, outbox.Filter{Pending: true, After: after})); n != want {
			t.Errorf("%d pending events after seq %d, want %d", n, after, want)
		}
	}
}

// The age of the backlog is that of the oldest pending event, which need not be
// the first in the table.
func TestStatusOf_oldest(t *testing.T) {
	s := open(t, "", &published{})
	s.appendEvents(t, 4)
	s.write(t, `UPDATE outbox SET created_at = '2026-08-01T11:59:' || (50 - seq) || '.000Z'`)
	s.write(t, `INSERT INTO acknowledged VALUES (1, '2026-08-01T12:00:00.000Z')`)
	got, err := s.store.Status(t.Context())
	want := outbox.Status{SyncedSeq: 1, LastSeq: 4, Pending: 3, OldestSince: start.Add(-14 * time.Second)}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}
