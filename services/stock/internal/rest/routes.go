// Package rest is stock's HTTP side: it decodes, calls the ledger and renders.
package rest

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/stock/internal/ledger"
)

// OpenAPI is the service's openapi.yaml without the shared components.
//
//go:embed openapi.yaml
var OpenAPI []byte

type handlers struct {
	ledger *ledger.Service
	tracer *tracing.Tracer
}

// Register adds stock's routes to api.
func Register(api *httpapi.API, service *ledger.Service) {
	h := handlers{service, api.Tracer()}
	const row = "/api/v1/stock/:product_id/:store_id"
	api.Handle(http.MethodPost, "/api/v1/stock", httpapi.Writer, h.create)
	api.Handle(http.MethodGet, "/api/v1/stock", httpapi.Reader, h.search)
	api.Handle(http.MethodPost, "/api/v1/stock/transfer", httpapi.Writer, h.transfer)
	api.HandleStream(http.MethodPost, "/api/v1/stock/import", httpapi.Writer, h.importStock)
	api.HandleStream(http.MethodGet, "/api/v1/stock/export", httpapi.Reader, h.exportStock)
	api.HandleStream(http.MethodGet, "/api/v1/stock/movements/export", httpapi.Reader, h.exportMovements)
	api.Handle(http.MethodGet, "/api/v1/stock/low-stock", httpapi.Reader, h.lowStock)
	api.Handle(http.MethodGet, "/api/v1/stock/movements", httpapi.Reader, h.searchMovements)
	api.Handle(http.MethodGet, "/api/v1/stock/summary", httpapi.Reader, h.summary)
	api.Handle(http.MethodGet, "/api/v1/stock/product/:product_id", httpapi.Reader, h.byProduct)
	api.Handle(http.MethodGet, "/api/v1/stock/store/:store_id", httpapi.Reader, h.byStore)
	api.Handle(http.MethodGet, row, httpapi.Reader, h.get)
	api.Handle(http.MethodGet, row+"/availability", httpapi.Reader, h.availability)
	api.Handle(http.MethodGet, row+"/movements", httpapi.Reader, h.movements)
	api.Handle(http.MethodPut, row, httpapi.Writer, h.update)
	api.Handle(http.MethodPatch, row, httpapi.Writer, h.setThresholds)
	api.Handle(http.MethodDelete, row, httpapi.Writer, h.deleteRow)
	api.Handle(http.MethodPost, row+"/adjust", httpapi.Writer, h.adjust)
	api.Handle(http.MethodPost, row+"/states", httpapi.Writer, h.changeState)

	const counts = "/api/v1/stock/counts"
	api.Handle(http.MethodPost, counts, httpapi.Writer, h.openCount)
	api.Handle(http.MethodGet, counts, httpapi.Reader, h.listCounts)
	api.Handle(http.MethodGet, counts+"/:id", httpapi.Reader, h.getCount)
	api.HandleStream(http.MethodPut, counts+"/:id/lines", httpapi.Writer, h.setCountLines)
	api.HandleStream(http.MethodPost, counts+"/:id/apply", httpapi.Writer, h.applyCount)
	api.Handle(http.MethodPost, counts+"/:id/discard", httpapi.Writer, h.discardCount)

	const transfers = "/api/v1/transfers"
	api.Handle(http.MethodPost, transfers, httpapi.Writer, h.requestTransfer)
	api.Handle(http.MethodGet, transfers, httpapi.Reader, h.listTransfers)
	api.Handle(http.MethodGet, transfers+"/:id", httpapi.Reader, h.getTransfer)
	api.Handle(http.MethodPost, transfers+"/:id/ship", httpapi.Writer, h.shipTransfer)
	api.Handle(http.MethodPost, transfers+"/:id/receive", httpapi.Writer, h.receiveTransfer)
	api.Handle(http.MethodPost, transfers+"/:id/cancel", httpapi.Writer, h.cancelTransfer)

	api.Handle(http.MethodPost, "/internal/v1/holds", httpapi.Internal, h.hold)
	api.Handle(http.MethodGet, "/internal/v1/holds", httpapi.Internal, h.held)
	api.Handle(http.MethodGet, "/internal/v1/holds/:reservation_id", httpapi.Internal, h.findHold)
	api.Handle(http.MethodPost, "/internal/v1/settlements", httpapi.Internal, h.settle)
	api.Handle(http.MethodPost, stockwire.ReturnChecksPath, httpapi.Internal, h.checkReturn)
	api.Handle(http.MethodPost, stockwire.ProductsPath, httpapi.Internal, h.product)
	api.Handle(http.MethodPost, stockwire.StoresPath, httpapi.Internal, h.store)
	// Streams, because reading everything takes longer than the limit of other requests.
	api.HandleStream(http.MethodGet, audit.Path+"stock", httpapi.Internal, httpapi.Read(h.ledger.Audit))
	api.Handle(http.MethodGet, audit.Path+"stock/holds", httpapi.Internal,
		httpapi.ReadAfter(audit.MaxPage, h.ledger.HoldStates, func(list []audit.Hold) audit.Holds { return audit.Holds{Holds: list} }))
}

