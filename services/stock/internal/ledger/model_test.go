package ledger_test

import (
	"slices"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// model is the behaviour of the ledger in the simplest form: no transaction, no
// event, no version but a count.
type model struct {
	rows     map[place]*modelRow
	holds    map[string]*ledger.Hold
	asked    map[string][]ledger.Line // of each reservation that has a hold
	products map[string]bool          // whether the product is deleted, as far as stock knows
	refused  int                      // contradictions
	past     map[place]*modelRow      // rows that were deleted
}

type place struct{ product, store string }

type modelRow struct {
	quantity, reserved, version int64
	reorderPoint                int64
	unavailable                 ledger.Unavailable
	reported                    bool // it had its stock.low and has not recovered
	lows                        int  // how often it was reported
	incoming                    int64
}

func (r *modelRow) available() int64 { return r.quantity - r.reserved - r.unavailable.Sum() }

// newRow returns a row without units, of the version before its first one.
func (m *model) newRow(k place) *modelRow {
	r := &modelRow{reorderPoint: ledger.DefaultReorderPoint}
	if past := m.past[k]; past != nil {
		r.version, r.lows = past.version, past.lows
	}
	m.rows[k] = r
	return r
}

func newModel() *model {
	return &model{rows: map[place]*modelRow{}, past: map[place]*modelRow{}, holds: map[string]*ledger.Hold{}, asked: map[string][]ledger.Line{}, products: map[string]bool{}}
}

// set changes a row, and counts its stock.low.
func (m *model) set(r *modelRow, quantity, reserved, reorderPoint int64) {
	r.quantity, r.reserved, r.reorderPoint = quantity, reserved, reorderPoint
	r.version++
	above := float64(r.available() - reorderPoint)
	switch {
	case above <= 0 && !r.reported:
		r.lows++
		r.reported = true
	case above >= 1 && above >= float64(reorderPoint)/10:
		r.reported = false
	}
}

func (m *model) create(p ledger.CreateParams, known bool) problem.Code {
	k := place{p.ProductID, p.StoreID}
	if deleted := m.products[p.ProductID]; !known || deleted {
		return problem.NotFound
	}
	if m.rows[k] != nil {
		return problem.Conflict
	}
	m.products[p.ProductID] = false
	m.set(m.newRow(k), p.Quantity, 0, point(p.Thresholds, ledger.DefaultReorderPoint))
	return ""
}

func point(c ledger.ThresholdChange, otherwise int64) int64 {
	if c.ReorderPoint == nil {
		return otherwise
	}
	return *c.ReorderPoint
}

func (m *model) adjust(p ledger.AdjustParams) problem.Code {
	r := m.rows[place{p.ProductID, p.StoreID}]
	switch {
	case r == nil:
		return problem.NotFound
	case p.Version != nil && *p.Version != r.version:
		return problem.VersionMismatch
	case r.available()+p.Adjustment < 0:
		return problem.InsufficientStock
	case r.quantity+p.Adjustment > ledger.MaxQuantity:
		return problem.Conflict
	}
	m.set(r, r.quantity+p.Adjustment, r.reserved, r.reorderPoint)
	return ""
}

func (m *model) update(p ledger.UpdateParams) problem.Code {
	r := m.rows[place{p.ProductID, p.StoreID}]
	switch {
	case r == nil:
		return problem.NotFound
	case p.Version != nil && *p.Version != r.version:
		return problem.VersionMismatch
	case p.Quantity < r.reserved+r.unavailable.Sum():
		return problem.Conflict
	}
	m.set(r, p.Quantity, r.reserved, point(p.Thresholds, r.reorderPoint))
	return ""
}

func (m *model) transfer(p ledger.TransferParams) problem.Code {
	from, to := m.rows[place{p.ProductID, p.FromStore}], m.rows[place{p.ProductID, p.ToStore}]
	switch {
	case p.FromStore == p.ToStore:
		return problem.ValidationError
	case from == nil:
		return problem.NotFound
	case from.available() < p.Quantity:
		return problem.InsufficientStock
	case to == nil && m.products[p.ProductID]:
		return problem.NotFound
	case to != nil && to.quantity+p.Quantity > ledger.MaxQuantity:
		return problem.Conflict
	}
	m.set(from, from.quantity-p.Quantity, from.reserved, from.reorderPoint)
	if to != nil {
		m.set(to, to.quantity+p.Quantity, to.reserved, to.reorderPoint)
		return ""
	}
	m.set(m.newRow(place{p.ProductID, p.ToStore}), p.Quantity, 0, ledger.DefaultReorderPoint)
	return ""
}

func (m *model) hold(p ledger.HoldParams) ledger.HoldAnswer {
	if h := m.holds[p.ReservationID]; h != nil {
		switch {
		case len(h.Lines) > 0 && (h.CustomerID != p.CustomerID || h.TTLSeconds != p.TTLSeconds || !slices.Equal(m.asked[p.ReservationID], p.Lines)):
			return ledger.HoldAnswer{Outcome: ledger.HoldMismatch}
		case h.State == protocol.HoldHeld:
			return ledger.HoldAnswer{Outcome: ledger.HoldGranted, ExpiresAt: h.ExpiresAt}
		default:
			return ledger.HoldAnswer{Outcome: ledger.HoldSettled}
		}
	}
	for i, l := range p.Lines {
		r := m.rows[place{l.ProductID, l.StoreID}]
		if r == nil {
			return ledger.HoldAnswer{Outcome: ledger.HoldNoRow, Line: i}
		}
		if m.products[l.ProductID] {
			return ledger.HoldAnswer{Outcome: ledger.HoldProductDeleted, Line: i}
		}
		if available := r.available(); available < l.Quantity {
			return ledger.HoldAnswer{
				Outcome: ledger.HoldInsufficient, Line: i, Available: available, Requested: l.Quantity, Short: m.short(p.Lines),
			}
		}
	}
	for _, l := range p.Lines {
		r := m.rows[place{l.ProductID, l.StoreID}]
		m.set(r, r.quantity, r.reserved+l.Quantity, r.reorderPoint)
	}
	m.asked[p.ReservationID] = p.Lines
	m.holds[p.ReservationID] = &ledger.Hold{
		CustomerID: p.CustomerID, TTLSeconds: p.TTLSeconds, ExpiresAt: p.ExpiresAt, Lines: p.Lines, State: protocol.HoldHeld,
	}
	return ledger.HoldAnswer{Outcome: ledger.HoldGranted, ExpiresAt: p.ExpiresAt}
}

// short returns all lines that are short, unless there is one line only.
func (m *model) short(lines []ledger.Line) (short []ledger.ShortLine) {
	for i, l := range lines {
		r := m.rows[place{l.ProductID, l.StoreID}]
		if len(lines) > 1 && r != nil && !m.products[l.ProductID] && r.available() < l.Quantity {
			short = append(short, ledger.ShortLine{
				Line: i, ProductID: l.ProductID, StoreID: l.StoreID, Requested: l.Quantity, Available: r.available(),
			})
		}
	}
	return short
}

func (m *model) settle(p ledger.SettleParams) protocol.Progress {
	h := m.holds[p.ReservationID]
	if h == nil || len(h.Lines) == 0 {
		if !releasesAll(p.Target) {
			m.refused++
			return protocol.ProgressContradiction
		}
		if h != nil {
			return protocol.ProgressRepeated
		}
		m.holds[p.ReservationID] = &ledger.Hold{State: protocol.HoldReleased}
		return protocol.ProgressTombstoned
	}
	after, possible := linesAfter(h.Lines, p.Target)
	grows, falls := false, false
	for i, l := range after {
		var before protocol.Totals
		if i < len(h.Lines) {
			before = h.Lines[i].Totals
		}
		for _, d := range []int64{
			l.Committed - before.Committed, l.Released - before.Released, l.Returned - before.Returned, l.Restocked - before.Restocked,
		} {
			grows, falls = grows || d > 0, falls || d < 0
		}
	}
	switch {
	case possible && falls && !grows:
		return protocol.ProgressOvertaken
	case possible && !grows:
		return protocol.ProgressRepeated
	case !possible || falls || !m.canSettle(h, after):
		m.refused++
		return protocol.ProgressContradiction
	}
	m.moveUnits(h, after)
	return protocol.ProgressApplied
}

// releasesAll reports whether a settlement gives back all units of a reservation.
func releasesAll(to protocol.Target) bool {
	for _, l := range to.Lines {
		if l.Committed+l.Returned+l.Restocked > 0 || l.Released != l.Quantity {
			return false
		}
	}
	return to.Whole == protocol.Release || to.Whole == "" && len(to.Lines) > 0
}

// linesAfter returns the lines of a hold with the totals of a settlement, and
// whether the settlement can be one of this hold.
func linesAfter(lines []ledger.Line, to protocol.Target) (after []ledger.Line, possible bool) {
	after = slices.Clone(lines)
	for i, l := range after {
		switch to.Whole {
		case protocol.Commit:
			after[i].Totals = protocol.Totals{Committed: l.Quantity}
		case protocol.Release:
			after[i].Totals = protocol.Totals{Released: l.Quantity}
		default:
			after[i].Totals = protocol.Totals{}
		}
	}
	for _, l := range to.Lines {
		at := slices.IndexFunc(after, func(o ledger.Line) bool { return o.ProductID == l.ProductID && o.StoreID == l.StoreID })
		switch {
		case at >= 0 && after[at].Quantity == l.Quantity:
			after[at] = l
		case at >= 0 || l.Quantity > 0:
			return nil, false
		default:
			after = append(after, l)
		}
	}
	return after, true
}

// canSettle reports whether lines can be those of a reservation, and whether the
// returned units fit into their rows.
func (m *model) canSettle(h *ledger.Hold, after []ledger.Line) bool {
	toRestock := map[string]int64{}
	for i, l := range after {
		toRestock[l.ProductID] += l.Returned - l.Restocked
		if l.Committed+l.Released > l.Quantity || l.Returned > l.Committed {
			return false
		}
		r := m.rows[place{l.ProductID, l.StoreID}]
		if r == nil {
			continue
		}
		quantity := r.quantity - l.Committed + l.Restocked
		if i < len(h.Lines) {
			quantity += h.Lines[i].Committed - h.Lines[i].Restocked
		}
		if quantity > ledger.MaxQuantity {
			return false
		}
	}
	for _, units := range toRestock {
		if units < 0 {
			return false
		}
	}
	return true
}

// moveUnits gives a hold its lines, and moves the difference: first the sold units,
// then the released and the returned ones.
func (m *model) moveUnits(h *ledger.Hold, after []ledger.Line) {
	for i, l := range after {
		before := ledger.Line{}
		if i < len(h.Lines) {
			before = h.Lines[i]
		}
		r := m.rows[place{l.ProductID, l.StoreID}]
		if n := l.Committed - before.Committed; n > 0 {
			m.set(r, r.quantity-n, r.reserved-n, r.reorderPoint)
		}
		if n := l.Released - before.Released; n > 0 {
			m.set(r, r.quantity, r.reserved-n, r.reorderPoint)
		}
		if n := l.Restocked - before.Restocked; n > 0 {
			if r == nil {
				r = m.newRow(place{l.ProductID, l.StoreID})
				r.version++ // it is created first
			}
			m.set(r, r.quantity+n, r.reserved, r.reorderPoint)
		}
	}
	h.Lines, h.State = after, protocol.HoldReleased
	for _, l := range after {
		if l.Committed > 0 {
			h.State = protocol.HoldCommitted
		}
	}
	for _, l := range after {
		if l.Committed+l.Released < l.Quantity {
			h.State = protocol.HoldHeld
		}
	}
}
