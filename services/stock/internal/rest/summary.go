package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

type storeTotals struct {
	StoreID   string `json:"store_id"`
	Rows      int64  `json:"rows"`
	Quantity  int64  `json:"quantity"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available"`
	Low       int64  `json:"low"`
	Out       int64  `json:"out"`
}

type summaryAnswer struct {
	Data []storeTotals `json:"data"`
}

// summary serves GET /stock/summary. A key of some stores sees these stores.
func (h handlers) summary(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	stores, err := h.ledger.Summary(c.Request.Context(), httpapi.CallerOf(c).Stores())
	if err != nil {
		return err
	}
	data := make([]storeTotals, len(stores))
	for i, s := range stores {
		data[i] = storeTotals{
			StoreID: s.StoreID, Rows: s.Rows, Quantity: s.Quantity, Reserved: s.Reserved, Available: s.Available(), Low: s.Low, Out: s.Out,
		}
	}
	httpapi.JSON(c, http.StatusOK, summaryAnswer{Data: data})
	return nil
}