// row is a stock row as clients see it.
type row struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Reserved  int64  `json:"reserved"`
	// Unavailable has the states with units; their sum is not in Available.
	Unavailable  states `json:"unavailable"`
	Available    int64  `json:"available"`
	Incoming     int64  `json:"incoming"`
	MinStock     int64  `json:"min_stock"`
	MaxStock     int64  `json:"max_stock"`
	ReorderPoint int64  `json:"reorder_point"`
	ReorderQty   int64  `json:"reorder_qty"`
	Version      int64  `json:"version"`
	UpdatedAt    string `json:"updated_at"`
	ProductName  string `json:"product_name"`
	ProductSKU   string `json:"product_sku"`
	// ProductDeleted is absent in rows of existing products.
	ProductDeleted bool `json:"product_deleted,omitempty"`
	// NewStore is true in the response to the request that used the store first.
	NewStore bool `json:"new_store,omitempty"`
}

// states are ledger.Unavailable as clients see them.
type states struct {
	Damaged        int64 `json:"damaged,omitempty"`
	QualityControl int64 `json:"quality_control,omitempty"`
	SafetyStock    int64 `json:"safety_stock,omitempty"`
	Other          int64 `json:"other,omitempty"`
}

func renderRow(r ledger.Row) row {
	return row{
		ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Reserved: r.Reserved, Available: r.Available(),
		Unavailable: states(r.Unavailable), Incoming: r.Incoming,
		MinStock: r.Thresholds.MinStock, MaxStock: r.Thresholds.MaxStock, ReorderPoint: r.EffectiveReorderPoint(),
		ReorderQty: r.Thresholds.ReorderQty, Version: r.Version, UpdatedAt: clock.Text(r.UpdatedAt),
		ProductName: r.Product.Name, ProductSKU: r.Product.SKU, ProductDeleted: r.Product.Deleted,
		NewStore: r.NewStore,
	}
}

func renderRows(list []ledger.Row) []row {
	rows := make([]row, len(list))
	for i, r := range list {
		rows[i] = renderRow(r)
	}
	return rows
}

// answerRow responds with one row and its entity tag.
func answerRow(c *gin.Context, status int, r ledger.Row) {
	httpapi.SetETag(c, r.Version)
	httpapi.JSON(c, status, renderRow(r))
}

// thresholds are the optional planning figures of a request.
type thresholds struct {
	ReorderPoint *int64 `json:"reorder_point"`
	ReorderQty   *int64 `json:"reorder_qty"`
	MinStock     *int64 `json:"min_stock"`
	MaxStock     *int64 `json:"max_stock"`
}

func (t thresholds) change() ledger.ThresholdChange {
	return ledger.ThresholdChange{
		MinStock: t.MinStock, MaxStock: t.MaxStock, ReorderPoint: t.ReorderPoint, ReorderQty: t.ReorderQty,
	}
}

// rowKey reads the ids of a row from the path and checks that the caller may
// use the store.
func rowKey(c *gin.Context) (productID, storeID string, err error) {
	storeID, err = storeOf(c)
	return c.Param("product_id"), storeID, err
}

// target is the row that a request changes, and the version that it must have; nil:
// any.
type target struct {
	productID, storeID string
	version            *int64
}

func rowTarget(c *gin.Context) (t target, err error) {
	if t.productID, t.storeID, err = rowKey(c); err != nil {
		return t, err
	}
	t.version, err = httpapi.IfMatch(c)
	return t, err
}

func storeOf(c *gin.Context) (string, error) {
	storeID, err := httpapi.StorePath(c, "store_id")
	if err != nil {
		return "", err
	}
	return storeID, httpapi.CallerOf(c).CheckStore("store_id", storeID)
}
