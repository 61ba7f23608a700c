// Package rows walks every reachable state of two orders that want the same two
// rows of stock, in opposite order, while one row has enough for both and the
// other for one. Their holds and their releases are transactions that lock one row
// after the other, as a database with several writers does; a process may crash
// within one.
package rows

import (
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/test/model/search"
)

// The bugs: each leaves one rule of the protocol out, to show why it is needed.
const (
	BugLockAsAsked     = "lock-as-asked"     // rows are locked in the order of the lines
	BugLineByLine      = "line-by-line"      // each line is a transaction of its own
	BugReadBeforeLock  = "read-before-lock"  // the available units are read before the rows are locked
	BugPartUnderReject = "part-under-reject" // an order that takes no part is granted one
)

// Bugs are all of them.
var Bugs = []string{BugLockAsAsked, BugLineByLine, BugReadBeforeLock, BugPartUnderReject}

// Options are those of a walk.
type Options struct {
	TakesPart bool   // the orders take a part; otherwise all or nothing
	Bug       string // of the list Bugs: leaves out one rule
}

const (
	orders = 2
	both   = 3 // rows x and y, as a set of bits
)

// stock is how many units rows x and y have.
var stock = [2]int{2, 1}

// lines are those of the orders, as requested.
var lines = [orders][]protocol.Line{
	{{ProductID: "x", Quantity: 1}, {ProductID: "y", Quantity: 1}},
	{{ProductID: "y", Quantity: 1}, {ProductID: "x", Quantity: 1}},
}

func rowOf(l protocol.Line) uint8 { return l.ProductID[0] - 'x' }

// phase is how far an order has come.
type phase uint8

const (
	requested phase = iota + 1
	holding         // the transaction that holds its units
	held
	refused
	releasing // the transaction that gives them back
	released
)

// order is the state of one order.
type order struct {
	phase   phase
	locks   uint8 // how many rows its transaction has locked
	seen    uint8 // rows that had a unit when the transaction began
	granted uint8 // rows of which it holds a unit
}

// state is that of both orders.
type state struct {
	orders   [orders]order
	released bool // an order was released
}

// Hash spreads the state over the upper bits.
func (s state) Hash() (h uint64) {
	for _, o := range s.orders {
		h = h<<16 | uint64(o.phase)<<8 | uint64(o.locks)<<4 | uint64(o.seen)<<2 | uint64(o.granted)
	}
	if s.released {
		h |= 1 << 63
	}
	return search.Spread(h)
}

// AtRest reports whether neither order has a transaction or a request under way.
func (s state) AtRest() bool {
	return !slices.ContainsFunc(s.orders[:], func(o order) bool {
		return o.phase == requested || o.phase == holding || o.phase == releasing
	})
}

// String is one line of a trace.
func (s state) String() string {
	var b strings.Builder
	for i, o := range s.orders {
		fmt.Fprintf(&b, "order %d: %s, %d rows locked, holds", i+1,
			[...]string{"", "requested", "holding", "held", "refused", "releasing", "released"}[o.phase], o.locks)
		for row, name := range []string{" x", " y"} {
			if o.granted>>row&1 == 1 {
				b.WriteString(name)
			}
		}
		b.WriteString(" | ")
	}
	return b.String()
}

// available returns the rows that have a unit.
func (s state) available() (rows uint8) {
	for row, units := range stock {
		for _, o := range s.orders {
			units -= int(o.granted >> row & 1)
		}
		if units > 0 {
			rows |= 1 << row
		}
	}
	return rows
}

// walker goes through the states.
type walker struct {
	search.Walker[state]
	Options
}

// Walk visits every state that is reachable and stops at the first violation.
func Walk(o Options) search.Result {
	w := walker{Options: o}
	start := state{}
	for i := range start.orders {
		start.orders[i].phase = requested
	}
	return w.Run(start, func(s state) {
		w.check(s)
		for i := range s.orders {
			w.next(s, i)
		}
	})
}

