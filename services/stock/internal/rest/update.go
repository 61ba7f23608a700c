package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

type updateRequest struct {
	Quantity *int64               `json:"quantity"`
	Reason   httpapi.OptionalText `json:"reason"`
	thresholds
}

// update serves PUT /stock/{product_id}/{store_id}.
func (h handlers) update(c *gin.Context) error {
	target, err := rowTarget(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[updateRequest](c)
	if err != nil {
		return err
	}
	if r.Quantity == nil {
		return problem.Invalid("quantity", "is required")
	}
	updated, err := h.ledger.Update(c.Request.Context(), ledger.UpdateParams{
		ProductID: target.productID, StoreID: target.storeID, Quantity: *r.Quantity, Thresholds: r.change(), Reason: string(r.Reason), Version: target.version,
	})
	if err != nil {
		return err
	}
	answerRow(c, http.StatusOK, updated)
	return nil
}
