package rest

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// hold serves POST /internal/v1/holds: reservation asks for several holds at
// once, each of which is granted or refused by itself.
func (h handlers) hold(c *gin.Context) error {
	r, err := httpapi.Decode[stockwire.HoldsRequest](c)
	if err != nil {
		return err
	}
	params := make([]ledger.HoldParams, len(r.Holds))
	parts := h.parts(c, len(r.Holds))
	defer parts.endSpans()
	for i, hold := range r.Holds {
		hold.Traceparent = parts.begin("hold", hold.Traceparent)
		params[i] = ledger.HoldParams{
			ReservationID: hold.ReservationID, CustomerID: hold.CustomerID, TTLSeconds: hold.TTLSeconds,
			Actor: hold.Actor, Traceparent: hold.Traceparent, Lines: make([]ledger.Line, len(hold.Lines)),
		}
		if params[i].Request, err = requestOf(hold.Request); err != nil {
			return err
		}
		if params[i].ExpiresAt, err = expiresAt(hold); err != nil {
			return err
		}
		for j, l := range hold.Lines {
			params[i].Lines[j] = ledger.Line{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity}
		}
	}
	answers, err := h.ledger.Hold(c.Request.Context(), params)
	if err != nil {
		return err
	}
	results := make([]stockwire.HoldResult, len(answers))
	for i, a := range answers {
		results[i] = stockwire.HoldResult{
			Outcome: string(a.Outcome), ExpiresAt: clock.Text(a.ExpiresAt), Line: a.Line, Available: a.Available, Requested: a.Requested,
			UnknownStore: a.UnknownStore, NearestStore: a.NearestStore,
		}
		for _, short := range a.Short {
			results[i].Short = append(results[i].Short, stockwire.ShortLine(short))
		}
		if a.Grant != nil {
			results[i].Lines = heldLines(*a.Grant, true)
		}
		if a.Outcome == ledger.HoldProductDeleted {
			results[i].Outcome, results[i].ProductDeleted = stockwire.OutcomeNoRow, true
		}
	}
	httpapi.JSON(c, http.StatusOK, stockwire.HoldsAnswer{Results: results, Totals: true})
	return nil
}

// expiresAt returns the time at which the reservation of a requested hold
// expires, zero when the request does not say it.
func expiresAt(hold stockwire.Hold) (time.Time, error) {
	if hold.ExpiresAt == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, hold.ExpiresAt)
	if err != nil {
		return time.Time{}, problem.Invalid("expires_at", "must be a time in RFC 3339")
	}
	return clock.Truncate(at), nil
}

// findHold serves GET /internal/v1/holds/{reservation_id}: the repair asks for the
// state of a hold.
func (h handlers) findHold(c *gin.Context) error {
	hold, err := h.ledger.FindHold(c.Request.Context(), c.Param("reservation_id"))
	if err != nil {
		return err
	}
	a := stockwire.FoundHold{
		ReservationID: hold.ReservationID, CustomerID: hold.CustomerID, TTLSeconds: hold.TTLSeconds,
		ExpiresAt: clock.Text(hold.ExpiresAt), State: string(hold.State), Lines: heldLines(hold, false),
		Request: wireRequest(hold.Request),
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

// held serves GET /internal/v1/holds: reservation walks the holds that are held.
func (h handlers) held(c *gin.Context) error {
	after, limit, err := httpapi.AfterOf(c, stockwire.MaxHeld)
	if err != nil {
		return err
	}
	before := ledger.NewestHeld
	if after != "" {
		at, id, found := strings.Cut(after, " ")
		if before.CreatedAt, err = clock.ParseText(at); err != nil || !found {
			return problem.Invalid("after", "must be the next of another page")
		}
		before.ReservationID = id
	}
	list, err := h.ledger.Held(c.Request.Context(), before, limit)
	if err != nil {
		return err
	}
	a := stockwire.HeldAnswer{ReservationIDs: make([]string, len(list)), Totals: true}
	for i, hold := range list {
		a.ReservationIDs[i] = hold.ReservationID
		if hold.Settled > 0 {
			if a.Settled == nil {
				a.Settled = make([]int64, len(list))
			}
			a.Settled[i] = hold.Settled
		}
	}
	if len(list) == limit {
		last := list[limit-1]
		a.Next = clock.Text(last.CreatedAt) + " " + last.ReservationID
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
