package protocol

import (
	"cmp"
	"slices"
)

// Units are a number of units of one row.
type Units struct {
	ProductID string
	StoreID   string
	Quantity  int64
}

func (u Units) line() Line { return Line{ProductID: u.ProductID, StoreID: u.StoreID} }

// StatusOf returns the status of a reservation that has these lines: pending
// while a unit is held, afterwards confirmed when at least one was sold, otherwise
// that of the act which ended it. The act is Confirmed, Cancelled or Expired, and
// Pending before: reservation stores it, because the status does not have it.
// Units may be sold first, and the others expire.
func StatusOf(lines []Line, act Status) Status {
	switch HoldOf(lines) {
	case HoldHeld:
		return Pending
	case HoldCommitted:
		return Confirmed
	default:
		return act
	}
}

// IsDue reports whether the time of a pending reservation is over. Times are
// anything that sorts by time. The expiry asks in the transaction that ends the
// reservation, with the row as it is by then: the time that it found the
// reservation by may have been extended since.
func IsDue[T cmp.Ordered](act Status, expiresAt, at T) bool {
	return act == Pending && expiresAt <= at
}

// Ending is the outcome of a confirm or a cancel, of all units or of some.
type Ending int

// The kinds of ending; only EndApplied changes the reservation.
const (
	EndApplied  Ending = iota
	EndRepeated        // a confirm or cancel of all units, by which the reservation ended already
	EndExpired         // the time of the reservation is over
	EndSettled         // the reservation ended by another act
	EndTooMany         // more units than are held
	EndNoLine          // units of a row that the reservation does not have
)

// Ended is a reservation after an ending.
type Ended struct {
	Ending Ending
	Act    Status // by which the reservation ended; Pending: a unit is held
	Lines  []Line
	Line   int // with EndTooMany and EndNoLine: the place of the units at fault
}

// Confirm sells units, or all that are held when units is nil. The rest stays
// held with keep and is given back otherwise.
func Confirm[T cmp.Ordered](act Status, lines []Line, units []Units, keep bool, expiresAt, at T) Ended {
	return endUnits(act, Confirmed, lines, units, expiresAt, at, func(lines []Line, l int, n int64) {
		lines[l].Committed += n
	}, !keep)
}

// Cancel gives units back, or all that are held when units is nil.
func Cancel[T cmp.Ordered](act Status, lines []Line, units []Units, expiresAt, at T) Ended {
	return endUnits(act, Cancelled, lines, units, expiresAt, at, func(lines []Line, l int, n int64) {
		lines[l].Released += n
	}, false)
}

// endUnits takes units out of the held ones, by the function add, and gives the
// rest back if release is true. to is the act that this is.
func endUnits[T cmp.Ordered](
	act, to Status, lines []Line, units []Units, expiresAt, at T, add func(lines []Line, l int, n int64), release bool,
) Ended {
	unchanged := Ended{Act: act, Lines: lines}
	switch {
	case units == nil && act == to:
		unchanged.Ending = EndRepeated
		return unchanged
	case act == Expired || IsDue(act, expiresAt, at):
		unchanged.Ending = EndExpired
		return unchanged
	case act != Pending:
		unchanged.Ending = EndSettled
		return unchanged
	}
	lines = slices.Clone(lines)
	for i, u := range units {
		at := findLine(lines, u.line(), i)
		switch {
		case at < 0:
			unchanged.Ending, unchanged.Line = EndNoLine, i
			return unchanged
		case u.Quantity < 1 || u.Quantity > lines[at].Held():
			unchanged.Ending, unchanged.Line = EndTooMany, i
			return unchanged
		}
		add(lines, at, u.Quantity)
	}
	for i := range lines {
		if units == nil {
			add(lines, i, lines[i].Held())
		} else if release {
			lines[i].Released += lines[i].Held()
		}
	}
	return endedBy(to, lines)
}

// endedBy returns the reservation with its new lines, which ends by the act unless
// a unit is held.
func endedBy(act Status, lines []Line) Ended {
	if HoldOf(lines) == HoldHeld {
		act = Pending
	}
	return Ended{Ending: EndApplied, Act: act, Lines: lines}
}

