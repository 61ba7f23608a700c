package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/bulk/importapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// importRequest is a line of an import.
type importRequest struct {
	productName
	StoreID  string               `json:"store_id"`
	Quantity *int64               `json:"quantity"`
	Reason   httpapi.OptionalText `json:"reason"`
	thresholds
}

var importColumns = []importapi.Column[importRequest]{
	{Name: "product_id", Set: func(to *importRequest, text string) error { to.ProductID = &text; return nil }},
	{Name: "sku", Set: func(to *importRequest, text string) error { to.SKU = &text; return nil }},
	{Name: "store_id", Required: true, Set: func(to *importRequest, text string) error { to.StoreID = text; return nil }},
	number("quantity", true, func(to *importRequest) **int64 { return &to.Quantity }),
	number("min_stock", false, func(to *importRequest) **int64 { return &to.MinStock }),
	number("max_stock", false, func(to *importRequest) **int64 { return &to.MaxStock }),
	number("reorder_point", false, func(to *importRequest) **int64 { return &to.ReorderPoint }),
	number("reorder_qty", false, func(to *importRequest) **int64 { return &to.ReorderQty }),
	{Name: "reason", Set: func(to *importRequest, text string) error { to.Reason = httpapi.OptionalText(text); return nil }},
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
	file   *ledger.Import
	caller httpapi.Caller
}

// ImportState implements importapi.Importer.
func (i importer) ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return i.file.State(ctx, r)
}

// Import implements importapi.Importer.
func (i importer) Import(ctx context.Context, lines []bulk.Line[importRequest], commit bulk.Commit) error {
	return i.file.Apply(ctx, i.params(lines), commit)
}

// Remember implements importapi.Rememberer.
func (i importer) Remember(ctx context.Context, lines []bulk.Line[importRequest]) error {
	return i.file.Remember(ctx, i.params(lines))
}

func (i importer) params(lines []bulk.Line[importRequest]) []bulk.Line[ledger.ImportParams] {
	batch := make([]bulk.Line[ledger.ImportParams], len(lines))
	for at, l := range lines {
		r := l.Value
		productID, sku, err := r.texts("")
		if l.Err != nil {
			err = l.Err
		}
		// The ledger reports the error of an invalid store.
		var checks problem.Checks
		if checks.StoreID("store_id", r.StoreID); err == nil && checks.Err() == nil {
			err = i.caller.CheckStore("store_id", r.StoreID)
		}
		batch[at] = bulk.Line[ledger.ImportParams]{Number: l.Number, Err: err, Value: ledger.ImportParams{
			ProductID: productID, SKU: sku, StoreID: r.StoreID, Quantity: r.Quantity, Thresholds: r.change(),
			Reason: problem.UnixLines(string(r.Reason)),
		}}
	}
	return batch
}

// importStock serves POST /stock/import.
func (h handlers) importStock(c *gin.Context) error {
	return importapi.Import[importRequest]{
		Modes:   []string{string(ledger.ImportSet), string(ledger.ImportAdjust)},
		Columns: func(string) []importapi.Column[importRequest] { return importColumns },
		Warn: func(line importRequest) *bulk.Warning {
			if line.SKU == nil {
				return nil
			}
			return bulk.WarnSKU(*line.SKU)
		},
		Begin: func(mode string, dryRun bool) importapi.Importer[importRequest] {
			return importer{h.ledger.NewImport(ledger.ImportMode(mode), dryRun), httpapi.CallerOf(c)}
		},
	}.Run(c)
}
