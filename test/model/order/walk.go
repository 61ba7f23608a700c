// Package order walks every reachable state of one order of two lines from its
// create on: it is granted in whole or in part, sold and given back in parts,
// extended, returned and expired, while messages are late, lost, repeated and
// overtaken. In each state it checks that stock and reservation do not contradict
// each other. How the attempts of an Idempotency-Key follow each other is walked
// by the model of the create.
package order

import (
	"inventory.example/pkg/contract/protocol"
	"inventory.example/test/model/search"
)

// walker goes through the states.
type walker struct {
	search.Walker[state]
	rules rules
	lossy bool // events may be lost
	clock bool // time passes, and the reservation expires when it is over
	limit int  // of decisions
}

// Options are those of a walk.
type Options struct {
	Decisions int    // how often the reservation may change after its create, 1 to MaxDecisions
	Bug       string // of the list Bugs: leaves out one rule
	Clock     bool   // time passes; without, a reservation can expire at any moment
	Lossy     bool   // the broker may lose events
	Skew      bool   // stock is of the release before totals at first
}

// MaxDecisions bounds Options.Decisions.
const MaxDecisions = maxDecisions

// Walk visits every state that is reachable and stops at the first violation.
func Walk(o Options) search.Result {
	w := walker{rules: rules{o.Bug}, lossy: o.Lossy, clock: o.Clock, limit: o.Decisions}
	return w.Run(newState(o.Skew), func(s state) {
		w.check(s)
		w.next(s)
	})
}

// check compares a state with the invariants.
func (w *walker) check(s state) {
	w.checkRow(s)
	w.checkStock(s)
	if s.AtRest() {
		w.checkRest(s)
	}
}

// checkRow: a reservation has ended when no unit is held, and stock never has
// more than reservation decided.
func (w *walker) checkRow(s state) {
	status := s.statusNow()
	if status == protocol.Absent || s.aborted {
		if s.held != 0 && !s.aborted {
			w.Violate("a hold is settled before its reservation is recorded")
		}
		return
	}
	if (s.actNow() == protocol.Pending) != (status == protocol.Pending) {
		w.Violatef("a reservation is %s, and ended by %s: %s", status, s.actNow(), text(s.rowLines()))
	}
	row := s.rowLines()
	for i, l := range s.holdLines() {
		if i == len(row) {
			w.Violate("stock has settled a line that the reservation does not have")
			return
		}
		if r := row[i]; l.Committed > r.Committed || l.Released > r.Released || l.Returned > r.Returned || l.Restocked > r.Restocked {
			w.Violatef("stock has settled %s, reservation has decided %s", text(s.holdLines()), text(row))
		}
	}
}

// checkStock: no unit is lost or found, and reserved is the sum of the held units.
func (w *walker) checkStock(s state) {
	hold := s.holdLines()
	quantity, reserved := [rows]int64{wantA, wantB}, [rows]int64{int64(s.other)}
	for i, l := range hold {
		quantity[i] += l.Restocked - l.Committed
		reserved[i] += l.Held()
	}
	for i := range quantity {
		if int64(s.quantity[i]) != quantity[i] || int64(s.reserved[i]) != reserved[i] {
			w.Violatef("row %d: quantity %d reserved %d, by its holds %d and %d", i, s.quantity[i], s.reserved[i], quantity[i], reserved[i])
		}
		if s.reserved[i] > s.quantity[i] {
			w.Violatef("row %d: more is reserved than there is", i)
		}
	}
}

// checkRest: when all is delivered, stock and reservation agree.
func (w *walker) checkRest(s state) {
	if w.lossy && w.endsWithoutEvents(s) {
		return
	}
	row, hold := s.statusNow(), s.holdNow()
	agree := s.row == s.held && s.rowShort == s.holdShort && hold == protocol.HoldOf(s.rowLines())
	switch {
	case row == protocol.Absent:
		agree = hold == protocol.HoldAbsent
	case s.aborted:
		agree = hold == protocol.HoldReleased
	}
	if !agree {
		w.Violatef("at rest: reservation %s %s, hold %s %s",
			cmpOrNone(row), text(s.rowLines()), cmpOrNone(hold), text(s.holdLines()))
	}
}

// endsWithoutEvents reports whether an order and its hold, which do not agree, will
// agree although every event is lost: reservation's walk acts on the holds that
// stock lists as held, and on the returns that stock did not acknowledge. A release
// that was lost before its hold arrived leaves nothing to release.
func (w *walker) endsWithoutEvents(s state) bool {
	switch s.holdNow() {
	case protocol.HoldHeld:
		return w.rules.walk(s) != protocol.WalkLeave || s.unheard
	case protocol.HoldAbsent:
		return s.aborted
	default:
		return s.unheard
	}
}
