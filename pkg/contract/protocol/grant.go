package protocol

import (
	"cmp"
	"slices"
)

// Filling is how much of a request for several rows stock can grant.
type Filling int

// The kinds of filling.
const (
	FillAll     Filling = iota // every line has all its units
	FillPart                   // some units, which is granted to a request that takes a part
	FillRefused                // the request is refused, and none of its units are held
)

// Fill returns how many units of each line are granted, from the wanted units and
// the available units of its row; each line has another row. Without takesPart all
// lines are granted whole, or none; with it, each line gets the available units,
// and the request is refused when no line gets any. The grant is stored with the hold: the same request again
// gets the same units, even when more or fewer are available by then.
func Fill(wanted, available []int64, takesPart bool) (granted []int64, filling Filling) {
	granted = make([]int64, len(wanted))
	var some, short bool
	for i, units := range wanted {
		granted[i] = max(0, min(units, available[i]))
		some = some || granted[i] > 0
		short = short || granted[i] < units
	}
	switch {
	case some && !short:
		return granted, FillAll
	case some && takesPart:
		return granted, FillPart
	default:
		clear(granted)
		return granted, FillRefused
	}
}

// LockOrder returns the places of lines in the order of their rows. Each
// transaction that changes several rows changes them in this order, so two that
// want the same rows never wait for each other.
func LockOrder(lines []Line) []int {
	order := make([]int, len(lines))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(
			cmp.Compare(lines[i].ProductID, lines[j].ProductID), cmp.Compare(lines[i].StoreID, lines[j].StoreID))
	})
	return order
}
