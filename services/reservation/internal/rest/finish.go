package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

// unitsRequest is a number of units of one line of a reservation.
type unitsRequest struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
}

// unitsOf returns the units of a request; nil when it has no lines.
func unitsOf(lines httpapi.List[unitsRequest]) []protocol.Units {
	if lines == nil {
		return nil
	}
	units := make([]protocol.Units, len(lines))
	for i, l := range lines {
		units[i] = protocol.Units{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity}
	}
	return units
}

// act serves a request that acts on the reservation of its path, once for each
// Idempotency-Key, and sends the reservation.
func (h handlers) act(c *gin.Context, act func(id string, once idempotency.Request) (reservation.Reservation, bool, error)) error {
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if err := h.checkScope(c, id); err != nil {
		return err
	}
	changed, replayed, err := act(id, once)
	if err != nil {
		return err
	}
	return h.sendResult(c, http.StatusOK, changed, replayed)
}

type confirmRequest struct {
	Lines     httpapi.List[unitsRequest] `json:"lines"`
	Remainder string                     `json:"remainder"`
}

// The ways of a confirm of some units to treat the others.
const (
	remainderRelease = "release" // the default
	remainderKeep    = "keep"
)

func (r confirmRequest) check() error {
	var checks problem.Checks
	if r.Remainder != "" {
		checks.Require(r.Remainder == remainderRelease || r.Remainder == remainderKeep, "remainder", "must be release or keep")
		checks.Require(r.Lines != nil, "remainder", "must not be given without lines")
	}
	return checks.Err()
}

// confirm serves POST /reservations/{id}/confirm.
func (h handlers) confirm(c *gin.Context) error {
	r, err := httpapi.DecodeOptional[confirmRequest](c)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return err
	}
	return h.act(c, func(id string, once idempotency.Request) (reservation.Reservation, bool, error) {
		return h.service.Confirm(c.Request.Context(), id, unitsOf(r.Lines), r.Remainder == remainderKeep, once)
	})
}

type cancelRequest struct {
	Reason httpapi.OptionalText       `json:"reason"`
	Lines  httpapi.List[unitsRequest] `json:"lines"`
}

// cancel serves POST /reservations/{id}/cancel.
func (h handlers) cancel(c *gin.Context) error {
	r, err := httpapi.DecodeOptional[cancelRequest](c)
	if err != nil {
		return err
	}
	return h.act(c, func(id string, once idempotency.Request) (reservation.Reservation, bool, error) {
		return h.service.Cancel(c.Request.Context(), id, unitsOf(r.Lines), string(r.Reason), once)
	})
}
