package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// settle serves POST /internal/v1/settlements: reservation ends holds. The ledger
// refuses and logs a contradiction; the response does not report it, because the
// caller could not react to it.
func (h handlers) settle(c *gin.Context) error {
	r, err := httpapi.Decode[stockwire.SettlementsRequest](c)
	if err != nil {
		return err
	}
	params := make([]ledger.SettleParams, len(r.Settlements))
	parts := h.parts(c, len(r.Settlements))
	defer parts.endSpans()
	for i, s := range r.Settlements {
		if len(s.Lines) > 0 {
			return problem.Invalid("lines", "are not taken by this release")
		}
		s.Traceparent = parts.begin("settle", s.Traceparent)
		params[i] = ledger.SettleParams{
			ReservationID: s.ReservationID, Settlement: protocol.Settlement(s.Settlement), Reason: s.Reason, Actor: s.Actor,
			Traceparent: s.Traceparent,
		}
	}
	if _, err := h.ledger.Settle(c.Request.Context(), params); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
