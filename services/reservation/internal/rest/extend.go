package rest

import (
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/reservation/internal/reservation"
)

type extendRequest struct {
	TTLMinutes int64 `json:"ttl_minutes"`
	TTLSeconds int64 `json:"ttl_seconds"`
}

// ttl returns the time from now at which the reservation shall expire.
func (r extendRequest) ttl(longest time.Duration) (time.Duration, error) {
	var minutes, seconds *int64
	if r.TTLMinutes != 0 || r.TTLSeconds == 0 {
		minutes = &r.TTLMinutes
	}
	if r.TTLSeconds != 0 {
		seconds = &r.TTLSeconds
	}
	ttl, _, err := ttlOf(minutes, seconds, longest)
	return ttl, err
}

// extend serves POST /reservations/{id}/extend.
func (h handlers) extend(c *gin.Context) error {
	r, err := httpapi.Decode[extendRequest](c)
	if err != nil {
		return err
	}
	ttl, err := r.ttl(h.service.MaxLife())
	if err != nil {
		return err
	}
	return h.act(c, func(id string, once idempotency.Request) (reservation.Reservation, bool, error) {
		return h.service.Extend(c.Request.Context(), id, ttl, once)
	})
}
