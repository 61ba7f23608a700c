package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/services/stock/internal/ledger"
)

// deleteRow serves DELETE /stock/{product_id}/{store_id}.
func (h handlers) deleteRow(c *gin.Context) error {
	target, err := rowTarget(c)
	if err != nil {
		return err
	}
	err = h.ledger.Delete(c.Request.Context(), ledger.DeleteParams{ProductID: target.productID, StoreID: target.storeID, Version: target.version})
	if err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
