// Package outboxtest is the suite that the outbox of every engine passes.
package outboxtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
)

// Table is the table of events of an open database.
type Table struct {
	outbox.Store
	outbox.Reader
	// Append appends the events in one change of the database, which then returns
	// fail.
	Append func(ctx context.Context, list []events.Event, fail error) error
	// Close closes the database as a crash does.
	Close func() error
}

// Open opens the database at a place: the one that was opened there before, or a
// new one.
type Open func(ctx context.Context, place string) (Table, error)

// Run runs the suite on the engine that open opens.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, *suite){
		"Append/order":                        appendsInOrder,
		"Append/failing_change":               appendsNothingInAFailingChange,
		"Append/refused_events":               refusesEventsWithoutDocument,
		"Unpublished/events_as_created":       returnsTheEventsThatWereCreated,
		"Unpublished/pages":                   returnsPages,
		"Acknowledge":                         acknowledges,
		"Backlog":                             countsTheBacklog,
		"Lead":                                leadsOneAtATime,
		"Listen":                              announcesCommits,
		"Page/document":                       returnsTheDocumentOfTheEvent,
		"Page/bytes_of_the_actor":             returnsTheBytesOfTheActor,
		"Page/filters":                        filters,
		"Page/all_combinations_of_filters":    findsTheEventsOfEachFilter,
		"Select":                              selectsForReplay,
		"Entries":                             returnsEntries,
		"Status":                              returnsTheStatus,
		"Relay/no_announcement_arrives":       publishesWithoutAnnouncements,
		"Relay/some_announcements_arrive":     publishesWithSomeAnnouncements,
		"Relay/looks_again_while_events_wait": looksAgainWhileEventsWait,
		"Relay/leads_in_turn":                 relaysLeadInTurn,
		"Relay/waits_without_a_backlog":       waitsWithoutABacklog,
	} {
		t.Run(name, func(t *testing.T) {
			s := &suite{t: t, place: t.TempDir(), engine: open}
			s.open()
			defer func() { s.close() }()
			test(t, s)
		})
	}
}

// suite is one table under test.
type suite struct {
	t       *testing.T
	place   string
	engine  Open
	table   Table
	created int64 // events so far
}

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func (s *suite) open() {
	s.t.Helper()
	var err error
	if s.table, err = s.engine(s.t.Context(), s.place); err != nil {
		s.t.Fatal(err)
	}
}

func (s *suite) close() {
	s.t.Helper()
	if err := s.table.Close(); err != nil {
		s.t.Error(err)
	}
}

// reopen opens the database again, as after a crash.
func (s *suite) reopen() {
	s.t.Helper()
	s.close()
	s.open()
}

// event creates the next event; its version is its number.
func (s *suite) event() events.Event {
	s.t.Helper()
	s.created++
	return s.eventOf(events.Meta{ID: fmt.Sprintf("event-%d", s.created), At: start, Version: s.created},
		inventory.StockUpdated{ProductID: fmt.Sprintf("product-%d", s.created%7), StoreID: "MAD-001", Reason: "restock"})
}

func (s *suite) eventOf(meta events.Meta, body events.Body) events.Event {
	s.t.Helper()
	e, err := events.New(meta, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

func (s *suite) next(count int) []events.Event {
	s.t.Helper()
	list := make([]events.Event, count)
	for i := range list {
		list[i] = s.event()
	}
	return list
}

func (s *suite) appendEvents(list ...events.Event) {
	s.t.Helper()
	if err := s.table.Append(s.t.Context(), list, nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s *suite) position() outbox.Position {
	s.t.Helper()
	p, err := s.table.Position(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// unpublished returns all events after a seq, and expects that their seqs have no
// gaps.
func (s *suite) unpublished(after int64) (list []events.Event) {
	s.t.Helper()
	for {
		batch, err := s.table.Unpublished(s.t.Context(), after, func() bool { return true })
		if err != nil {
			s.t.Fatal(err)
		}
		if batch.After != after || batch.Last != after+int64(len(batch.Events)) {
			s.t.Fatalf("after %d: %d events after %d up to %d", after, len(batch.Events), batch.After, batch.Last)
		}
		if len(batch.Events) == 0 {
			return list
		}
		list, after = append(list, batch.Events...), batch.Last
	}
}

func (s *suite) acknowledge(upTo int64, at time.Time) {
	s.t.Helper()
	if err := s.table.Acknowledge(s.t.Context(), upTo, at); err != nil {
		s.t.Fatal(err)
	}
}

// page returns the rows that f selects.
func (s *suite) page(f outbox.Filter) []outbox.Row {
	s.t.Helper()
	if f.Limit == 0 {
		f.Limit = 1 << 20
	}
	page, err := s.table.Page(s.t.Context(), f)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

// expectVersions expects that list has the versions from first to last, in their
// order.
func (s *suite) expectVersions(list []events.Event, first, last int64) {
	s.t.Helper()
	if int64(len(list)) != last-first+1 {
		s.t.Fatalf("got %d events, want %d", len(list), last-first+1)
	}
	for i, e := range list {
		if e.Version != first+int64(i) {
			s.t.Fatalf("event %d has version %d, want %d", i, e.Version, first+int64(i))
		}
	}
}

var errFail = errors.New("the change fails")
