// Package outbox is the transactional outbox of a service: the table of events,
// which are appended in the transaction of the change that they report, and the
// relay that publishes them. There is no other way to publish, so state and
// events cannot come apart.
//
// The package does not depend on a database. An engine implements Store and
// Reader and appends within its own transactions; outboxsqlite is the one of
// SQLite, and outboxtest is the suite that every engine passes.
package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
)

// Store is the table of events as the relay needs it. The seqs of the events have
// no gaps and follow the order in which the changes that appended them were
// committed: an event that is visible has no later one before it. A Store is
// safe for concurrent use. A database that cannot do its work at the moment is a
// StorageUnavailable problem.
type Store interface {
	// Lead waits until no other relay of the table leads, in this process and in
	// any other, and makes the caller the leader. The lead lasts until release is
	// called, or until leading ends: with ctx, or because the engine gave the lead
	// to another relay.
	Lead(ctx context.Context) (leading context.Context, release func(), err error)
	// Position returns how far the events were published. An engine that has lost
	// events at the end of its table first takes their acknowledgement back, so
	// that the events that get their seqs later are published.
	Position(ctx context.Context) (Position, error)
	// Unpublished returns the events after the seq after, in the order of their
	// seqs: none when there are none, otherwise at least one, and at most as
	// many as a batch of the broker may have. It calls enough between two
	// events; once that reports true, Unpublished may return the events that it
	// has read. An event that cannot be read is an error, with
	// events.ErrMalformed when it is damaged: no later event may overtake it.
	Unpublished(ctx context.Context, after int64, enough func() bool) (Batch, error)
	// Acknowledge stamps all events up to the seq that have no stamp with the time
	// at. Only the leader calls it.
	Acknowledge(ctx context.Context, upTo int64, at time.Time) error
	// Backlog returns the events after the seq after.
	Backlog(ctx context.Context, after int64) (Backlog, error)
	// Listen makes committed receive the events that were committed, soon after
	// their commits and in the order of their seqs; an empty list means that
	// there may be others. This is a hint: calls may be missing, after which
	// Position reports the events nevertheless. committed does not block, and
	// it may keep the list. There is one listener; a later one replaces it.
	Listen(committed func(list []Committed))
}

// Committed is an event with its place in the table.
type Committed struct {
	Seq   int64
	Event events.Event
}

// Position is how far the events of a table were published.
type Position struct {
	Acknowledged int64 // everything up to this seq is stamped; 0 for nothing
	Newest       int64 // the greatest seq; 0 for none
}

// Batch is a part of the table in the order of publishing.
type Batch struct {
	After  int64 // the seq after which it was read
	Last   int64 // the seq of its last event; After when there is none
	Events []events.Event
}

// Backlog is the number of events that wait, and the time of the first of them.
type Backlog struct {
	Events int64
	Oldest time.Time // zero when there are none
}

// Reader runs queries on the table of events, for clients, operators and the
// audit. It is safe for concurrent use. A database that cannot be read at the
// moment is a StorageUnavailable problem.
type Reader interface {
	// Page returns the events that match f, by seq.
	Page(ctx context.Context, f Filter) ([]Row, error)
	// Select returns the events that s selects, by seq, also those that the broker
	// has not acknowledged.
	Select(ctx context.Context, s Selection) ([]Row, error)
	// Entries returns the places of the events after the seq after, by seq, limit
	// at most.
	Entries(ctx context.Context, after int64, limit int) ([]audit.Event, error)
	// Status returns the state of the table without reading all of it.
	Status(ctx context.Context) (Status, error)
}

// Table is a table of events, for the relay and for queries.
type Table interface {
	Store
	Reader
}

// Filter selects events of the table; zero fields select all.
type Filter struct {
	Type        string
	AggregateID string
	Actor       string
	StoreID     string   // events that concern this store, and perhaps others
	Within      []string // only events all of whose stores are among these, and which have one; nil: all
	Pending     bool     // only events that the broker has not acknowledged
	After       int64    // events with a greater seq
	Limit       int      // rows at most; required
}

// Row is an event of the table.
type Row struct {
	Seq      int64
	Document []byte
	SyncedAt string // events.TimeFormat, empty while pending
}

// Selection selects events to publish once more; zero fields select all.
type Selection struct {
	After, Until int64     // seqs greater than After, and not greater than Until, which is required
	Seqs         []int64   // only these; nil: any
	From, To     time.Time // created within this range, both ends included
	Types        []string
}

// Status is the state of a table of events.
type Status struct {
	SyncedSeq   int64     // the greatest seq with a synced_at; 0 for none
	LastSeq     int64     // the greatest seq; 0 for none
	Pending     int64     // events without a synced_at
	OldestSince time.Time // when the oldest of these was created; zero for none
}

// Check returns an error for an event that must not be appended: it could not
// be published, and the relay would stop before it. Engines call it.
func Check(event events.Event) error {
	if len(event.Document()) == 0 {
		return fmt.Errorf("append %s: the event has no document; only New and Decode create events", event.Type)
	}
	for _, text := range []string{event.ID, string(event.Type), string(event.AggregateType), event.AggregateID, event.StoreID, event.Actor, event.Traceparent} {
		if strings.Contains(text, "\x00") {
			return fmt.Errorf("append %s: %q has a zero byte, which not every engine can keep", event.Type, text)
		}
	}
	return nil
}
