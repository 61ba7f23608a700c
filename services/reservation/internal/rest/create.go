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
func (r createRequest) ttl() (time.Duration, error) {
	var checks problem.Checks
	ttl := reservation.DefaultTTL
	if r.TTLMinutes != nil {
		checks.Range("ttl_minutes", *r.TTLMinutes, 1, int64(reservation.MaxTTL/time.Minute))
		ttl = time.Duration(*r.TTLMinutes) * time.Minute
	}
	if r.TTLSeconds != nil {
		checks.Require(r.TTLMinutes == nil, "ttl_seconds", "must not be given together with ttl_minutes")
		checks.Range("ttl_seconds", *r.TTLSeconds, 1, int64(reservation.MaxTTL/time.Second))
		ttl = time.Duration(*r.TTLSeconds) * time.Second
	}
	return ttl, checks.Err()
}

// create serves POST /reservations.
func (h handlers) create(c *gin.Context) error {
	r, err := httpapi.Decode[createRequest](c)
	if err != nil {
		return err
	}
	ttl, err := r.ttl()
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
	if err := params.Validate(); err != nil {
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
