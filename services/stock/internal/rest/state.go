package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/stock/internal/ledger"
)

type stateRequest struct {
	From     ledger.State         `json:"from"`
	To       ledger.State         `json:"to"`
	Quantity int64                `json:"quantity"`
	Reason   httpapi.OptionalText `json:"reason"`
}

// changeState serves POST /stock/{product_id}/{store_id}/states.
func (h handlers) changeState(c *gin.Context) error {
	target, err := rowTarget(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[stateRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	changed, replayed, err := h.ledger.ChangeState(c.Request.Context(), ledger.StateParams{
		ProductID: target.productID, StoreID: target.storeID, From: r.From, To: r.To, Quantity: r.Quantity, Reason: string(r.Reason), Version: target.version,
	}, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	answerRow(c, http.StatusOK, changed)
	return nil
}
