package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// More events are committed than the relay keeps in memory.
func TestRelay_backlog(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	for range 20 {
		s.appendEvents(t, 500)
	}
	if _, err := s.relay.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.appendEvents(t, 500)
	s.appendEvents(t, 1)
	for more := true; more; {
		var err error
		if more, err = s.relay.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.made < 10_600 {
			s.appendEvents(t, 10) // while the relay catches up
			more = true
		}
	}
	expectVersions(t, p.Events(), 1, s.made)
}

func TestRelay_failedBacklog(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	p.Fail(errDown)
	for range 20 { // the batch of a failed attempt returns to a full memory
		s.appendEvents(t, 500)
		if _, err := s.relay.Step(t.Context()); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	p.Recover()
	s.steps(t)
	expectVersions(t, p.Events(), 1, s.made)
}

func TestRelay_gaps(t *testing.T) {
	for _, restart := range []bool{false, true} {
		p := &published{}
		s := open(t, "", p)
		s.appendEvents(t, 2000)
		sqlitetest.Damage(t, s.path, `DELETE FROM outbox WHERE seq BETWEEN 3 AND 1500`)
		if restart { // the relay knows the events from the table only
			s.crash(t)
			s = open(t, s.path, p)
			s.made = 2000
			s.appendEvents(t, 5)
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

func TestRelay_damagedEvent(t *testing.T) {
	for name, damage := range map[string]string{
		"no payload":                `payload = ''`,
		"no id":                     `id = ''`,
		"no time":                   `created_at = 'yesterday'`,
		"half a payload":            `payload = substr(payload, 1, 10)`,
		"zero byte in the payload":  `payload = payload || char(0) || payload`,
		"zero byte in the id":       `id = 'a' || char(0) || 'b'`,
		"a whole row in the store":  `store_id = concat_ws(char(0), 'MAD-001', '', created_at, payload)`,
		"a whole row in the key":    `aggregate_id = concat_ws(char(0), 'x', 'MAD-001', '', created_at, payload)`,
		"a whole row in the stamp":  `created_at = concat_ws(char(0), created_at, payload)`,
		"zero bytes in place of it": `aggregate_id = char(0, 0, 0)`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "service.db")
			s := open(t, path, &published{})
			s.appendEvents(t, 3)
			s.crash(t)
			sqlitetest.Damage(t, path, `UPDATE outbox SET `+damage+` WHERE seq = 2`)
			p := &published{}
			s = open(t, path, p)
			if _, err := s.relay.Step(t.Context()); !errors.Is(err, events.ErrMalformed) {
				t.Errorf("got %v, want ErrMalformed: no event may overtake one that cannot be read", err)
			}
			if n := s.stamped(t); n > 0 || len(p.Events()) > 0 {
				t.Errorf("%d events are stamped, %d published", n, len(p.Events()))
			}
		})
	}
}

// Consumers get the same events from a relay that has to catch up.
func TestRelay_sameEventsFromTable(t *testing.T) {
	s := open(t, "", &published{})
	var list []events.Event
	for i, text := range []string{"plain", `a "quoted" \ text`, "línea 東京 🛒", "<b>&amp;</b>", "tab\tand\nline", "\u2028", "\x1f\x7f", ""} {
		for _, meta := range []events.Meta{
			{ID: fmt.Sprintf("%d-a", i), At: start},
			{ID: fmt.Sprintf("%d-b", i), At: start.Add(123_456_789), Version: 1 << 60, Actor: text, Traceparent: "00-a-b-01"},
		} {
			for _, body := range []events.Body{
				inventory.StockUpdated{ProductID: "product " + text, StoreID: text, Reason: text + "\x00"}, // in JSON, it is none
				inventory.StockTransferred{ProductID: "product-1", FromStore: "MAD-001", ToStore: "BCN-001", Reason: text},
			} {
				e, err := events.New(meta, body)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, e)
			}
		}
	}
	s.appendAll(t, list)
	s.crash(t)
	p := &published{}
	open(t, s.path, p).steps(t)
	if got := p.Events(); len(got) != len(list) {
		t.Fatalf("got %d events, want %d", len(got), len(list))
	}
	for i, got := range p.Events() {
		if !reflect.DeepEqual(got, list[i]) {
			t.Errorf("got %+v, want %+v", got, list[i])
		}
	}
}

// sizes is a publisher that remembers how much it got at once.
type sizes struct {
	published
	counts, bytes []int
}

