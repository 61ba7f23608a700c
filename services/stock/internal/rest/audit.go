package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
)

// audit serves GET /internal/v1/audit/stock.
func (h handlers) audit(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	report, err := h.ledger.Audit(c.Request.Context())
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, report)
	return nil
}

// auditHolds serves GET /internal/v1/audit/stock/holds.
func (h handlers) auditHolds(c *gin.Context) error {
	after, limit, err := httpapi.AfterOf(c, audit.MaxPage)
	if err != nil {
		return err
	}
	holds, err := h.ledger.HoldStates(c.Request.Context(), after, limit)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, audit.Holds{Holds: holds})
	return nil
}
