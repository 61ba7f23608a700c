package outboxtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
)

// The seqs of concurrent changes have no gaps, and each writer's events keep
// their order, though other changes fail.
func appendsInOrder(t *testing.T, s *suite) {
	const writers, each = 8, 30
	lists := make([][]events.Event, writers)
	for i := range lists {
		lists[i] = s.next(each)
	}
	var wait sync.WaitGroup
	for _, list := range lists {
		wait.Go(func() {
			for i := range list {
				var fail error
				if i%5 == 0 {
					fail = errFail
				}
				if err := s.table.Append(t.Context(), list[i:i+1], fail); !errors.Is(err, fail) {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	const want = writers * (each - each/5)
	if p := s.position(); p != (outbox.Position{Newest: want}) {
		t.Errorf("got %+v, want the newest to be %d", p, want)
	}
	last := make([]int64, writers) // versions
	list := s.unpublished(0)
	for _, e := range list {
		writer := (e.Version - 1) / each
		if e.Version <= last[writer] {
			t.Errorf("version %d comes after %d", e.Version, last[writer])
		}
		last[writer] = e.Version
	}
	if len(list) != want {
		t.Errorf("%d events, want %d", len(list), want)
	}
}

func appendsNothingInAFailingChange(t *testing.T, s *suite) {
	s.table.Listen(func(list []outbox.Committed) {
		for _, c := range list {
			if c.Event.Version > 1 {
				t.Errorf("version %d was announced", c.Event.Version)
			}
		}
	})
	s.appendEvents(s.next(1)...)
	if err := s.table.Append(t.Context(), s.next(3), errFail); !errors.Is(err, errFail) {
		t.Errorf("got %v", err)
	}
	if p := s.position(); p.Newest != 1 {
		t.Errorf("the newest seq is %d, want 1", p.Newest)
	}
}

func refusesEventsWithoutDocument(t *testing.T, s *suite) {
	for name, e := range map[string]events.Event{
		"without a document": {ID: "by hand", Type: inventory.TypeStockLow},
		"with a zero byte":   s.eventOf(events.Meta{ID: "\x00"}, inventory.StockUpdated{ProductID: "p"}),
	} {
		if err := s.table.Append(t.Context(), []events.Event{e}, nil); err == nil {
			t.Errorf("an event %s would stop the relay for ever", name)
		}
	}
}

// Consumers get the same events from a relay that has to catch up.
func returnsTheEventsThatWereCreated(t *testing.T, s *suite) {
	list := s.oddEvents()
	s.appendEvents(list...)
	s.reopen()
	got := s.unpublished(0)
	if len(got) != len(list) {
		t.Fatalf("got %d events, want %d", len(got), len(list))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], list[i]) {
			t.Errorf("got %+v, want %+v", got[i], list[i])
		}
	}
}

func returnsPages(t *testing.T, s *suite) {
	const all = 20_000
	for list := range slices.Chunk(s.next(all), 1000) { // no change has more
		s.appendEvents(list...)
	}
	batch, err := s.table.Unpublished(t.Context(), 10, func() bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	if n := len(batch.Events); n == 0 || n > all/2 {
		t.Errorf("a page of %d events", n)
	}
	s.expectVersions(batch.Events, 11, batch.Last)
	short, err := s.table.Unpublished(t.Context(), 10, func() bool { return true })
	if err != nil || len(short.Events) == 0 || len(short.Events) > len(batch.Events) {
		t.Errorf("a short page of %d events, %v", len(short.Events), err)
	}
	s.expectVersions(s.unpublished(0), 1, all)
	if batch, err = s.table.Unpublished(t.Context(), all, func() bool { return true }); err != nil || len(batch.Events) > 0 || batch.Last != all {
		t.Errorf("%d events after the last one, up to %d, %v", len(batch.Events), batch.Last, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = s.table.Unpublished(ended, 0, func() bool { return true }); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: got %v", err)
	}
}

func acknowledges(t *testing.T, s *suite) {
	s.appendEvents(s.next(5)...)
	s.acknowledge(2, start)
	if p := s.position(); p != (outbox.Position{Acknowledged: 2, Newest: 5}) {
		t.Errorf("got %+v", p)
	}
	s.acknowledge(4, start.Add(time.Second))
	s.acknowledge(4, start.Add(time.Hour)) // of a change whose outcome was unknown
	s.reopen()
	if p := s.position(); p != (outbox.Position{Acknowledged: 4, Newest: 5}) {
		t.Errorf("after a restart: got %+v", p)
	}
	first, second := events.FormatTime(start), events.FormatTime(start.Add(time.Second))
	for i, want := range []string{first, first, second, second, ""} {
		if got := s.page(outbox.Filter{})[i].SyncedAt; got != want {
			t.Errorf("event %d is stamped %q, want %q", i+1, got, want)
		}
	}
}

func countsTheBacklog(t *testing.T, s *suite) {
	for i := range 4 {
		s.appendEvents(s.eventOf(events.Meta{ID: fmt.Sprint(i), At: start.Add(time.Duration(i) * time.Second)}, inventory.StockLow{ProductID: "p", StoreID: "A"}))
	}
	s.acknowledge(3, start) // the caller's cursor may be greater or smaller than the last stamp
	for after, want := range map[int64]outbox.Backlog{
		0: {Events: 4, Oldest: start}, 1: {Events: 3, Oldest: start.Add(time.Second)}, 3: {Events: 1, Oldest: start.Add(3 * time.Second)}, 4: {},
	} {
		if got, err := s.table.Backlog(t.Context(), after); err != nil || got.Events != want.Events || !got.Oldest.Equal(want.Oldest) {
			t.Errorf("after %d: got %+v, %v; want %+v", after, got, err, want)
		}
	}
}

func leadsOneAtATime(t *testing.T, s *suite) {
	leading, release, err := s.table.Lead(t.Context())
	if err != nil || leading.Err() != nil {
		t.Fatal(err, leading)
	}
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan error, 1)
	go func() {
		_, _, err := s.table.Lead(ctx)
		refused <- err
	}()
	cancel()
	if err := <-refused; !errors.Is(err, context.Canceled) {
		t.Errorf("a second leader, or %v", err)
	}
	next := make(chan error, 1)
	go func() {
		_, release, err := s.table.Lead(t.Context())
		if err == nil {
			release()
		}
		next <- err
	}()
	release()
	if err := <-next; err != nil {
		t.Errorf("the next relay did not get the lead: %v", err)
	}
}

// Events are announced in the order of their seqs, and every announced event is
// committed.
func announcesCommits(t *testing.T, s *suite) {
	const changes = 20
	announced := make(chan int64, 10*changes)
	s.table.Listen(func(list []outbox.Committed) {
		for _, c := range list {
			if c.Seq != c.Event.Version {
				t.Errorf("version %d has seq %d", c.Event.Version, c.Seq)
			}
			announced <- c.Seq
		}
	})
	for range changes {
		s.appendEvents(s.next(3)...)
	}
	limit := time.After(30 * time.Second)
	for last := int64(0); last < s.created; {
		select {
		case seq := <-announced:
			if seq <= last {
				t.Fatalf("seq %d was announced after %d", seq, last)
			}
			last = seq
		case <-limit:
			t.Fatalf("the last announced seq is %d of %d", last, s.created)
		}
	}
}
