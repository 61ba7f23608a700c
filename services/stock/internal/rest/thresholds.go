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
	target, err := rowTarget(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[thresholdsRequest](c)
	if err != nil {
		return err
	}
	changed, err := h.ledger.SetThresholds(c.Request.Context(), ledger.ThresholdsParams{
		ProductID: target.productID, StoreID: target.storeID, Thresholds: r.change(), Version: target.version,
	})
	if err != nil {
		return err
	}
	answerRow(c, http.StatusOK, changed)
	return nil
}
