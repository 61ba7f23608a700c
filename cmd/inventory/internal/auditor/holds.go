package auditor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// settlePause is the time between two comparisons.
const settlePause = 200 * time.Millisecond

// standing is the state of one reservation in both services.
type standing struct {
	status protocol.Status
	hold   protocol.Hold
	// The totals that the status and the state do not say.
	reserved, held string
}

func (s standing) matches() bool {
	if s.reserved != s.held {
		return false
	}
	switch s.hold {
	case protocol.HoldHeld:
		return s.status == protocol.Pending
	case protocol.HoldCommitted:
		return s.status == protocol.Confirmed
	case protocol.HoldReleased:
		return s.status == protocol.Cancelled || s.status == protocol.Expired
	default:
		return false
	}
}

func (s standing) String() string {
	switch {
	case s.hold == protocol.HoldAbsent:
		return fmt.Sprintf("it is %s, there is no hold", s.status)
	case s.status == protocol.Absent:
		return fmt.Sprintf("its hold is %s, there is no reservation", s.hold)
	case s.reserved != s.held:
		return fmt.Sprintf("it is %s with %q, its hold is %s with %q", s.status, s.reserved, s.hold, s.held)
	default:
		return fmt.Sprintf("it is %s, its hold is %s", s.status, s.hold)
	}
}

// holds checks that reservations and holds match. In a running system some are always
// changing from one state to the next, in one service before the other, so only a
// mismatch that is the same in each of several comparisons is a violation.
func (r *auditRun) holds(ctx context.Context) error {
	check := audit.NewCheck(audit.HoldsMatch)
	suspects, checked, err := r.compareHolds(ctx)
	if err != nil {
		return err
	}
	check.Checked = checked
	end := r.clock.Now().Add(r.settle)
	for len(suspects) > 0 && r.clock.Now().Before(end) {
		if err := clock.Sleep(ctx, r.clock, settlePause); err != nil {
			return err
		}
		again, _, err := r.compareHolds(ctx)
		if err != nil {
			return err
		}
		maps.DeleteFunc(suspects, func(id string, s standing) bool { return again[id] != s })
	}
	for _, id := range slices.Sorted(maps.Keys(suspects)) {
		check.Violate("reservation %s: %s", id, suspects[id])
	}
	return r.lines.check(check, "")
}

// compareHolds reads both lists in the order of their ids, and returns the
// mismatches.
func (r *auditRun) compareHolds(ctx context.Context) (mismatches map[string]standing, checked int64, err error) {
	reservations := &list{fetch: func(after string) ([]entry, error) { return r.reservationPage(ctx, after) }}
	holds := &list{fetch: func(after string) ([]entry, error) { return r.holdPage(ctx, after) }}
	mismatches = map[string]standing{}
	for {
		a, err := reservations.peek()
		if err != nil {
			return nil, 0, err
		}
		b, err := holds.peek()
		if err != nil {
			return nil, 0, err
		}
		var id string
		var s standing
		switch {
		case a == nil && b == nil:
			return mismatches, checked, nil
		case b == nil || a != nil && a.id < b.id:
			id, s.status, s.reserved = a.id, protocol.Status(a.state), a.totals
			reservations.dropFirst()
		case a == nil || b.id < a.id:
			id, s.hold, s.held = b.id, protocol.Hold(b.state), b.totals
			holds.dropFirst()
		default:
			id, s = a.id, standing{protocol.Status(a.state), protocol.Hold(b.state), a.totals, b.totals}
			reservations.dropFirst()
			holds.dropFirst()
		}
		checked++
		if !s.matches() {
			mismatches[id] = s
		}
	}
}

func (r *auditRun) reservationPage(ctx context.Context, after string) ([]entry, error) {
	var page audit.Reservations
	if err := r.client.Page(ctx, reservation.Name, "reservations", after, &page); err != nil {
		return nil, err
	}
	entries := make([]entry, len(page.Reservations))
	for i, e := range page.Reservations {
		entries[i] = entry{e.ID, e.Status, totalsOf(e.Lines)}
	}
	return entries, nil
}

func (r *auditRun) holdPage(ctx context.Context, after string) ([]entry, error) {
	var page audit.Holds
	if err := r.client.Page(ctx, stock.Name, "holds", after, &page); err != nil {
		return nil, err
	}
	entries := make([]entry, len(page.Holds))
	for i, e := range page.Holds {
		entries[i] = entry{e.ID, e.State, totalsOf(e.Lines)}
	}
	return entries, nil
}

type entry struct{ id, state, totals string }

// totalsOf returns the lines as a text. It is empty for units that were all sold or
// all given back, which the status says too: one of the services may have come to
// that in one step, the other in several.
func totalsOf(list []audit.Line) string {
	lines := make([]protocol.Line, 0, len(list))
	for _, l := range list {
		if l.Quantity == 0 && l.Restocked == 0 {
			continue // was granted nothing
		}
		lines = append(lines, protocol.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		})
	}
	if len(lines) == 0 || protocol.WholeOf(lines) != "" {
		return ""
	}
	return fmt.Sprintf("%+v", lines)
}

// list reads a list page by page.
type list struct {
	fetch func(after string) ([]entry, error)
	page  []entry
	after string
	ended bool
}

// peek returns the next entry, nil at the end.
func (l *list) peek() (*entry, error) {
	if len(l.page) == 0 && !l.ended {
		page, err := l.fetch(l.after)
		if err != nil {
			return nil, err
		}
		l.page, l.ended = page, len(page) == 0
	}
	if l.ended {
		return nil, nil
	}
	return &l.page[0], nil
}

func (l *list) dropFirst() {
	l.after = l.page[0].id
	l.page = l.page[1:]
}
