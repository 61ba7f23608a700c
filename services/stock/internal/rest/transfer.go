package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/stock/internal/ledger"
)

type transferRequest struct {
	ProductID   string               `json:"product_id"`
	FromStoreID string               `json:"from_store_id"`
	ToStoreID   string               `json:"to_store_id"`
	Quantity    int64                `json:"quantity"`
	Reason      httpapi.OptionalText `json:"reason"`
}

// transferAnswer is a transfer with both rows after it.
type transferAnswer struct {
	ProductID   string `json:"product_id"`
	FromStoreID string `json:"from_store_id"`
	ToStoreID   string `json:"to_store_id"`
	Quantity    int64  `json:"quantity"`
	Reason      string `json:"reason"`
	From        row    `json:"from"`
	To          row    `json:"to"`
	NewStore    bool   `json:"new_store,omitempty"`
}

// transfer serves POST /stock/transfer.
func (h handlers) transfer(c *gin.Context) error {
	r, err := httpapi.Decode[transferRequest](c)
	if err != nil {
		return err
	}
	params := ledger.TransferParams{
		ProductID: r.ProductID, FromStore: r.FromStoreID, ToStore: r.ToStoreID, Quantity: r.Quantity, Reason: string(r.Reason),
	}
	if err := params.Validate(); err != nil {
		return err
	}
	caller := httpapi.CallerOf(c)
	if err := caller.CheckStore("from_store_id", r.FromStoreID); err != nil {
		return err
	}
	if err := caller.CheckStore("to_store_id", r.ToStoreID); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	t, replayed, err := h.ledger.Transfer(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.JSON(c, http.StatusOK, transferAnswer{
		ProductID: t.From.ProductID, FromStoreID: t.From.StoreID, ToStoreID: t.To.StoreID, Quantity: t.Quantity,
		Reason: t.Reason, From: renderRow(t.From), To: renderRow(t.To), NewStore: t.To.NewStore,
	})
	return nil
}
