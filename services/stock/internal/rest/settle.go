package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
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
		s.Traceparent = parts.begin("settle", s.Traceparent)
		params[i] = ledger.SettleParams{
			ReservationID: s.ReservationID, Target: protocol.Target{Whole: protocol.Settlement(s.Settlement), Lines: settledLines(s.Lines)},
			Reason: s.Reason, Actor: s.Actor, Traceparent: s.Traceparent,
		}
	}
	if _, err := h.ledger.Settle(c.Request.Context(), params); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func settledLines(list []stockwire.SettledLine) []protocol.Line {
	lines := make([]protocol.Line, len(list))
	for i, l := range list {
		lines[i] = protocol.Line{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity,
			Totals: protocol.Totals{Committed: l.Committed, Released: l.Released, Returned: l.Returned, Restocked: l.Restocked},
		}
	}
	return lines
}