// Expire gives all held units of a reservation back when its time is over.
func Expire[T cmp.Ordered](act Status, lines []Line, expiresAt, at T) Ended {
	if !IsDue(act, expiresAt, at) {
		return Ended{Ending: EndSettled, Act: act, Lines: lines}
	}
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].Released += lines[i].Held()
	}
	return endedBy(Expired, lines)
}

// Extension is the outcome of an extend.
type Extension int

// The kinds of extension; only ExtendMoved changes the reservation.
const (
	ExtendMoved   Extension = iota
	ExtendKept              // it expires at that time, or later, already
	ExtendExpired           // its time is over
	ExtendSettled           // it came to an end
	ExtendTooLong           // it would live longer than any may
)

// Extend returns when a reservation expires after a request to let it expire at
// wanted. It never moves to an earlier time: a caller who was given a time can
// rely on it, also when another caller asks for an earlier one. at is the time of
// the request, latest the last time at which the reservation may expire.
func Extend[T cmp.Ordered](act Status, expiresAt, at, wanted, latest T) (T, Extension) {
	switch {
	case act == Expired || IsDue(act, expiresAt, at):
		return expiresAt, ExtendExpired
	case act != Pending:
		return expiresAt, ExtendSettled
	case wanted <= expiresAt:
		return expiresAt, ExtendKept
	case wanted > latest:
		return expiresAt, ExtendTooLong
	default:
		return wanted, ExtendMoved
	}
}

// Returning is the outcome of a return.
type Returning int

// The kinds of returning; only ReturnApplied changes the reservation.
const (
	ReturnApplied Returning = iota
	ReturnTooMany           // more units than were sold and not yet returned
	ReturnNoLine            // units of a row that the reservation does not have
)

// Returned is a reservation after a return.
type Returned struct {
	Returning Returning
	Lines     []Line
	Line      int // unless applied: the place of the units at fault
}

// Return takes sold units back. With restock they are added to the quantity of
// their row, or of the row of the same product in toStore if that is not empty;
// without, only the reservation records them. The status does not change.
func Return(lines []Line, units []Units, restock bool, toStore string) Returned {
	unchanged := Returned{Lines: lines}
	lines = slices.Clone(lines)
	for i, u := range units {
		at := findLine(lines, u.line(), i)
		switch {
		case at < 0:
			unchanged.Returning, unchanged.Line = ReturnNoLine, i
			return unchanged
		case u.Quantity < 1 || u.Quantity > lines[at].Committed-lines[at].Returned:
			unchanged.Returning, unchanged.Line = ReturnTooMany, i
			return unchanged
		}
		lines[at].Returned += u.Quantity
		if !restock {
			continue
		}
		row := Line{ProductID: u.ProductID, StoreID: cmp.Or(toStore, u.StoreID)}
		if at = findLine(lines, row, at); at < 0 {
			at, lines = len(lines), append(lines, row)
		}
		lines[at].Restocked += u.Quantity
	}
	return Returned{Lines: lines}
}

// WholeOf returns the whole settlement that says the same as the totals of lines:
// all units of all lines are committed, or all are released. It is empty when
// totals alone can say it. A stock of the release before totals takes whole
// settlements only: reservation decides nothing else until it knows that stock
// takes totals.
func WholeOf(lines []Line) Settlement {
	commits, releases := true, true
	for _, l := range lines {
		commits = commits && l.Totals == Totals{Committed: l.Quantity}
		releases = releases && l.Totals == Totals{Released: l.Quantity}
	}
	switch {
	case commits && !releases:
		return Commit
	case releases && !commits:
		return Release
	default:
		return ""
	}
}

// MayDecide reports whether reservation may give its lines these totals: always
// when a whole settlement says the same, otherwise only when stock takes totals.
func MayDecide(lines []Line, takesTotals bool) bool { return takesTotals || WholeOf(lines) != "" }

// WalkTotals is Walk for a hold of which stock also lists how many units it
// committed and released in all. A reservation that is pending may have sold or
// given back some of its units, and of that settlement nothing but the walk may be
// left.
func WalkTotals(row Status, lines []Line, settled int64) Remedy {
	remedy := Walk(row)
	if remedy == WalkLeave && settledUnits(lines) > settled {
		return WalkSettle
	}
	return remedy
}

// settledUnits returns how many units are committed and released in all.
func settledUnits(lines []Line) (units int64) {
	for _, l := range lines {
		units += l.Committed + l.Released
	}
	return units
}
