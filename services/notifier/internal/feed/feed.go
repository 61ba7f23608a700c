// Package feed is where events enter notifier: each is recorded once, whatever
// the broker repeats, in an order that all readers share. It does no I/O; its
// ports are declared here and implemented by notifierdb.
package feed

import (
	"context"
	"fmt"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/services/notifier/internal/alert"
)

// Types returns the types that entries have: those of all services, and alerts.
func Types() []events.Type { return append(inventory.Types(), alert.TypeRaised) }

// Entry is a recorded event.
type Entry struct {
	Seq    int64 // place in the feed, greater than that of every entry before
	Event  events.Event
	Stores []string // those that the event concerns: see events.Event.Stores
	// Aborted marks the end of a reservation that no caller was ever given:
	// webhooks get it only when they ask for it.
	Aborted bool
}

// Repository is what the feed needs of its database.
type Repository interface {
	// Write runs change within one transaction and returns after it is durable.
	// Nothing that change did exists unless Write returns nil, and its error
	// comes back as it is. change may run more than once; it only computes and
	// uses tx, and what it assigns outside is valid only after nil.
	Write(ctx context.Context, change func(tx Tx) error) error
}

// Tx is the transaction as a change sees it.
type Tx interface {
	alert.Tx
	// Record inserts an entry without its Seq, which it returns, unless one
	// with the same event id is there; then it reports false.
	Record(entry Entry, at string) (seq int64, isNew bool, err error)
	// Queue adds a recorded entry to the deliveries of each active webhook that
	// wants it.
	Queue(entry Entry, at string) error
}

// Service records events. It is safe for concurrent use.
type Service struct {
	repo  Repository
	clock clock.Clock
	watch *alert.Watch
}

// Options are the ports of a Service; all but Watch are required.
type Options struct {
	Repository Repository
	Clock      clock.Clock
	Watch      *alert.Watch // makes alerts; nil: none
}

// New returns a Service.
func New(o Options) *Service { return &Service{repo: o.Repository, clock: o.Clock, watch: o.Watch} }

// Record takes an event over, and the alerts that it raises. A repetition
// changes nothing.
func (s *Service) Record(ctx context.Context, e events.Event) error {
	if e.Type == alert.TypeRaised {
		return fmt.Errorf("%w: an alert does not come from the broker", events.ErrMalformed)
	}
	stores, err := inventory.Stores(e)
	if err != nil {
		return err
	}
	aborted, err := isAborted(e)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	at := events.FormatTime(now)
	return s.repo.Write(ctx, func(tx Tx) error {
		isNew, err := add(tx, Entry{Event: e, Stores: stores, Aborted: aborted}, at)
		if err != nil || !isNew || s.watch == nil {
			return err
		}
		raised, err := s.watch.Observe(tx, e, stores, now)
		if err != nil {
			return err
		}
		for _, a := range raised {
			if _, err := add(tx, Entry{Event: a, Stores: []string{a.StoreID}}, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// isAborted reports whether e tells that a create broke off. The release before
// this field said so by the reason alone, which no caller can give.
func isAborted(e events.Event) (bool, error) {
	if e.Type != inventory.TypeReservationCancelled {
		return false, nil
	}
	payload, err := events.PayloadAs[inventory.ReservationCancelled](e)
	return payload.Aborted || payload.Reason == inventory.ReasonAborted, err
}

// add records an entry and queues it for the webhooks, unless it is there.
func add(tx Tx, entry Entry, at string) (isNew bool, err error) {
	entry.Seq, isNew, err = tx.Record(entry, at)
	if err != nil || !isNew {
		return false, err
	}
	return true, tx.Queue(entry, at)
}
