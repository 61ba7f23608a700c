package ledger_test

import (
	"slices"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/stock/internal/ledger"
)

// target returns a settlement of a reservation: of all units, to the totals of its
// next decision, to those of an earlier one that was delayed, or, at times, to
// totals that no reservation has.
func (w *walk) target(id string) protocol.Target {
	history := w.decided[id]
	switch n := w.random.IntN(20); {
	case n < 7 && len(history) == 0, n == 0:
		return protocol.Target{Whole: []protocol.Settlement{protocol.Commit, protocol.Release}[w.random.IntN(2)]}
	case n < 6 && len(history) > 0:
		return protocol.Target{Lines: history[w.random.IntN(len(history))]}
	}
	var lines []ledger.Line
	switch {
	case len(history) > 0:
		lines = slices.Clone(history[len(history)-1])
	case w.model.asked[id] != nil:
		lines = slices.Clone(w.model.asked[id])
	default: // stock has no hold of this reservation
		lines = w.lines()
	}
	for range 1 + w.random.IntN(3) {
		lines = w.decide(lines)
	}
	if w.random.IntN(15) == 0 {
		return protocol.Target{Lines: w.impossible(lines)}
	}
	w.decided[id] = append(history, lines)
	return protocol.Target{Lines: lines}
}

// decide sells, releases or takes back some units of one line.
func (w *walk) decide(lines []ledger.Line) []ledger.Line {
	at := w.random.IntN(len(lines))
	l := &lines[at]
	switch w.random.IntN(5) {
	case 0, 1:
		l.Committed += w.some(l.Held())
	case 2:
		l.Released += w.some(l.Held())
	default:
		if n := w.some(l.Committed - l.Returned); n > 0 {
			l.Returned += n
			return w.restock(lines, l.ProductID, l.StoreID, n)
		}
	}
	return lines
}

// some returns a part of the units, mostly all of them.
func (w *walk) some(units int64) int64 {
	if units == 0 || w.random.IntN(3) > 0 {
		return units
	}
	return 1 + w.random.Int64N(units)
}

// restock adds returned units to their row, to another store's, or to none.
func (w *walk) restock(lines []ledger.Line, product, store string, units int64) []ledger.Line {
	switch w.random.IntN(4) {
	case 0:
		return lines
	case 1, 2:
		if to := w.pick(stores); to != store {
			w.seen["returned elsewhere"]++
			if w.model.rows[place{product, to}] == nil {
				w.seen["returned to a new row"]++
			}
			store = to
		}
	}
	at := slices.IndexFunc(lines, func(l ledger.Line) bool { return l.ProductID == product && l.StoreID == store })
	if at < 0 {
		at, lines = len(lines), append(lines, ledger.Line{ProductID: product, StoreID: store})
	}
	lines[at].Restocked += units
	return lines
}

// impossible returns lines that no reservation can have.
func (w *walk) impossible(lines []ledger.Line) []ledger.Line {
	lines = slices.Clone(lines)
	l := &lines[w.random.IntN(len(lines))]
	switch w.random.IntN(4) {
	case 0:
		l.Quantity++
	case 1:
		l.Committed += l.Held() + 1
	case 2:
		l.Returned = l.Committed + 1
	default:
		l.Restocked += 100
	}
	return lines
}
