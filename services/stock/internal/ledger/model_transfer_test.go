package ledger_test

import (
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// modelTransfer is a transfer order in the model.
type modelTransfer struct {
	ledger.TransferOrder
}

func (m *model) requestTransfer(p ledger.TransferOrderParams) (*modelTransfer, problem.Code) {
	if p.FromStore == p.ToStore {
		return nil, problem.ValidationError
	}
	t := &modelTransfer{ledger.TransferOrder{FromStore: p.FromStore, Supplier: p.Supplier, ToStore: p.ToStore, Status: "requested"}}
	for _, l := range p.Lines {
		if deleted, known := m.products[l.ProductID]; !known || deleted || p.FromStore != "" && m.rows[place{l.ProductID, p.FromStore}] == nil {
			return nil, problem.NotFound
		}
		t.Lines = append(t.Lines, ledger.TransferLine{ProductID: l.ProductID, Quantity: l.Quantity})
	}
	return t, ""
}

func (m *model) ship(t *modelTransfer) problem.Code {
	if t.Status != "requested" {
		return problem.InvalidState
	}
	short := false
	for _, l := range t.Lines {
		from := m.rows[place{l.ProductID, t.FromStore}]
		if t.FromStore != "" && from == nil {
			return problem.NotFound
		}
		short = short || from != nil && from.available() < l.Quantity
	}
	if short {
		return problem.InsufficientStock
	}
	for _, l := range t.Lines {
		to := m.rows[place{l.ProductID, t.ToStore}]
		switch {
		case to == nil && m.products[l.ProductID]:
			return problem.ProductDeleted
		case to != nil && to.incoming+l.Quantity > ledger.MaxQuantity:
			return problem.Conflict
		}
	}
	for i, l := range t.Lines {
		if from := m.rows[place{l.ProductID, t.FromStore}]; from != nil {
			m.set(from, from.quantity-l.Quantity, from.reserved, from.reorderPoint)
		}
		to := m.rows[place{l.ProductID, t.ToStore}]
		if to == nil {
			to = m.newRow(place{l.ProductID, t.ToStore})
			m.set(to, 0, 0, ledger.DefaultReorderPoint)
		}
		to.incoming += l.Quantity
		m.set(to, to.quantity, to.reserved, to.reorderPoint)
		t.Lines[i].Shipped = l.Quantity
	}
	t.Status = "shipped"
	return ""
}

func (m *model) receive(t *modelTransfer, receipts []ledger.Receipt) problem.Code {
	if t.Status != "shipped" {
		return problem.InvalidState
	}
	for i, r := range receipts { // one for each line
		if r.Received+r.Lost > t.Lines[i].OnTheWay() {
			return problem.InvalidState
		}
	}
	for _, r := range receipts {
		if m.rows[place{r.ProductID, t.ToStore}].quantity+r.Received > ledger.MaxQuantity {
			return problem.Conflict
		}
	}
	onTheWay := int64(0)
	for i, r := range receipts {
		if r.Received+r.Lost > 0 {
			to := m.rows[place{r.ProductID, t.ToStore}]
			to.incoming -= r.Received + r.Lost
			to.unavailable.Damaged += r.Damaged
			m.set(to, to.quantity+r.Received, to.reserved, to.reorderPoint)
			t.Lines[i].Received += r.Received
			t.Lines[i].Damaged += r.Damaged
			t.Lines[i].Lost += r.Lost
		}
		onTheWay += t.Lines[i].OnTheWay()
	}
	if onTheWay == 0 {
		t.Status = "received"
	}
	return ""
}

func (m *model) cancelTransfer(t *modelTransfer) problem.Code {
	if t.Status == "received" || t.Status == "cancelled" {
		return problem.InvalidState
	}
	for _, l := range t.Lines {
		if l.OnTheWay() != l.Shipped {
			return problem.InvalidState
		}
		if from := m.rows[place{l.ProductID, t.FromStore}]; from != nil && from.quantity+l.Shipped > ledger.MaxQuantity {
			return problem.Conflict
		}
	}
	for i, l := range t.Lines {
		if l.Shipped == 0 {
			continue
		}
		to := m.rows[place{l.ProductID, t.ToStore}]
		to.incoming -= l.Shipped
		m.set(to, to.quantity, to.reserved, to.reorderPoint)
		if t.FromStore != "" {
			from := m.rows[place{l.ProductID, t.FromStore}]
			if from == nil { // it was deleted when it had no units
				from = m.newRow(place{l.ProductID, t.FromStore})
				from.version++ // it is created first
			}
			m.set(from, from.quantity+l.Shipped, from.reserved, from.reorderPoint)
		}
		t.Lines[i].Shipped = 0
	}
	t.Status = "cancelled"
	return ""
}
