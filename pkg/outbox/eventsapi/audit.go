package eventsapi

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/problem"
)

// entries serves GET /internal/v1/audit/{service}/events.
func entries(c *gin.Context, reader outbox.Reader) error {
	key, limit, err := httpapi.AfterOf(c, audit.MaxPage)
	if err != nil {
		return err
	}
	after := int64(0)
	if key != "" {
		if after, err = strconv.ParseInt(key, 10, 64); err != nil {
			return problem.Invalid("after", "must be a seq")
		}
	}
	list, err := reader.Entries(c.Request.Context(), after, limit)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, audit.Events{Events: list})
	return nil
}
