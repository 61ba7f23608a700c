package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/stock/internal/ledger"
)

type storeTotals struct {
	StoreID string `json:"store_id"`
	totals
}

type totals struct {
	Rows      int64 `json:"rows"`
	Quantity  int64 `json:"quantity"`
	Reserved  int64 `json:"reserved"`
	Available int64 `json:"available"`
	Low       int64 `json:"low"`
	Out       int64 `json:"out"`
}

func renderTotals(t ledger.StoreTotals) totals {
	return totals{Rows: t.Rows, Quantity: t.Quantity, Reserved: t.Reserved, Available: t.Available(), Low: t.Low, Out: t.Out}
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
		data[i] = storeTotals{StoreID: s.StoreID, totals: renderTotals(s)}
	}
	httpapi.JSON(c, http.StatusOK, summaryAnswer{Data: data})
	return nil
}
