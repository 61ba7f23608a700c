package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/bulk/importapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/catalog/internal/product"
)

// importRequest is a line of an import. Details that are absent or null are not
// given.
type importRequest struct {
	SKU         string         `json:"sku"`
	Name        *string        `json:"name"`
	Description *string        `json:"description"`
	Category    *string        `json:"category"`
	Price       *product.Price `json:"price"`
}

// importColumns returns the columns of CSV. An empty name, description or category is
// given, so an update removes it; a price cannot be empty.
func importColumns(mode string) []importapi.Column[importRequest] {
	text := func(name string, required bool, member func(*importRequest) **string) importapi.Column[importRequest] {
		return importapi.Column[importRequest]{Name: name, Required: required, Empty: true, Set: func(to *importRequest, text string) error {
			*member(to) = &text
			return nil
		}}
	}
	return []importapi.Column[importRequest]{
		{Name: "sku", Required: true, Set: func(to *importRequest, text string) error { to.SKU = text; return nil }},
		text("name", mode == string(product.ImportCreate), func(to *importRequest) **string { return &to.Name }),
		text("description", false, func(to *importRequest) **string { return &to.Description }),
		text("category", false, func(to *importRequest) **string { return &to.Category }),
		{Name: "price", Set: func(to *importRequest, text string) error {
			price, err := product.ParsePrice(text)
			to.Price = &price
			return err
		}},
	}
}

// importer passes lines to the core.
type importer struct{ file *product.Import }

// ImportState implements importapi.Importer.
func (i importer) ImportState(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
	return i.file.State(ctx, r)
}

// Import implements importapi.Importer.
func (i importer) Import(ctx context.Context, lines []bulk.Line[importRequest], commit bulk.Commit) error {
	batch := make([]bulk.Line[product.ImportLine], len(lines))
	for at, l := range lines {
		v := l.Value
		batch[at] = bulk.Line[product.ImportLine]{Number: l.Number, Err: l.Err, Value: product.ImportLine{
			SKU: v.SKU, Name: v.Name, Description: v.Description, Category: v.Category, Price: v.Price,
		}}
	}
	return i.file.Apply(ctx, batch, commit)
}

// importProducts serves POST /products/import.
func (h handlers) importProducts(c *gin.Context) error {
	return importapi.Import[importRequest]{
		Modes:   []string{string(product.ImportCreate), string(product.ImportUpdate), string(product.ImportUpsert)},
		Columns: importColumns,
		Warn:    func(line importRequest) *bulk.Warning { return bulk.WarnSKU(line.SKU) },
		Begin: func(mode string, dryRun bool) importapi.Importer[importRequest] {
			return importer{h.products.NewImport(product.ImportMode(mode), dryRun)}
		},
	}.Run(c)
}
