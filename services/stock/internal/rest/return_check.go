package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

// checkReturn serves POST /internal/v1/return-checks: reservation asks before it
// decides on a return to another store, because a settlement is never refused.
func (h handlers) checkReturn(c *gin.Context) error {
	r, err := httpapi.Decode[stockwire.ReturnCheck](c)
	if err != nil {
		return err
	}
	var checks problem.Checks
	checks.StoreID("store_id", r.StoreID)
	checks.Range("product_ids", int64(len(r.ProductIDs)), 1, stockwire.MaxReturnProducts)
	if err := checks.Err(); err != nil {
		return err
	}
	if err := h.ledger.CheckReturn(c.Request.Context(), r.StoreID, r.ProductIDs); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
