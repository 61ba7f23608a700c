// Package rest is catalog's HTTP side: it decodes, calls the core and renders.
package rest

import (
	_ "embed"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/catalogwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/store"
)

// OpenAPI is the service's openapi.yaml without the shared components.
//
//go:embed openapi.yaml
var OpenAPI []byte

type handlers struct {
	products *product.Service
	stores   *store.Service
}

// Register adds catalog's routes to api.
func Register(api *httpapi.API, products *product.Service, stores *store.Service) {
	h := handlers{products, stores}
	const one = "/api/v1/products/:id"
	api.Handle(http.MethodGet, "/api/v1/products", httpapi.Public, h.list)
	api.Handle(http.MethodPost, "/api/v1/products", httpapi.Unrestricted, h.create)
	api.HandleStream(http.MethodPost, "/api/v1/products/import", httpapi.Unrestricted, h.importProducts)
	api.HandleStream(http.MethodGet, "/api/v1/products/export", httpapi.Public, h.exportProducts)
	api.Handle(http.MethodGet, "/api/v1/products/sku/:sku", httpapi.Public, h.getBySKU)
	api.Handle(http.MethodGet, one, httpapi.Public, h.get)
	api.Handle(http.MethodPut, one, httpapi.Unrestricted, h.update)
	api.Handle(http.MethodDelete, one, httpapi.Unrestricted, h.deleteProduct)

	const oneStore = "/api/v1/stores/:store_id"
	api.Handle(http.MethodGet, "/api/v1/stores", httpapi.Reader, h.listStores)
	api.Handle(http.MethodGet, oneStore, httpapi.Reader, h.getStore)
	api.Handle(http.MethodPut, oneStore, httpapi.Unrestricted, h.putStore)
	api.Handle(http.MethodDelete, oneStore, httpapi.Unrestricted, h.deleteStore)

	api.Handle(http.MethodGet, catalogwire.StoresPath+":id", httpapi.Internal, h.findStore)
	api.Handle(http.MethodPost, catalogwire.UsedStoresPath, httpapi.Internal, h.useStores)
	// A stream, because reading everything takes longer than the limit of other requests.
	api.HandleStream(http.MethodGet, audit.Path+"catalog", httpapi.Internal, httpapi.Read(products.Audit))
}

// item is a product as clients see it.
type item struct {
	ID          string      `json:"id"`
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Price       json.Number `json:"price"`
	Version     int64       `json:"version"`
	CreatedAt   string      `json:"created_at"`
	UpdatedAt   string      `json:"updated_at"`
}

func render(p product.Product) item {
	return item{
		ID: p.ID, SKU: p.SKU, Name: p.Name, Description: p.Description, Category: p.Category, Price: p.Price.Number(),
		Version: p.Version, CreatedAt: clock.Text(p.CreatedAt), UpdatedAt: clock.Text(p.UpdatedAt),
	}
}

// send responds with one product and its entity tag.
func send(c *gin.Context, status int, p product.Product) {
	httpapi.SetETag(c, p.Version)
	httpapi.JSON(c, status, render(p))
}

// detailsRequest is the body of a create and of a full update: an absent or null
// field is empty, or 0.
type detailsRequest struct {
	SKU         string               `json:"sku"`
	Name        string               `json:"name"`
	Description httpapi.OptionalText `json:"description"`
	Category    httpapi.OptionalText `json:"category"`
	Price       product.Price        `json:"price"`
}

func (r detailsRequest) details() product.Details {
	return product.Details{
		SKU: r.SKU, Name: r.Name, Description: string(r.Description), Category: string(r.Category), Price: r.Price,
	}
}
