package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/stock/internal/ledger"
)

// deleteRow serves DELETE /stock/{product_id}/{store_id}.
func (h handlers) deleteRow(c *gin.Context) error {
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	err = h.ledger.Delete(c.Request.Context(), ledger.DeleteParams{ProductID: productID, StoreID: storeID, Version: version})
	if err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
