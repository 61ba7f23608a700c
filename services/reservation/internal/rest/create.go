package rest

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

type createRequest struct {
	ProductID  string  `json:"product_id"`
	StoreID    string  `json:"store_id"`
	CustomerID string  `json:"customer_id"`
	Reference  *string `json:"reference"`
	Quantity   int64   `json:"quantity"`
	TTLMinutes *int64  `json:"ttl_minutes"`
	TTLSeconds *int64  `json:"ttl_seconds"`
}

// ttl returns how long the reservation shall live.
func (r createRequest) ttl(longest time.Duration) (time.Duration, error) {
	ttl, given, err := ttlOf(r.TTLMinutes, r.TTLSeconds, longest)
	if !given {
		ttl = reservation.DefaultTTL
	}
	return ttl, err
}

// ttlOf returns the time that is given in minutes or in seconds.
func ttlOf(minutes, seconds *int64, longest time.Duration) (ttl time.Duration, given bool, err error) {
	var checks problem.Checks
	if minutes != nil {
		checks.Range("ttl_minutes", *minutes, 1, int64(longest/time.Minute))
		ttl = time.Duration(*minutes) * time.Minute
	}
	if seconds != nil {
		checks.Require(minutes == nil, "ttl_seconds", "must not be given together with ttl_minutes")
		checks.Range("ttl_seconds", *seconds, 1, int64(longest/time.Second))
		ttl = time.Duration(*seconds) * time.Second
	}
	return ttl, minutes != nil || seconds != nil, checks.Err()
}

// create serves POST /reservations.
func (h handlers) create(c *gin.Context) error {
	r, err := httpapi.Decode[createRequest](c)
	if err != nil {
		return err
	}
	ttl, err := r.ttl(h.service.MaxLife())
	if err != nil {
		return err
	}
	params := reservation.CreateParams{
		ProductID: r.ProductID, StoreID: r.StoreID, CustomerID: r.CustomerID, Quantity: r.Quantity, TTL: ttl,
	}
	if r.Reference != nil {
		if *r.Reference == "" {
			return problem.Invalid("reference", "must have 1 to %d characters", reservation.MaxReference)
		}
		params.Reference = *r.Reference
	}
	if err := params.Validate(h.service.MaxLife()); err != nil {
		return err
	}
	if err := httpapi.CallerOf(c).CheckStore("store_id", r.StoreID); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	created, replayed, err := h.service.Create(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/reservations/"+created.ID)
	return h.sendResult(c, http.StatusCreated, created, replayed)
}
