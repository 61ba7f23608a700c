package reservation

import (
	"context"
	"fmt"
	"strings"

	"inventory.example/pkg/audit"
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
		a := auditor{
			rebuilt: audit.NewCheck(audit.Rebuilt), changes: audit.NewCheck(audit.OneEvent), totals: audit.NewCheck(audit.TotalsWithin),
		}
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
		report.Checks = []*audit.Check{a.totals, a.rebuilt, a.changes, outbox}
		return nil
	})
	return report, err
}

// Statuses returns the statuses of the reservations whose id is behind after,
// limit at most, by id, and the lines of those that were settled in parts.
func (s *Service) Statuses(ctx context.Context, after string, limit int) ([]audit.Reservation, error) {
	return s.repo.Statuses(ctx, after, limit)
}

// auditor compares each reservation with its events.
type auditor struct {
	rebuilt *audit.Check // the reservation according to its events
	changes *audit.Check // status and version
	totals  *audit.Check // of the lines
}

func (a auditor) stray(e events.Event) error {
	a.changes.Violate("event %s: its reservation %s does not exist", e.ID, e.AggregateID)
	return nil
}

func (a auditor) history(r Reservation, history []events.Event) error {
	a.rebuilt.Checked++
	a.changes.Checked += int64(len(history))
	a.lines(r)
	told := replayed{consistent: true}
	for _, e := range history {
		if err := told.add(r, e); err != nil {
			a.rebuilt.Violate("reservation %s: event %s: %v", r.ID, e.ID, err)
			return nil
		}
	}
	switch {
	case !told.consistent || told.status != r.Status || told.version != r.Version:
		a.changes.Violate("reservation %s is %s at version %d; its events are: %s", r.ID, r.Status, r.Version, describe(history))
	default:
		if err := told.agrees(r); err != nil {
			a.rebuilt.Violate("reservation %s: event %s: %v", r.ID, history[len(history)-1].ID, err)
		}
	}
	return nil
}

// lines checks the totals of a reservation that was settled in parts.
func (a auditor) lines(r Reservation) {
	if r.FollowsStatus() {
		return
	}
	a.totals.Checked++
	lines := r.protocolLines()
	if !protocol.ValidLines(lines) || r.Status != protocol.StatusOf(lines, r.act()) {
		a.totals.Violate("reservation %s is %s with the lines %+v", r.ID, r.Status, lines)
	}
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
