package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
)

// audit serves GET /internal/v1/audit/reservation.
func (h handlers) audit(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	report, err := h.service.Audit(c.Request.Context())
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, report)
	return nil
}

// auditReservations serves GET /internal/v1/audit/reservation/reservations.
func (h handlers) auditReservations(c *gin.Context) error {
	after, limit, err := httpapi.AfterOf(c, audit.MaxPage)
	if err != nil {
		return err
	}
	list, err := h.service.Statuses(c.Request.Context(), after, limit)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, audit.Reservations{Reservations: list})
	return nil
}
