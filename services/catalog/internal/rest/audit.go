package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

// audit serves GET /internal/v1/audit/catalog.
func (h handlers) audit(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	report, err := h.products.Audit(c.Request.Context())
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, report)
	return nil
}
