package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
)

type extendRequest struct {
	TTLMinutes *int64 `json:"ttl_minutes"`
	TTLSeconds *int64 `json:"ttl_seconds"`
}

// extend serves POST /reservations/{id}/extend.
func (h handlers) extend(c *gin.Context) error {
	r, err := httpapi.Decode[extendRequest](c)
	if err != nil {
		return err
	}
	ttl, given, err := ttlOf(r.TTLMinutes, r.TTLSeconds, h.service.MaxLife())
	if err == nil && !given {
		err = problem.Invalid("ttl_minutes", "is required, or ttl_seconds")
	}
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
	extended, replayed, err := h.service.Extend(c.Request.Context(), id, ttl, once)
	if err != nil {
		return err
	}
	return h.sendResult(c, http.StatusOK, extended, replayed)
}
