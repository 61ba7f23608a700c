package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

// confirm serves POST /reservations/{id}/confirm.
func (h handlers) confirm(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if err := h.checkScope(c, id); err != nil {
		return err
	}
	confirmed, replayed, err := h.service.Confirm(c.Request.Context(), id, once)
	if err != nil {
		return err
	}
	return h.sendResult(c, http.StatusOK, confirmed, replayed)
}

type cancelRequest struct {
	Reason httpapi.OptionalText `json:"reason"`
}

// cancel serves POST /reservations/{id}/cancel.
func (h handlers) cancel(c *gin.Context) error {
	r, err := httpapi.DecodeOptional[cancelRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if err := h.checkScope(c, id); err != nil {
		return err
	}
	cancelled, replayed, err := h.service.Cancel(c.Request.Context(), id, string(r.Reason), once)
	if err != nil {
		return err
	}
	return h.sendResult(c, http.StatusOK, cancelled, replayed)
}
