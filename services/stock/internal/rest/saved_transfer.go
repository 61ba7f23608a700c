package rest

import (
	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/stock/internal/ledger"
)

// savedTransferOrder is the saved document of a transfer order, as a savedRow is that
// of a row.
type savedTransferOrder struct {
	Format     int                   `json:"format"` // the version of the document
	ID         string                `json:"id"`
	FromStore  string                `json:"from_store_id,omitempty"`
	Supplier   string                `json:"supplier,omitempty"`
	ToStore    string                `json:"to_store_id"`
	Reference  string                `json:"reference,omitempty"`
	ExpectedAt string                `json:"expected_at,omitempty"`
	Status     ledger.TransferStatus `json:"status"`
	Lines      []savedTransferLine   `json:"lines"`
	Actor      string                `json:"actor"`
	Version    int64                 `json:"version"`
	CreatedAt  string                `json:"created_at"`
	UpdatedAt  string                `json:"updated_at"`
	NewStore   bool                  `json:"new_store,omitempty"`
}

type savedTransferLine struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Shipped   int64  `json:"shipped"`
	Received  int64  `json:"received"`
	Damaged   int64  `json:"damaged"`
	Lost      int64  `json:"lost"`
}

const savedTransferOrderFormat = 1

// SavedTransferOrders returns the form in which the results of changes of transfer
// orders are saved.
func SavedTransferOrders() idempotency.Format[ledger.TransferOrder] {
	return idempotency.Document[ledger.TransferOrder, savedTransferOrder]{
		Newest:  savedTransferOrderFormat,
		Version: func(d savedTransferOrder) int { return d.Format },
		Of:      saveTransferOrder,
		Result:  savedTransferOrder.order,
	}
}

func saveTransferOrder(t ledger.TransferOrder) savedTransferOrder {
	d := savedTransferOrder{
		Format: savedTransferOrderFormat, ID: t.ID, FromStore: t.FromStore, Supplier: t.Supplier, ToStore: t.ToStore,
		Reference: t.Reference, ExpectedAt: clock.Text(t.ExpectedAt), Status: t.Status, Actor: t.Actor, Version: t.Version,
		CreatedAt: clock.Text(t.CreatedAt), UpdatedAt: clock.Text(t.UpdatedAt), NewStore: t.NewStore,
	}
	for _, l := range t.Lines {
		d.Lines = append(d.Lines, savedTransferLine(l))
	}
	return d
}

func (d savedTransferOrder) order() (t ledger.TransferOrder, err error) {
	t = ledger.TransferOrder{
		ID: d.ID, FromStore: d.FromStore, Supplier: d.Supplier, ToStore: d.ToStore, Reference: d.Reference, Status: d.Status,
		Actor: d.Actor, Version: d.Version, NewStore: d.NewStore,
	}
	for _, l := range d.Lines {
		t.Lines = append(t.Lines, ledger.TransferLine(l))
	}
	if t.ExpectedAt, err = clock.ParseText(d.ExpectedAt); err != nil {
		return t, err
	}
	if t.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return t, err
	}
	t.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return t, err
}
