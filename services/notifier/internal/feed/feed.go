// Package feed is the core of the feed, the table of recorded events: each event is
// recorded once, even if the broker repeats it, and all readers see the same order.
// It does no I/O; its ports are declared here and implemented by notifierdb and notifierpg.
package feed

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/alert"
)

// Types returns the types that entries have: those of all services, and alerts.
func Types() []events.Type { return append(inventory.Types(), alert.TypeRaised) }

// Entry is a recorded event.
type Entry struct {
	Seq    int64 // place in the feed, greater than the place of every earlier entry
	Event  events.Event
	Stores []string // the stores that the event concerns: see events.Event.Stores
	// Aborted marks the cancellation of a reservation that was aborted, which no
	// caller ever got: a webhook gets the event only when it asks for such events.
	Aborted bool
}

// ErrConflict is a Conflict problem: the guard of a statement found another
// version of its record than the change had read. The change must be undone; it may
// be run again, on the new version. Serializable changes never return it.
var ErrConflict error = problem.New(problem.Conflict,
	"Another request changed the same entry of the feed at the same time; nothing was changed. Send the request again.")

// Repository is the part of the database that the feed needs.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Changes are serializable: each sees the database as if all others ran
	// entirely before it or entirely after it. Nothing that change did is stored
	// unless Write returns nil.
	//
	// change may run more than once, from the start each time. It only computes
	// and uses tx, and its assignments to outer variables are valid only after Write
	// returned nil.
	//
	// The error of change is returned unchanged. Errors of Write itself are a
	// StorageUnavailable problem when the database cannot write at the moment,
	// the error of ctx when that ended before change began, and ErrConflict when
	// another change came first and Write could not run change once more.
	//
	// eventIDs name the events that change will record, for an engine that reads their
	// records all at once. They are a hint: change may record any event.
	Write(ctx context.Context, eventIDs []string, change func(tx Tx) error) error
}

// Tx is the transaction of a change. Its methods see everything that the change has
// written, and take no context: a change that has begun is not cancelled. An error
// of the database makes the whole change fail, even if change does not return it.
type Tx interface {
	alert.Tx
	// Record inserts an entry and returns its Seq. It reports false, and inserts
	// nothing, when the feed has the event already.
	Record(entry Entry, at time.Time) (seq int64, isNew bool, err error)
	// Queue adds a delivery of a recorded entry to each active webhook that wants it.
	Queue(entry Entry, at time.Time) error
}

// Service records events. It is safe for concurrent use.
type Service struct {
	repo  Repository
	clock clock.Clock
	watch *alert.Watch

	counts Counts
}

// Counts are called for the recorded entries, after they are durable.
type Counts struct {
	Recorded func(events.Type) // an entry of this type
	Alerted  func(events.Type) // an alert about events of this type
}

// Options are the ports of a Service; all but Watch are required.
type Options struct {
	Repository Repository
	Clock      clock.Clock
	Watch      *alert.Watch // raises alerts; nil: none
	Counts     Counts       // optional
}

// New returns a Service.
func New(o Options) *Service {
	s := &Service{repo: o.Repository, clock: o.Clock, watch: o.Watch, counts: o.Counts}
	if s.counts.Recorded == nil {
		s.counts.Recorded = func(events.Type) {}
	}
	if s.counts.Alerted == nil {
		s.counts.Alerted = func(events.Type) {}
	}
	return s
}

// Record records an event and the alerts that it raises. A repeated event changes
// nothing.
func (s *Service) Record(ctx context.Context, e events.Event) error {
	if e.Type == alert.TypeRaised {
		return fmt.Errorf("%w: an alert does not come from the broker", events.ErrMalformed)
	}
	entry, err := EntryOf(e)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	at := clock.Truncate(now)
	var isNew bool
	var raised []events.Event
	err = s.repo.Write(ctx, []string{e.ID}, func(tx Tx) error {
		var err error
		raised = nil
		isNew, err = addEntry(tx, entry, at)
		if err != nil || !isNew || s.watch == nil {
			return err
		}
		raised, err = s.watch.Observe(tx, e, entry.Stores, now)
		if err != nil {
			return err
		}
		for _, a := range raised {
			if _, err := addEntry(tx, Entry{Event: a, Stores: []string{a.StoreID}}, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !isNew {
		return err
	}
	s.counts.Recorded(e.Type)
	for _, a := range raised {
		s.counts.Recorded(a.Type)
		s.counts.Alerted(e.Type)
	}
	return nil
}

// EntryOf returns the entry of an event, without its Seq.
func EntryOf(e events.Event) (entry Entry, err error) {
	entry.Event = e
	if entry.Stores, err = inventory.Stores(e); err != nil {
		return Entry{}, err
	}
	entry.Aborted, err = isAborted(e)
	return entry, err
}

// isAborted reports whether e is the cancellation of an aborted reservation. Events
// of the release before the field Aborted have the reason only, which no caller can
// set.
func isAborted(e events.Event) (bool, error) {
	if e.Type != inventory.TypeReservationCancelled {
		return false, nil
	}
	payload, err := events.PayloadAs[inventory.ReservationCancelled](e)
	return payload.Aborted || payload.Reason == inventory.ReasonAborted, err
}

// addEntry records an entry and queues it for the webhooks, unless it is recorded
// already.
func addEntry(tx Tx, entry Entry, at time.Time) (isNew bool, err error) {
	entry.Seq, isNew, err = tx.Record(entry, at)
	if err != nil || !isNew {
		return false, err
	}
	return true, tx.Queue(entry, at)
}
