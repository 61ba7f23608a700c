package rest

import (
	"inventory.example/pkg/clock"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/stock/internal/ledger"
)

// savedRow is the saved document of a stock row that a request created or changed,
// so that a repeated request gets the same response. Documents are kept for two
// days, even over an upgrade: a field whose meaning changes needs another version.
type savedRow struct {
	Format     int             `json:"format,omitempty"` // the version of the document; 0 in those of releases that had none, with the same fields
	ProductID  string          `json:"product_id"`
	StoreID    string          `json:"store_id"`
	Quantity   int64           `json:"quantity"`
	Reserved   int64           `json:"reserved"`
	Thresholds savedThresholds `json:"thresholds"`
	Version    int64           `json:"version"`
	UpdatedAt  string          `json:"updated_at"`
	Product    savedProduct    `json:"product"`
	// Unavailable and Incoming are absent in documents of releases without them.
	Unavailable states `json:"unavailable,omitzero"`
	Incoming    int64  `json:"incoming,omitempty"`
	NewStore    bool   `json:"new_store,omitempty"`
}

type savedThresholds struct {
	MinStock     int64  `json:"min_stock"`
	MaxStock     int64  `json:"max_stock"`
	ReorderPoint *int64 `json:"reorder_point,omitempty"`
	ReorderQty   int64  `json:"reorder_qty"`
}

type savedProduct struct {
	ID      string `json:"id"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Deleted bool   `json:"deleted"`
	Version int64  `json:"version"`
}

// savedTransfer is the document of a transfer. Its rows have no version of their
// own.
type savedTransfer struct {
	Format   int      `json:"format"` // as in savedRow
	From     savedRow `json:"from"`
	To       savedRow `json:"to"`
	Quantity int64    `json:"quantity"`
	Reason   string   `json:"reason"`
}

const (
	savedRowFormat      = 1
	savedTransferFormat = 1
)

// SavedRows returns the form in which the results of creates and adjustments are
// saved.
func SavedRows() idempotency.Format[ledger.Row] {
	return idempotency.Document[ledger.Row, savedRow]{
		Newest:  savedRowFormat,
		Version: func(d savedRow) int { return d.Format },
		Of: func(r ledger.Row) savedRow {
			d := saveRow(r)
			d.Format = savedRowFormat
			return d
		},
		Result: savedRow.row,
	}
}

// SavedTransfers returns the form in which the results of transfers are saved.
func SavedTransfers() idempotency.Format[ledger.Transfer] {
	return idempotency.Document[ledger.Transfer, savedTransfer]{
		Newest:  savedTransferFormat,
		Version: func(d savedTransfer) int { return d.Format },
		Of: func(t ledger.Transfer) savedTransfer {
			return savedTransfer{
				Format: savedTransferFormat, From: saveRow(t.From), To: saveRow(t.To), Quantity: t.Quantity, Reason: t.Reason,
			}
		},
		Result: savedTransfer.transfer,
	}
}

func saveRow(r ledger.Row) savedRow {
	return savedRow{
		ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Reserved: r.Reserved,
		Thresholds: savedThresholds(r.Thresholds), Version: r.Version, UpdatedAt: clock.Text(r.UpdatedAt), Product: savedProduct(r.Product),
		Unavailable: states(r.Unavailable), Incoming: r.Incoming,
		NewStore: r.NewStore,
	}
}

func (d savedRow) row() (r ledger.Row, err error) {
	r = ledger.Row{
		ProductID: d.ProductID, StoreID: d.StoreID, Quantity: d.Quantity, Reserved: d.Reserved,
		Thresholds: ledger.Thresholds(d.Thresholds), Version: d.Version, Product: ledger.Product(d.Product),
		Unavailable: ledger.Unavailable(d.Unavailable), Incoming: d.Incoming,
		NewStore: d.NewStore,
	}
	r.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return r, err
}

func (d savedTransfer) transfer() (t ledger.Transfer, err error) {
	t = ledger.Transfer{Quantity: d.Quantity, Reason: d.Reason}
	if t.From, err = d.From.row(); err != nil {
		return t, err
	}
	t.To, err = d.To.row()
	return t, err
}
