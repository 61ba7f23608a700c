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
	products map[string]bool // whether the product is deleted, as far as stock knows
	refused  int             // contradictions
}

type place struct{ product, store string }

type modelRow struct {
	quantity, reserved, version int64
	reorderPoint                int64
	reported                    bool // it had its stock.low and has not recovered
	lows                        int  // how often it was reported
}

func newModel() *model {
	return &model{rows: map[place]*modelRow{}, holds: map[string]*ledger.Hold{}, products: map[string]bool{}}
}

// set changes a row, and counts its stock.low.
func (m *model) set(r *modelRow, quantity, reserved, reorderPoint int64) {
	r.quantity, r.reserved, r.reorderPoint = quantity, reserved, reorderPoint
	r.version++
	above := float64(quantity - reserved - reorderPoint)
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
	m.rows[k] = &modelRow{}
	m.set(m.rows[k], p.Quantity, 0, point(p.Thresholds, ledger.DefaultReorderPoint))
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
	case r.quantity+p.Adjustment < r.reserved:
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
	case p.Quantity < r.reserved:
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
	case from.quantity-from.reserved < p.Quantity:
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
	to = &modelRow{}
	m.rows[place{p.ProductID, p.ToStore}] = to
	m.set(to, p.Quantity, 0, ledger.DefaultReorderPoint)
	return ""
}

func (m *model) hold(p ledger.HoldParams) ledger.HoldAnswer {
	if h := m.holds[p.ReservationID]; h != nil {
		switch {
		case len(h.Lines) > 0 && (h.CustomerID != p.CustomerID || h.TTLSeconds != p.TTLSeconds || !slices.Equal(h.Lines, p.Lines)):
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
		if available := r.quantity - r.reserved; available < l.Quantity {
			return ledger.HoldAnswer{Outcome: ledger.HoldInsufficient, Line: i, Available: available, Requested: l.Quantity}
		}
	}
	for _, l := range p.Lines {
		r := m.rows[place{l.ProductID, l.StoreID}]
		m.set(r, r.quantity, r.reserved+l.Quantity, r.reorderPoint)
	}
	m.holds[p.ReservationID] = &ledger.Hold{
		CustomerID: p.CustomerID, TTLSeconds: p.TTLSeconds, ExpiresAt: p.ExpiresAt, Lines: p.Lines, State: protocol.HoldHeld,
	}
	return ledger.HoldAnswer{Outcome: ledger.HoldGranted, ExpiresAt: p.ExpiresAt}
}

func (m *model) settle(p ledger.SettleParams) protocol.Effect {
	h := m.holds[p.ReservationID]
	commit := p.Settlement == protocol.Commit
	switch {
	case h == nil && commit:
		m.refused++
		return protocol.Contradiction
	case h == nil:
		m.holds[p.ReservationID] = &ledger.Hold{State: protocol.HoldReleased}
		return protocol.Tombstoned
	case h.State == protocol.HoldCommitted && commit, h.State == protocol.HoldReleased && !commit:
		return protocol.Repeated
	case h.State != protocol.HoldHeld:
		m.refused++
		return protocol.Contradiction
	}
	h.State = protocol.HoldReleased
	for _, l := range h.Lines {
		r := m.rows[place{l.ProductID, l.StoreID}]
		if commit {
			m.set(r, r.quantity-l.Quantity, r.reserved-l.Quantity, r.reorderPoint)
		} else {
			m.set(r, r.quantity, r.reserved-l.Quantity, r.reorderPoint)
		}
	}
	if commit {
		h.State = protocol.HoldCommitted
	}
	return protocol.Applied
}
