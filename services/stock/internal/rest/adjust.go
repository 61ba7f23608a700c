package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

type adjustRequest struct {
	Adjustment *int64               `json:"adjustment"`
	Reason     httpapi.OptionalText `json:"reason"`
}

// adjust serves POST /stock/{product_id}/{store_id}/adjust.
func (h handlers) adjust(c *gin.Context) error {
	target, err := rowTarget(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[adjustRequest](c)
	if err != nil {
		return err
	}
	if r.Adjustment == nil {
		return problem.Invalid("adjustment", "is required")
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	adjusted, replayed, err := h.ledger.Adjust(c.Request.Context(), ledger.AdjustParams{
		ProductID: target.productID, StoreID: target.storeID, Adjustment: *r.Adjustment, Reason: string(r.Reason), Version: target.version,
	}, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	answerRow(c, http.StatusOK, adjusted)
	return nil
}
