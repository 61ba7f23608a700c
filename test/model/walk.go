package main

import (
	"inventory.example/pkg/contract/protocol"
	"inventory.example/test/model/search"
)

// walker goes through the states.
type walker struct {
	search.Walker[state]
	rules rules
	lossy bool // events may be lost
	sends uint
}

// walk visits every state that is reachable when the client sends its request
// up to sends times (at most maxSends), and stops at the first violation. A bug
// of the list bugs leaves out one rule; empty: none. In a lossy walk the broker
// may lose events.
func walk(sends int, bug string, lossy bool) search.Result {
	w := walker{rules: rules{bug}, sends: uint(sends), lossy: lossy}
	return w.Run(newState(), func(s state) {
		w.check(s)
		w.next(s)
	})
}

// holdAtRest is the hold that a row must have when nothing is in flight.
var holdAtRest = map[protocol.Status]protocol.Hold{
	protocol.Absent:    protocol.HoldAbsent,
	protocol.Pending:   protocol.HoldHeld,
	protocol.Confirmed: protocol.HoldCommitted,
	protocol.Cancelled: protocol.HoldReleased,
	protocol.Expired:   protocol.HoldReleased,
}

// check compares a state with the invariants.
func (w *walker) check(s state) {
	live := 0
	for k := range uint(ids) {
		if s.row(k).Live() && !s.forgotten(k) {
			live++
		}
		if k < s.record() && !s.row(k).Settled() && !s.forgotten(k) && !w.rules.losesRows() {
			w.Violatef("attempt %d is recorded for the key, but attempt %d is not over", s.record()+1, k+1)
		}
	}
	if live > 1 {
		w.Violate("one key, two live reservations")
	}
	if !s.AtRest() {
		return
	}
	for k := range uint(ids) {
		row, hold := s.row(k), s.hold(k)
		if w.rules.bug == bugNoAbortRow && hold == protocol.HoldReleased {
			continue // without the row this is how an aborted create ends
		}
		if w.lossy && w.endsWithoutEvents(row, hold) {
			continue
		}
		if hold != holdAtRest[row] {
			w.Violatef("at rest, attempt %d: reservation %s, hold %s", k+1, orNone(row), orNone(hold))
		}
	}
}

// endsWithoutEvents reports whether a row and its hold, which do not agree, will
// agree although every event is lost: the walk acts on the holds that stock lists
// as held. A release that was lost before its hold arrived leaves nothing to
// release.
func (w *walker) endsWithoutEvents(row protocol.Status, hold protocol.Hold) bool {
	if hold == protocol.HoldHeld {
		return w.rules.bug != bugNoWalk && protocol.Walk(row) != protocol.WalkLeave
	}
	return hold == protocol.HoldAbsent && row.Settling() == protocol.Release
}
