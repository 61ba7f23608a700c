package ledger_test

import (
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// changeState is the model's change of a state.
func (m *model) changeState(p ledger.StateParams) problem.Code {
	r := m.rows[place{p.ProductID, p.StoreID}]
	switch {
	case p.From == p.To:
		return problem.ValidationError
	case r == nil:
		return problem.NotFound
	case p.Version != nil && *p.Version != r.version:
		return problem.VersionMismatch
	}
	units := map[ledger.State]int64{
		ledger.StateAvailable: r.available(), ledger.StateDamaged: r.unavailable.Damaged, ledger.StateOther: r.unavailable.Other,
		ledger.StateQualityControl: r.unavailable.QualityControl, ledger.StateSafetyStock: r.unavailable.SafetyStock,
	}
	if units[p.From] < p.Quantity {
		return problem.InsufficientStock
	}
	units[p.From] -= p.Quantity
	units[p.To] += p.Quantity
	r.unavailable = ledger.Unavailable{
		Damaged: units[ledger.StateDamaged], QualityControl: units[ledger.StateQualityControl],
		SafetyStock: units[ledger.StateSafetyStock], Other: units[ledger.StateOther],
	}
	m.set(r, r.quantity, r.reserved, r.reorderPoint)
	return ""
}

// delete is the model's removal of a row.
func (m *model) delete(p ledger.DeleteParams) problem.Code {
	k := place{p.ProductID, p.StoreID}
	r := m.rows[k]
	switch {
	case r == nil:
		return problem.NotFound
	case p.Version != nil && *p.Version != r.version:
		return problem.VersionMismatch
	case r.quantity+r.reserved+r.incoming > 0:
		return problem.Conflict
	}
	r.version++
	m.past[k] = r
	delete(m.rows, k)
	return ""
}

func (w *walk) changeState() {
	states := ledger.States()
	p := ledger.StateParams{
		ProductID: w.pick(products), StoreID: w.pick(stores), Quantity: w.units(1),
		From: states[w.random.IntN(len(states))], To: states[w.random.IntN(len(states))],
	}
	if w.random.IntN(3) == 0 {
		p.From = ledger.StateAvailable
	}
	p.Version = w.version(p.ProductID, p.StoreID)
	want := w.model.changeState(p)
	row, _, err := w.shop.ledger.ChangeState(w.t.Context(), p, idempotency.Request{})
	w.same("state", p, want, err)
	w.sameRow(err, row)
}

// delete removes a row, often after it was emptied.
func (w *walk) delete() {
	p := ledger.DeleteParams{ProductID: w.pick(products), StoreID: w.pick(stores)}
	if r := w.model.rows[place{p.ProductID, p.StoreID}]; r != nil && r.available() > 0 && w.random.IntN(2) == 0 {
		empty := ledger.AdjustParams{ProductID: p.ProductID, StoreID: p.StoreID, Adjustment: -r.available()}
		w.model.adjust(empty)
		if _, _, err := w.shop.ledger.Adjust(w.t.Context(), empty, idempotency.Request{}); err != nil {
			w.t.Errorf("empty %+v: %v", empty, err)
		}
	}
	p.Version = w.version(p.ProductID, p.StoreID)
	want := w.model.delete(p)
	w.same("delete", p, want, w.shop.ledger.Delete(w.t.Context(), p))
}