func (p *sizes) PublishBatch(ctx context.Context, list []events.Event) error {
	bytes := 0
	for _, e := range list {
		bytes += len(e.Document())
	}
	p.counts, p.bytes = append(p.counts, len(list)), append(p.bytes, bytes)
	return p.published.PublishBatch(ctx, list)
}

func TestRelay_pageBounds(t *testing.T) {
	const large, small = 1 << 20, 10_000
	s := open(t, "", &published{})
	list := make([]events.Event, 0, small+20)
	for len(list) < 20 {
		s.made++
		e, err := events.New(events.Meta{ID: "large", At: start, Version: s.made},
			inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001", Reason: strings.Repeat("x", large)})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	s.appendAll(t, list)
	s.appendEvents(t, small)
	s.crash(t)
	p := &sizes{}
	restarted := open(t, s.path, p)
	restarted.steps(t)
	expectVersions(t, p.Events(), 1, s.made)
	for i := range p.counts {
		if p.counts[i] > 8192 || p.bytes[i] > 8<<20+2*large {
			t.Errorf("batch %d has %d events of %d bytes", i, p.counts[i], p.bytes[i])
		}
	}
}

// A stamp that fails delays no event and publishes none twice.
func TestRelay_failedStamp(t *testing.T) {
	s := open(t, "", &published{})
	s.appendEvents(t, 30_000)
	s.crash(t)
	p := &published{}
	restarted := open(t, s.path, p)
	restarted.write(t, `CREATE TRIGGER refuse BEFORE INSERT ON acknowledged BEGIN SELECT RAISE(ABORT, 'refused'); END`)
	refused := 0
	for restarted.relay.Pending() > 0 {
		if _, err := restarted.relay.Step(t.Context()); err != nil {
			if refused++; !strings.Contains(err.Error(), "refused") {
				t.Errorf("got %v", err)
			}
		}
		restarted.clock.Advance(time.Second)
	}
	if n := restarted.stamped(t); n > 0 || refused == 0 {
		t.Errorf("%d events are stamped, %d stamps failed", n, refused)
	}
	restarted.write(t, `DROP TRIGGER refuse`)
	restarted.steps(t)
	if n := restarted.stamped(t); n != 30_000 {
		t.Errorf("%d events are stamped", n)
	}
	expectVersions(t, p.Events(), 1, 30_000) // each once
}

// SQLite reuses the seq of a lost last event: an earlier stamp must not count
// for the new event.
func TestRelay_lostEvents(t *testing.T) {
	s := open(t, "", &published{})
	s.appendEvents(t, 4)
	s.steps(t)
	s.appendEvents(t, 6)
	s.clock.Advance(time.Second)
	s.steps(t)
	s.crash(t)
	for name, test := range map[string]struct {
		damage  string
		left    int64
		stamped int // events with a stamp
	}{
		"the last":     {`DELETE FROM outbox WHERE seq > 7`, 7, 4},
		"all of a run": {`DELETE FROM outbox WHERE seq > 4`, 4, 4},
		"all":          {`DELETE FROM outbox`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "service.db")
			copyFile(t, s.path, path)
			sqlitetest.Damage(t, path, test.damage)
			p := &published{}
			restarted := open(t, path, p)
			restarted.made = test.left
			if n := restarted.stamped(t); n != test.stamped {
				t.Errorf("%d events are stamped, want %d", n, test.stamped)
			}
			restarted.appendEvents(t, 3)
			restarted.steps(t)
			expectVersions(t, p.Events(), int64(test.stamped)+1, test.left+3)
			if n := restarted.stamped(t); int64(n) != test.left+3 {
				t.Errorf("%d events are stamped", n)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Pages that were read ahead belong to a batch that fails, that is stored in
// part, or that is followed by events from memory.
func TestRelay_readAheadFailingBroker(t *testing.T) {
	s := open(t, "", &published{})
	for range 8 {
		s.appendEvents(t, 1700)
	}
	made := s.made
	s.crash(t)
	p := &failingPublisher{t: t}
	restarted := open(t, s.path, p)
	p.s, restarted.made = restarted, made
	for restarted.relay.Pending() > 0 {
		if _, err := restarted.relay.Step(t.Context()); err != nil && !errors.Is(err, errDown) {
			t.Fatal(err)
		}
		if restarted.made < made+300 {
			restarted.appendEvents(t, 30)
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
