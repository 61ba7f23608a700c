// Package search visits every state that a model can reach, breadth first.
package search

import (
	"fmt"
	"slices"
)

// State is a state of a model, packed into a value that is comparable. No state
// that is reached is the zero value.
type State interface {
	comparable
	Hash() uint64   // spread over the upper bits, see Spread
	String() string // one line of a trace
	AtRest() bool   // whether nothing is in flight
}

// Result is the outcome of a walk.
type Result struct {
	States    int      // visited, the first one included
	Quiet     int      // of those that were looked at, how many are at rest
	Violation string   // the first contradiction, empty: none
	Trace     []string // a shortest way to it, from the first state on
}

// Walker goes through the states of a model breadth first. Run it once.
type Walker[S State] struct {
	visited set[S]
	states  []S      // in the order of discovery: the queue, too
	from    []uint32 // for each state the place of the one it was reached from
	at      int      // the state being looked at
	found   string   // violation, empty: none
}

// Run visits every state that is reachable from start and stops at the first
// violation. look checks a state and adds those that one step leads to.
func (w *Walker[S]) Run(start S, look func(S)) Result {
	w.visited = newSet[S]()
	w.Add(start)
	r := Result{}
	for ; w.at < len(w.states); w.at++ {
		s := w.states[w.at]
		look(s)
		if s.AtRest() {
			r.Quiet++
		}
		if w.found != "" {
			r.Violation, r.Trace = w.found, w.trace()
			break
		}
	}
	r.States = len(w.states)
	return r
}

// Add queues a state unless it is known.
func (w *Walker[S]) Add(s S) {
	if w.visited.add(s) {
		w.states = append(w.states, s)
		w.from = append(w.from, uint32(w.at))
	}
}

// Violate records a contradiction, unless there is one already.
func (w *Walker[S]) Violate(text string) {
	if w.found == "" {
		w.found = text
	}
}

// Violatef is Violate with a format.
func (w *Walker[S]) Violatef(format string, args ...any) { w.Violate(fmt.Sprintf(format, args...)) }

// trace is the way to the current state.
func (w *Walker[S]) trace() []string {
	var lines []string
	for at := w.at; ; at = int(w.from[at]) {
		lines = append(lines, w.states[at].String())
		if at == 0 {
			slices.Reverse(lines)
			return lines
		}
	}
}
