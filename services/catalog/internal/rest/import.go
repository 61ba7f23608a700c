package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/bulk/importapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/services/catalog/internal/product"
)

var importColumns = []importapi.Column[detailsRequest]{
	{Name: "sku", Required: true, Set: func(to *detailsRequest, text string) error { to.SKU = text; return nil }},
	{Name: "name", Required: true, Set: func(to *detailsRequest, text string) error { to.Name = text; return nil }},
	{Name: "description", Set: func(to *detailsRequest, text string) error { to.Description = httpapi.OptionalText(text); return nil }},
	{Name: "category", Set: func(to *detailsRequest, text string) error { to.Category = httpapi.OptionalText(text); return nil }},
	{Name: "price", Set: func(to *detailsRequest, text string) (err error) {
		to.Price, err = product.ParsePrice(text)
		return err
	}},
}

// importer passes lines to the core.
type importer struct{ *product.Service }

// Import implements importapi.Importer.
func (i importer) Import(ctx context.Context, lines []bulk.Line[detailsRequest], commit bulk.Commit) error {
	batch := make([]bulk.Line[product.Details], len(lines))
	for at, l := range lines {
		batch[at] = bulk.Line[product.Details]{Number: l.Number, Value: l.Value.details(), Err: l.Err}
	}
	return i.Service.Import(ctx, batch, commit)
}

// importProducts serves POST /products/import.
func (h handlers) importProducts(c *gin.Context) error {
	return importapi.Run(c, importColumns, importer{h.products})
}
