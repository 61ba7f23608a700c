package rest

import (
	"context"
	"encoding/json"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk/exportapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/catalog/internal/product"
)

// exportItem is a product as an import takes it.
type exportItem struct {
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Price       json.Number `json:"price"`
}

var exportTable = exportapi.Table[product.Product]{
	Name: "products", Columns: []string{"sku", "name", "description", "category", "price"},
	Records: func(p product.Product) [][]string {
		return [][]string{{p.SKU, p.Name, p.Description, p.Category, p.Price.Number().String()}}
	},
	Document: func(p product.Product) any {
		return exportItem{SKU: p.SKU, Name: p.Name, Description: p.Description, Category: p.Category, Price: p.Price.Number()}
	},
}

// exportProducts serves GET /products/export.
func (h handlers) exportProducts(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "format", "category"); err != nil {
		return err
	}
	var filter product.Filter
	if category, given := c.GetQuery("category"); given {
		filter.Category = &category
	}
	return exportapi.Run(c, exportTable, func(ctx context.Context, page paging.Page) (paging.List[product.Product], error) {
		return h.products.List(ctx, filter, page)
	})
}
