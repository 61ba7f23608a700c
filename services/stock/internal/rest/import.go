package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/bulk/importapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// importRequest is a line of an import.
type importRequest struct {
	ProductID httpapi.OptionalText `json:"product_id"`
	SKU       httpapi.OptionalText `json:"sku"`
	StoreID   string               `json:"store_id"`
	Quantity  *int64               `json:"quantity"`
	thresholds
}

var importColumns = []importapi.Column[importRequest]{
	{Name: "product_id", Set: func(to *importRequest, text string) error { to.ProductID = httpapi.OptionalText(text); return nil }},
	{Name: "sku", Set: func(to *importRequest, text string) error { to.SKU = httpapi.OptionalText(text); return nil }},
	{Name: "store_id", Required: true, Set: func(to *importRequest, text string) error { to.StoreID = text; return nil }},
	number("quantity", true, func(to *importRequest) **int64 { return &to.Quantity }),
	number("min_stock", false, func(to *importRequest) **int64 { return &to.MinStock }),
	number("max_stock", false, func(to *importRequest) **int64 { return &to.MaxStock }),
	number("reorder_point", false, func(to *importRequest) **int64 { return &to.ReorderPoint }),
	number("reorder_qty", false, func(to *importRequest) **int64 { return &to.ReorderQty }),
}

// number is a column with whole numbers.
func number(name string, required bool, member func(*importRequest) **int64) importapi.Column[importRequest] {
	return importapi.Column[importRequest]{Name: name, Required: required, Set: func(to *importRequest, text string) (err error) {
		*member(to), err = importapi.Int(text)
		return err
	}}
}

// importer passes the lines that the caller may import to the ledger.
type importer struct {
	*ledger.Service
	caller httpapi.Caller
}

// Import implements importapi.Importer.
func (i importer) Import(ctx context.Context, lines []bulk.Line[importRequest], commit bulk.Commit) error {
	batch := make([]bulk.Line[ledger.ImportParams], len(lines))
	for at, l := range lines {
		r, err := l.Value, l.Err
		// The ledger reports the error of an invalid store.
		var checks problem.Checks
		if checks.StoreID("store_id", r.StoreID); err == nil && checks.Err() == nil {
			err = i.caller.CheckStore("store_id", r.StoreID)
		}
		batch[at] = bulk.Line[ledger.ImportParams]{Number: l.Number, Err: err, Value: ledger.ImportParams{
			ProductID: string(r.ProductID), SKU: string(r.SKU), StoreID: r.StoreID, Quantity: r.Quantity, Thresholds: r.change(),
		}}
	}
	return i.Service.Import(ctx, batch, commit)
}

// importStock serves POST /stock/import.
func (h handlers) importStock(c *gin.Context) error {
	return importapi.Run(c, importColumns, importer{h.ledger, httpapi.CallerOf(c)})
}
