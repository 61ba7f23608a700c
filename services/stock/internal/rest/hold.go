package rest

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/holdsapi"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// hold serves POST /internal/v1/holds: reservation asks for several holds at
// once, each of which is granted or refused by itself.
func (h handlers) hold(c *gin.Context) error {
	r, err := httpapi.Decode[holdsapi.HoldsRequest](c)
	if err != nil {
		return err
	}
	params := make([]ledger.HoldParams, len(r.Holds))
	parts := h.parts(c, len(r.Holds))
	defer parts.end()
	for i, hold := range r.Holds {
		hold.Traceparent = parts.begin("hold", hold.Traceparent)
		params[i] = ledger.HoldParams{
			ReservationID: hold.ReservationID, CustomerID: hold.CustomerID, TTLSeconds: hold.TTLSeconds,
			ExpiresAt: hold.ExpiresAt, Actor: hold.Actor, Traceparent: hold.Traceparent,
			Lines: make([]ledger.Line, len(hold.Lines)),
		}
		for j, l := range hold.Lines {
			params[i].Lines[j] = ledger.Line(l)
		}
	}
	answers, err := h.ledger.Hold(c.Request.Context(), params)
	if err != nil {
		return err
	}
	results := make([]holdsapi.HoldResult, len(answers))
	for i, a := range answers {
		results[i] = holdsapi.HoldResult{
			Outcome: string(a.Outcome), ExpiresAt: a.ExpiresAt, Line: a.Line, Available: a.Available, Requested: a.Requested,
		}
		if a.Outcome == ledger.HoldProductDeleted {
			results[i].Outcome, results[i].ProductDeleted = holdsapi.OutcomeNoRow, true
		}
	}
	httpapi.JSON(c, http.StatusOK, holdsapi.HoldsAnswer{Results: results})
	return nil
}

// findHold serves GET /internal/v1/holds/{reservation_id}: the repair asks
// what became of a hold.
func (h handlers) findHold(c *gin.Context) error {
	hold, err := h.ledger.FindHold(c.Request.Context(), c.Param("reservation_id"))
	if err != nil {
		return err
	}
	a := holdsapi.Hold{
		ReservationID: hold.ReservationID, CustomerID: hold.CustomerID, TTLSeconds: hold.TTLSeconds,
		ExpiresAt: hold.ExpiresAt, State: string(hold.State), Lines: make([]holdsapi.Line, len(hold.Lines)),
	}
	for i, l := range hold.Lines {
		a.Lines[i] = holdsapi.Line(l)
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

// held serves GET /internal/v1/holds: reservation walks the holds that are held.
func (h handlers) held(c *gin.Context) error {
	after, limit, err := httpapi.AfterOf(c, holdsapi.MaxHeld)
	if err != nil {
		return err
	}
	before := ledger.NewestHeld
	if after != "" {
		var found bool
		if before.CreatedAt, before.ReservationID, found = strings.Cut(after, " "); !found {
			return problem.Invalid("after", "must be the next of another page")
		}
	}
	list, err := h.ledger.Held(c.Request.Context(), before, limit)
	if err != nil {
		return err
	}
	a := holdsapi.HeldAnswer{ReservationIDs: make([]string, len(list))}
	for i, hold := range list {
		a.ReservationIDs[i] = hold.ReservationID
	}
	if len(list) == limit {
		last := list[limit-1]
		a.Next = last.CreatedAt + " " + last.ReservationID
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
