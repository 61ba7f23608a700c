package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/bulk/exportapi"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// exportRow is a row as an import takes it. A reorder point that was never set is
// null.
type exportRow struct {
	SKU          string `json:"sku"`
	StoreID      string `json:"store_id"`
	Quantity     int64  `json:"quantity"`
	MinStock     int64  `json:"min_stock"`
	MaxStock     int64  `json:"max_stock"`
	ReorderPoint *int64 `json:"reorder_point"`
	ReorderQty   int64  `json:"reorder_qty"`
}

var rowTable = exportapi.Table[ledger.Row]{
	Name: "stock", Columns: []string{"sku", "store_id", "quantity", "min_stock", "max_stock", "reorder_point", "reorder_qty"},
	Records: func(r ledger.Row) [][]string {
		point := ""
		if r.Thresholds.ReorderPoint != nil {
			point = exportapi.Whole(*r.Thresholds.ReorderPoint)
		}
		return [][]string{{
			r.Product.SKU, r.StoreID, exportapi.Whole(r.Quantity), exportapi.Whole(r.Thresholds.MinStock), exportapi.Whole(r.Thresholds.MaxStock), point,
			exportapi.Whole(r.Thresholds.ReorderQty),
		}}
	},
	Document: func(r ledger.Row) any {
		return exportRow{
			SKU: r.Product.SKU, StoreID: r.StoreID, Quantity: r.Quantity, MinStock: r.Thresholds.MinStock, MaxStock: r.Thresholds.MaxStock,
			ReorderPoint: r.Thresholds.ReorderPoint, ReorderQty: r.Thresholds.ReorderQty,
		}
	},
}

var movementTable = exportapi.Table[ledger.Movement]{
	Name: "movements",
	Columns: []string{
		"created_at", "product_id", "store_id", "kind", "change", "quantity", "version", "reason", "actor", "reservation_id", "reference",
		"transfer_id", "count_id", "from_state", "to_state", "units",
	},
	Records: func(m ledger.Movement) [][]string {
		return [][]string{{
			clock.Text(m.CreatedAt), m.ProductID, m.StoreID, string(m.Kind), exportapi.Whole(m.Change), exportapi.Whole(m.Quantity), exportapi.Whole(m.Version),
			m.Reason, m.Actor, m.ReservationID, m.Reference, m.TransferID, m.CountID, string(m.From), string(m.To), exportapi.Whole(m.Units),
		}}
	},
	Document: func(m ledger.Movement) any { return renderMovementOfRow(m) },
}

// exportScope returns the stores that an export includes, nil for all: the one of
// the query, or those of the key.
func exportScope(c *gin.Context) ([]string, error) {
	storeID, given, err := httpapi.Query(c, "store_id")
	if err != nil || !given {
		return httpapi.CallerOf(c).Stores(), err
	}
	return []string{storeID}, httpapi.CallerOf(c).CheckStore("store_id", storeID)
}

// exportStock serves GET /stock/export.
func (h handlers) exportStock(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "format", "store_id"); err != nil {
		return err
	}
	stores, err := exportScope(c)
	if err != nil {
		return err
	}
	return exportapi.Run(c, rowTable, func(ctx context.Context, page paging.Page) (paging.List[ledger.Row], error) {
		return h.ledger.ExportRows(ctx, stores, page)
	})
}

// exportMovements serves GET /stock/movements/export.
func (h handlers) exportMovements(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "format", "store_id"); err != nil {
		return err
	}
	stores, err := exportScope(c)
	if err != nil {
		return err
	}
	return exportapi.Run(c, movementTable, func(ctx context.Context, page paging.Page) (paging.List[ledger.Movement], error) {
		return h.ledger.ExportMovements(ctx, stores, page)
	})
}
