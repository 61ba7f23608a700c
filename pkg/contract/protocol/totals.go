package protocol

import "slices"

// Totals are the units of a line that were committed, released, returned and
// restocked in all so far. Reservation decides them and they only grow, so of two
// settlements of one reservation the greater one is the later one.
type Totals struct {
	Committed int64 // sold
	Released  int64 // given back before they were sold
	Returned  int64 // sold, then brought back by the customer
	Restocked int64 // brought back by the customer and added to the quantity of this line's row
}

// compare reports whether at least one total of t is greater than that of o, and
// whether at least one is smaller.
func (t Totals) compare(o Totals) (greater, smaller bool) {
	return t.Committed > o.Committed || t.Released > o.Released || t.Returned > o.Returned || t.Restocked > o.Restocked,
		t.Committed < o.Committed || t.Released < o.Released || t.Returned < o.Returned || t.Restocked < o.Restocked
}

// Line is the part of a reservation, and of its hold, that concerns one row. A
// line of quantity 0 was granted nothing; it may still take units that were sold
// in another store and are returned to this one.
type Line struct {
	ProductID string
	StoreID   string
	Quantity  int64 // granted
	Totals
}

// Held returns the units that are neither committed nor released.
func (l Line) Held() int64 { return l.Quantity - l.Committed - l.Released }

// sameRow reports whether both lines concern the same row.
func (l Line) sameRow(o Line) bool { return l.ProductID == o.ProductID && l.StoreID == o.StoreID }

// findLine returns the place of the line that concerns the same row, or -1. Both
// services keep the lines in one order, so the guess is almost always right.
func findLine(lines []Line, row Line, guess int) int {
	if guess < len(lines) && lines[guess].sameRow(row) {
		return guess
	}
	return slices.IndexFunc(lines, row.sameRow)
}

// HoldOf returns the state of a hold that has these lines: held while a unit is
// held, afterwards committed when at least one was sold, otherwise released.
func HoldOf(lines []Line) Hold {
	state := HoldReleased
	for _, l := range lines {
		switch {
		case l.Held() > 0:
			return HoldHeld
		case l.Committed > 0:
			state = HoldCommitted
		}
	}
	return state
}

// Target is the state that a settlement asks stock to reach: the totals of all
// lines, or, with Whole, the same settlement for all units of the hold. The
// releases before totals send whole settlements. So does an aborted create:
// reservation does not know which lines stock granted to it.
type Target struct {
	Whole Settlement // Commit or Release; empty: Lines
	Lines []Line
}

// Progress is the effect of a settlement to totals.
type Progress int

// The kinds of progress. A settlement that makes none because it contradicts the
// hold is never applied, as in Settle.
const (
	ProgressApplied       Progress = iota // stock moves the difference
	ProgressRepeated                      // the hold has these totals already
	ProgressOvertaken                     // the hold has greater totals already
	ProgressTombstoned                    // a release came before its hold
	ProgressContradiction                 // the totals can not be those of this hold
)

// Move is how many units of a line a settlement moves: the difference between its
// totals and those of the hold.
type Move struct {
	Commit  int64 // quantity and reserved fall
	Release int64 // reserved falls
	Restock int64 // quantity rises
}

// Settled is a hold after a settlement to totals.
type Settled struct {
	Progress Progress
	State    Hold
	Lines    []Line // those of the hold, in their order; a line that takes returned units may be new
	Moves    []Move // of each line; nil unless applied
}

// SettleTo returns the hold after a settlement to totals. The settlement changes
// the hold only when no total falls and at least one grows; stock then moves the
// difference, so a settlement that is late, repeated or overtaken moves nothing
// twice. The arguments are not changed.
func SettleTo(state Hold, hold []Line, to Target) Settled {
	unchanged := func(p Progress) Settled { return Settled{Progress: p, State: state, Lines: hold} }
	if len(hold) == 0 {
		switch {
		case to.Whole != Release && (to.Whole != "" || !releasesAll(to.Lines)):
			return unchanged(ProgressContradiction)
		case state == HoldAbsent:
			return Settled{Progress: ProgressTombstoned, State: HoldReleased}
		default:
			return unchanged(ProgressRepeated)
		}
	}
	target := to.Lines
	switch to.Whole {
	case "":
	case Commit, Release:
		target = wholeLines(hold, to.Whole)
	default:
		return unchanged(ProgressContradiction)
	}
	lines, known := matchLines(hold, target)
	if !known {
		return unchanged(ProgressContradiction)
	}
	var grows, falls bool
	for i, l := range lines {
		greater, smaller := l.compare(totalsOf(hold, i))
		grows, falls = grows || greater, falls || smaller
	}
	switch {
	case grows && falls:
		return unchanged(ProgressContradiction)
	case falls:
		return unchanged(ProgressOvertaken)
	case !grows:
		return unchanged(ProgressRepeated)
	case !ValidLines(lines):
		return unchanged(ProgressContradiction)
	}
	moves := make([]Move, len(lines))
	for i, l := range lines {
		before := totalsOf(hold, i)
		moves[i] = Move{l.Committed - before.Committed, l.Released - before.Released, l.Restocked - before.Restocked}
	}
	return Settled{Progress: ProgressApplied, State: HoldOf(lines), Lines: lines, Moves: moves}
}

// wholeLines returns the lines with the totals that a whole settlement stands for.
func wholeLines(hold []Line, whole Settlement) []Line {
	lines := slices.Clone(hold)
	for i := range lines {
		lines[i].Totals = Totals{}
		if whole == Commit {
			lines[i].Committed = lines[i].Quantity
		} else {
			lines[i].Released = lines[i].Quantity
		}
	}
	return lines
}

// matchLines returns the lines of the hold with the totals of the target, and
// after them the lines of the target that only take returned units. It is false
// when the target is not about this hold: a line has another quantity, or its row
// is not in the hold.
func matchLines(hold, target []Line) (lines []Line, known bool) {
	lines = slices.Clone(hold)
	for i := range lines {
		lines[i].Totals = Totals{}
	}
	for i, l := range target {
		switch at := findLine(lines, l, i); {
		case at >= 0 && lines[at].Quantity == l.Quantity:
			lines[at].Totals = l.Totals
		case at >= 0 || l.Quantity != 0:
			return nil, false
		case l.Totals != (Totals{}):
			lines = append(lines, l)
		}
	}
	return lines, true
}

// totalsOf returns the totals of line i of the hold; a line that the hold does not
// have yet has none.
func totalsOf(hold []Line, i int) Totals {
	if i < len(hold) {
		return hold[i].Totals
	}
	return Totals{}
}

// releasesAll reports whether lines are a reservation that ended without a sale.
func releasesAll(lines []Line) bool {
	return len(lines) > 0 && !slices.ContainsFunc(lines, func(l Line) bool {
		return l.Totals != Totals{Released: l.Quantity}
	})
}

// ValidLines reports whether totals can be those of one reservation: no line
// commits and releases more than was granted, none returns more than was
// committed, and of no product more is restocked, in all stores together, than was
// returned.
func ValidLines(lines []Line) bool {
	for _, l := range lines {
		if l.Committed < 0 || l.Released < 0 || l.Returned < 0 || l.Restocked < 0 ||
			l.Held() < 0 || l.Returned > l.Committed {
			return false
		}
		if l.Restocked > 0 && toRestock(lines, l.ProductID) < 0 {
			return false
		}
	}
	return true
}

// toRestock returns how many returned units of a product were not restocked.
func toRestock(lines []Line, productID string) (units int64) {
	for _, l := range lines {
		if l.ProductID == productID {
			units += l.Returned - l.Restocked
		}
	}
	return units
}
