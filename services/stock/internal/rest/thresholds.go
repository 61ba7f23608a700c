package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/stock/internal/ledger"
)

type thresholdsRequest struct {
	thresholds
}

// setThresholds serves PATCH /stock/{product_id}/{store_id}.
func (h handlers) setThresholds(c *gin.Context) error {
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[thresholdsRequest](c)
	if err != nil {
		return err
	}
	changed, err := h.ledger.SetThresholds(c.Request.Context(), ledger.ThresholdsParams{
		ProductID: productID, StoreID: storeID, Thresholds: r.change(), Version: version,
	})
	if err != nil {
		return err
	}
	answerRow(c, http.StatusOK, changed)
	return nil
}
