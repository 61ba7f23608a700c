package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
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
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if err := h.checkScope(c, id); err != nil {
		return err
	}
	confirmed, replayed, err := h.service.Confirm(c.Request.Context(), id, unitsOf(r.Lines), r.Remainder == remainderKeep, once)
	if err != nil {
		return err
	}
	return h.sendResult(c, http.StatusOK, confirmed, replayed)
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
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if err := h.checkScope(c, id); err != nil {
		return err
	}
	cancelled, replayed, err := h.service.Cancel(c.Request.Context(), id, unitsOf(r.Lines), string(r.Reason), once)
	if err != nil {
		return err
	}
	return h.sendResult(c, http.StatusOK, cancelled, replayed)
}