// lockOrder returns the rows in the order in which order i locks them.
func (w *walker) lockOrder(i int) (rows [2]uint8) {
	for at, line := range protocol.LockOrder(lines[i]) {
		if w.Bug == BugLockAsAsked || w.Bug == BugLineByLine {
			line = at
		}
		rows[at] = rowOf(lines[i][line])
	}
	return rows
}

// locked returns the rows that the transaction of order i has locked.
func (w *walker) locked(s state, i int) (rows uint8) {
	order := w.lockOrder(i)
	for _, row := range order[:s.orders[i].locks] {
		rows |= 1 << row
	}
	return rows
}

// blocked reports whether order i waits for a row that the other has locked.
func (w *walker) blocked(s state, i int) bool {
	o := s.orders[i]
	if o.phase != holding && o.phase != releasing || o.locks == 2 {
		return false
	}
	return w.locked(s, 1-i)>>w.lockOrder(i)[o.locks]&1 == 1
}

// next adds every state that one step of order i can lead to.
func (w *walker) next(s state, i int) {
	switch o := &s.orders[i]; o.phase {
	case requested:
		o.phase, o.seen = holding, s.available()
		w.Add(s)
	case held:
		o.phase = releasing
		w.Add(s)
	case holding, releasing:
		crashed := s
		if crashed.orders[i].locks = 0; o.phase == holding {
			crashed.orders[i].phase, crashed.orders[i].seen = requested, 0
		} else {
			crashed.orders[i].phase = held
		}
		w.Add(crashed)
		switch {
		case w.Bug == BugLineByLine && o.phase == holding:
			w.takeLine(s, i)
		case o.locks == 2:
			w.commit(s, i)
		case !w.blocked(s, i):
			o.locks++
			w.Add(s)
		}
	}
}

// commit ends the transaction of order i, which has locked its rows.
func (w *walker) commit(s state, i int) {
	o := &s.orders[i]
	available := s.available()
	if w.Bug == BugReadBeforeLock {
		available = o.seen
	}
	o.locks, o.seen = 0, 0
	if o.phase == releasing {
		o.phase, o.granted, s.released = released, 0, true
		w.Add(s)
		return
	}
	var wanted, units []int64
	for _, l := range lines[i] {
		wanted, units = append(wanted, l.Quantity), append(units, int64(available>>rowOf(l)&1))
	}
	granted, filling := protocol.Fill(wanted, units, w.TakesPart || w.Bug == BugPartUnderReject)
	if o.phase = held; filling == protocol.FillRefused {
		o.phase = refused
	}
	for at, n := range granted {
		row := uint8(n) << rowOf(lines[i][at])
		if s.available()&row != row {
			w.Violate("a unit is held twice")
		}
		o.granted |= row
	}
	w.Add(s)
}

// takeLine holds the next line, which only a bug does.
func (w *walker) takeLine(s state, i int) {
	o := &s.orders[i]
	row := w.lockOrder(i)[o.locks]
	if s.available()>>row&1 == 0 {
		o.phase, o.locks, o.seen, o.granted = refused, 0, 0, 0
		w.Add(s)
		return
	}
	o.granted |= 1 << row
	if o.locks++; o.locks == 2 {
		o.phase, o.locks, o.seen = held, 0, 0
	}
	w.Add(s)
}

// check compares a state with the invariants.
func (w *walker) check(s state) {
	if w.blocked(s, 0) && w.blocked(s, 1) {
		w.Violate("deadlock: each order waits for a row that the other has locked")
	}
	none := true
	for i, o := range s.orders {
		half := o.granted != 0 && o.granted != both
		if half && !w.TakesPart {
			w.Violatef("half of order %d is held", i+1)
		}
		none = none && o.phase == refused
	}
	if none && !s.released {
		w.Violate("both orders are refused although there was enough for one")
	}
}
