package reservation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
)

// Snapshot is the whole database at one moment, for the audit. Its methods call
// each until it returns an error, which they return. Events have their id, type,
// version and payload, as they are stored, and are valid only within each.
type Snapshot interface {
	// Histories gives each reservation with its events, by seq.
	Histories(each func(r Reservation, history []events.Event) error) error
	// Strays gives the events of reservations that do not exist, by seq.
	Strays(each func(e events.Event) error) error
	// Outbox checks the table of the events itself.
	Outbox() (*audit.Check, audit.Outbox, error)
}

// Audit checks every invariant of the service's own data, all of it as it was
// at one moment.
func (s *Service) Audit(ctx context.Context) (audit.Report, error) {
	report := audit.Report{Service: "reservation"}
	err := s.repo.Snapshot(ctx, func(snapshot Snapshot) error {
		a := auditor{rebuilt: audit.NewCheck(audit.Rebuilt), changes: audit.NewCheck(audit.OneEvent)}
		if err := snapshot.Histories(a.history); err != nil {
			return err
		}
		if err := snapshot.Strays(a.stray); err != nil {
			return err
		}
		outbox, state, err := snapshot.Outbox()
		if err != nil {
			return err
		}
		report.Outbox = state
		report.Checks = []*audit.Check{a.rebuilt, a.changes, outbox}
		return nil
	})
	return report, err
}

// Statuses returns the statuses of the reservations whose id is behind after,
// limit at most, by id.
func (s *Service) Statuses(ctx context.Context, after string, limit int) ([]audit.Reservation, error) {
	return s.repo.Statuses(ctx, after, limit)
}

// auditor compares each reservation with its events.
type auditor struct {
	rebuilt *audit.Check // the reservation according to its events
	changes *audit.Check // status and version
}

func (a auditor) stray(e events.Event) error {
	a.changes.Violate("event %s: its reservation %s does not exist", e.ID, e.AggregateID)
	return nil
}

func (a auditor) history(r Reservation, history []events.Event) error {
	a.rebuilt.Checked++
	a.changes.Checked += int64(len(history))
	present := present(r, history)
	for i, e := range history {
		if err := agrees(present[i], e); err != nil {
			a.rebuilt.Violate("reservation %s: event %s: %v", r.ID, e.ID, err)
		}
	}
	if told, want := describe(history), describe(expected(r, history)); told != want || r.Version != int64(len(history)) {
		a.changes.Violate("reservation %s is %s at version %d; its events are: %s", r.ID, r.Status, r.Version, told)
	}
	return nil
}

// present returns the reservation as it is to be at each of its events: before an
// extend, it expires at the previous time of that.
func present(r Reservation, history []events.Event) []Reservation {
	list := make([]Reservation, len(history))
	for i := len(history) - 1; i >= 0; i-- {
		list[i] = r
		if history[i].Type != inventory.TypeReservationExtended {
			continue
		}
		p, err := events.PayloadAs[inventory.ReservationExtended](history[i])
		before, damaged := clock.ParseText(p.PreviousExpiresAt)
		if err == nil && damaged == nil {
			r.ExpiresAt = before
		}
	}
	return list
}

// expected returns the types and versions of the events of a reservation like
// r, which was extended as often as its history says. One that was aborted has
// never been pending.
func expected(r Reservation, history []events.Event) []events.Event {
	if r.Status == protocol.Cancelled && r.Reason == inventory.ReasonAborted {
		return []events.Event{{Type: inventory.TypeReservationCancelled, Version: 1}}
	}
	want := []events.Event{{Type: inventory.TypeReservationCreated, Version: 1}}
	for _, e := range history {
		if e.Type == inventory.TypeReservationExtended {
			want = append(want, events.Event{Type: e.Type, Version: int64(len(want)) + 1})
		}
	}
	ends := map[protocol.Status]events.Type{
		protocol.Confirmed: inventory.TypeReservationConfirmed, protocol.Cancelled: inventory.TypeReservationCancelled,
		protocol.Expired: inventory.TypeReservationExpired,
	}
	if end, over := ends[r.Status]; over {
		want = append(want, events.Event{Type: end, Version: int64(len(want)) + 1})
	}
	return want
}

// describe lists the types and versions of events.
func describe(history []events.Event) string {
	if len(history) == 0 {
		return "none"
	}
	parts := make([]string, len(history))
	for i, e := range history {
		parts[i] = fmt.Sprintf("%s at version %d", e.Type, e.Version)
	}
	return strings.Join(parts, ", ")
}

// grantsLines reports whether the lines of an event are those that the reservation was
// granted. Events of the releases before lines have none.
func grantsLines(r Reservation, lines []inventory.ReservationLine) bool {
	granted := r.AskedLines()
	lines = slices.DeleteFunc(slices.Clone(lines), func(l inventory.ReservationLine) bool { return l.Requested == 0 })
	return len(lines) == 0 || slices.EqualFunc(granted, lines, func(g Line, l inventory.ReservationLine) bool {
		return g.ProductID == l.ProductID && g.StoreID == l.StoreID && g.Quantity == l.Quantity && g.Requested == l.Requested
	})
}

// agrees returns an error unless the event and the record of the reservation agree.
func agrees(r Reservation, e events.Event) error {
	// No type has a member of another meaning under the same name.
	p, err := events.PayloadAs[inventory.ReservationCreated](e)
	if err != nil {
		return err
	}
	product, store, quantity := r.Row()
	same := p.ReservationID == r.ID && p.ProductID == product && p.StoreID == store && p.Quantity == quantity && grantsLines(r, p.Lines)
	switch e.Type {
	case inventory.TypeReservationCreated, inventory.TypeReservationExtended:
		same = same && p.CustomerID == r.CustomerID && p.ExpiresAt == clock.Text(r.ExpiresAt)
	case inventory.TypeReservationCancelled:
		cancelled, err := events.PayloadAs[inventory.ReservationCancelled](e)
		if err != nil {
			return err
		}
		same = same && cancelled.Reason == r.Reason
	}
	if !same {
		return errors.New("it differs from the record")
	}
	return nil
}
