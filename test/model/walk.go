package main

import (
	"fmt"
	"slices"

	"inventory.example/pkg/contract/protocol"
)

// result is what a walk found.
type result struct {
	states    int      // visited, the first one included
	quiet     int      // of those that were looked at, how many are at rest
	violation string   // the first contradiction, empty: none
	trace     []string // a shortest way to it, from the first state on
}

// walker goes through the states breadth first.
type walker struct {
	rules   rules
	lossy   bool // events may be lost
	sends   uint
	visited set
	states  []state  // in the order of discovery: the queue, too
	from    []uint32 // for each state the place of the one it was reached from
	at      int      // the state being looked at
	found   string   // violation, empty: none
}

// walk visits every state that is reachable when the client sends its request
// up to sends times (at most maxSends), and stops at the first violation. A bug
// of the list bugs leaves out one rule; empty: none. In a lossy walk the broker
// may lose events.
func walk(sends int, bug string, lossy bool) result {
	w := walker{rules: rules{bug}, sends: uint(sends), lossy: lossy, visited: newSet()}
	w.add(newState())
	r := result{}
	for ; w.at < len(w.states); w.at++ {
		s := w.states[w.at]
		w.check(s)
		w.next(s)
		if s.atRest() {
			r.quiet++
		}
		if w.found != "" {
			r.violation, r.trace = w.found, w.trace()
			break
		}
	}
	r.states = len(w.states)
	return r
}

// add queues a state unless it is known.
func (w *walker) add(s state) {
	if w.visited.add(s) {
		w.states = append(w.states, s)
		w.from = append(w.from, uint32(w.at))
	}
}

// violate records a contradiction; the first one stands.
func (w *walker) violate(text string) {
	if w.found == "" {
		w.found = text
	}
}

func (w *walker) violatef(format string, args ...any) { w.violate(fmt.Sprintf(format, args...)) }

// trace is the way to the current state.
func (w *walker) trace() []string {
	var lines []string
	for at := w.at; ; at = int(w.from[at]) {
		lines = append(lines, w.states[at].String())
		if at == 0 {
			slices.Reverse(lines)
			return lines
		}
	}
}

// holdAtRest is the hold that a row must have when nothing is in flight.
var holdAtRest = map[protocol.Status]protocol.Hold{
	protocol.Absent:    protocol.HoldAbsent,
	protocol.Pending:   protocol.HoldHeld,
	protocol.Confirmed: protocol.HoldCommitted,
	protocol.Cancelled: protocol.HoldReleased,
	protocol.Expired:   protocol.HoldReleased,
}

// check holds the invariants against a state.
func (w *walker) check(s state) {
	live := 0
	for k := range uint(ids) {
		if s.row(k).Live() && !s.forgotten(k) {
			live++
		}
		if k < s.record() && !s.row(k).Settled() && !s.forgotten(k) && !w.rules.losesRows() {
			w.violatef("attempt %d is recorded for the key, but attempt %d is not over", s.record()+1, k+1)
		}
	}
	if live > 1 {
		w.violate("one key, two live reservations")
	}
	if !s.atRest() {
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
			w.violatef("at rest, attempt %d: reservation %s, hold %s", k+1, orNone(row), orNone(hold))
		}
	}
}

// endsWithoutEvents reports whether a row and its hold, which do not agree, will
// although every event is lost: the walk acts on what stock lists as held. A
// release that was lost before its hold arrived leaves nothing to be released.
func (w *walker) endsWithoutEvents(row protocol.Status, hold protocol.Hold) bool {
	if hold == protocol.HoldHeld {
		return w.rules.bug != bugNoWalk && protocol.Walk(row) != protocol.WalkLeave
	}
	return hold == protocol.HoldAbsent && row.Settling() == protocol.Release
}
