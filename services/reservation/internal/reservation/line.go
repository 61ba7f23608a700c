package reservation

import (
	"cmp"
	"slices"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
)

// Line is the part of a reservation that concerns one stock row.
type Line struct {
	protocol.Line
	Requested int64 // by the caller; more than the quantity when less was granted
}

// AuditLines returns lines in the format of the audit, by product and store.
func AuditLines(lines []Line) (list []audit.Line) {
	for _, l := range lines {
		list = append(list, audit.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked,
		})
	}
	slices.SortFunc(list, func(a, b audit.Line) int {
		return cmp.Or(cmp.Compare(a.ProductID, b.ProductID), cmp.Compare(a.StoreID, b.StoreID))
	})
	return list
}

// IsAsked reports whether the caller asked for the line. The others take the
// returned units of another store.
func (l Line) IsAsked() bool { return l.Requested > 0 }

// AllLines returns the lines of the reservation with their totals.
func (r Reservation) AllLines() []Line {
	if r.Lines != nil {
		return r.Lines
	}
	line := protocol.Line{ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity}
	line.Totals = TotalsOf(r.Status, r.Quantity)
	return []Line{{Line: line, Requested: r.Quantity}}
}

// AskedLines returns the lines that the caller asked for.
func (r Reservation) AskedLines() []Line {
	lines := r.AllLines()
	if !slices.ContainsFunc(lines, func(l Line) bool { return !l.IsAsked() }) {
		return lines
	}
	return slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return !l.IsAsked() })
}

// Row returns the product, the store and the granted units of a reservation of one
// line; one of several lines has none.
func (r Reservation) Row() (productID, storeID string, quantity int64) {
	if lines := r.AskedLines(); len(lines) == 1 {
		return lines[0].ProductID, lines[0].StoreID, lines[0].Quantity
	}
	return "", "", 0
}

// act returns the act that ended the reservation; Pending before.
func (r Reservation) act() protocol.Status { return cmp.Or(r.EndedBy, r.Status) }

// protocolLines returns all lines as package protocol has them.
func (r Reservation) protocolLines() []protocol.Line {
	all := r.AllLines()
	lines := make([]protocol.Line, len(all))
	for i, l := range all {
		lines[i] = l.Line
	}
	return lines
}

// withTotals returns the reservation with new totals. lines are those of the
// reservation in their order, and after them those that are new: rows that take
// returned units.
func (r Reservation) withTotals(lines []protocol.Line) Reservation {
	all := slices.Clone(r.AllLines())
	for i, l := range lines {
		if i == len(all) {
			all = append(all, Line{})
		}
		all[i].Line = l
	}
	r.Lines = all
	return r
}

// Stores returns the stores of the lines that the caller asked for, each once.
func (r Reservation) Stores() []string {
	if r.Lines == nil {
		return []string{r.StoreID}
	}
	var stores []string
	for _, l := range r.AskedLines() {
		if !slices.Contains(stores, l.StoreID) {
			stores = append(stores, l.StoreID)
		}
	}
	return stores
}

// TotalsOf returns the totals of a line while they follow from the status of its
// reservation.
func TotalsOf(status protocol.Status, quantity int64) protocol.Totals {
	switch status {
	case protocol.Confirmed:
		return protocol.Totals{Committed: quantity}
	case protocol.Cancelled, protocol.Expired:
		return protocol.Totals{Released: quantity}
	default:
		return protocol.Totals{}
	}
}

// ended returns the reservation with that status and all its units sold or given back
// by it.
func (r Reservation) ended(status protocol.Status) Reservation {
	r.Status = status
	if r.Lines != nil {
		r.Lines = slices.Clone(r.Lines)
		for i, l := range r.Lines {
			r.Lines[i].Totals = TotalsOf(status, l.Quantity)
		}
	}
	return r
}

// FollowsStatus reports whether the totals of all lines follow from the status.
func (r Reservation) FollowsStatus() bool {
	return !slices.ContainsFunc(r.Lines, func(l Line) bool { return l.Totals != TotalsOf(r.Status, l.Quantity) })
}

// WithLines returns the reservation with these lines, of which there is at least
// one.
func (r Reservation) WithLines(lines []Line) Reservation {
	r.ProductID, r.StoreID, r.Quantity, r.Lines = "", "", 0, lines
	if asked := r.AskedLines(); len(asked) == 1 {
		r.ProductID, r.StoreID, r.Quantity = asked[0].ProductID, asked[0].StoreID, asked[0].Quantity
	}
	if first := lines[0]; len(lines) == 1 && first.Requested == first.Quantity && r.FollowsStatus() {
		r.Lines = nil
	}
	return r
}

// state returns the part of the reservation that the payloads of all its events
// have.
func (r Reservation) state() inventory.ReservationState {
	all := r.AllLines()
	lines := make([]inventory.ReservationLine, len(all))
	for i, l := range all {
		lines[i] = inventory.ReservationLine{
			ProductID: l.ProductID, StoreID: l.StoreID, Requested: l.Requested, Quantity: l.Quantity,
			Confirmed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked,
		}
	}
	return inventory.ReservationState{Status: string(r.Status), Reference: r.Reference, Lines: lines}
}
