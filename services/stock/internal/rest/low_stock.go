package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

type lowStockAnswer struct {
	Threshold *int64 `json:"threshold"` // null: each row's own reorder point
	Items     []row  `json:"items"`
	Count     int    `json:"count"`
	httpapi.Part
}

// lowStock serves GET /stock/low-stock.
func (h handlers) lowStock(c *gin.Context) error {
	if err := httpapi.ListQuery(c, "threshold", "store_id"); err != nil {
		return err
	}
	threshold, err := httpapi.QueryInt(c, "threshold", 0, ledger.MaxQuantity)
	if err != nil {
		return err
	}
	stores := httpapi.CallerOf(c).Stores()
	if store, given := c.GetQuery("store_id"); given {
		var checks problem.Checks
		checks.StoreID("store_id", store)
		if err := checks.Err(); err != nil {
			return err
		}
		if err := httpapi.CallerOf(c).CheckStore("store_id", store); err != nil {
			return err
		}
		stores = []string{store}
	}
	page, err := httpapi.PageOf(c, paging.Number, paging.Text, paging.Text)
	if err != nil {
		return err
	}
	list, err := h.ledger.LowStock(c.Request.Context(), ledger.LowStockFilter{Threshold: threshold, Stores: stores}, page)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, lowStockAnswer{
		Threshold: threshold, Items: renderRows(list.Items), Count: len(list.Items), Part: httpapi.PartOf(c, page, list),
	})
	return nil
}
