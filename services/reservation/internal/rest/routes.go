// Package rest is the HTTP side of reservation: it decodes, calls the core and
// renders.
package rest

import (
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/services/reservation/internal/reservation"
)

// OpenAPI is the service's openapi.yaml without the shared components.
//
//go:embed openapi.yaml
var OpenAPI []byte

type handlers struct{ service *reservation.Service }

// Register adds reservation's routes to api.
func Register(api *httpapi.API, service *reservation.Service) {
	h := handlers{service}
	const base = "/api/v1/reservations"
	api.Handle(http.MethodPost, base, httpapi.Writer, h.create)
	api.Handle(http.MethodGet, base, httpapi.Reader, h.search)
	api.Handle(http.MethodGet, base+"/stats", httpapi.Reader, h.stats)
	api.HandleStream(http.MethodGet, base+"/export", httpapi.Reader, h.exportReservations)
	api.Handle(http.MethodGet, base+"/store/:store_id/pending", httpapi.Reader, h.pending)
	api.Handle(http.MethodGet, base+"/product/:product_id/store/:store_id", httpapi.Reader, h.ofRow)
	api.Handle(http.MethodGet, base+"/:id", httpapi.Reader, h.get)
	api.Handle(http.MethodPost, base+"/:id/confirm", httpapi.Writer, h.confirm)
	api.Handle(http.MethodPost, base+"/:id/cancel", httpapi.Writer, h.cancel)
	api.Handle(http.MethodPost, base+"/:id/extend", httpapi.Writer, h.extend)
	api.Handle(http.MethodPost, base+"/:id/return", httpapi.Writer, h.returnUnits)

	// A stream, because reading everything takes longer than other requests may.
	api.HandleStream(http.MethodGet, audit.Path+"reservation", httpapi.Internal, httpapi.Read(h.service.Audit))
	api.Handle(http.MethodGet, audit.Path+"reservation/reservations", httpapi.Internal,
		httpapi.ReadAfter(audit.MaxPage, h.service.Statuses, func(list []audit.Reservation) audit.Reservations { return audit.Reservations{Reservations: list} }))
}

// response is a reservation in the form for clients.
type response struct {
	ID string `json:"id"`
	// Those of the line, when there is exactly one.
	ProductID string `json:"product_id,omitempty"`
	StoreID   string `json:"store_id,omitempty"`

	CustomerID string         `json:"customer_id"`
	Reference  string         `json:"reference,omitempty"`
	Quantity   int64          `json:"quantity,omitempty"` // like ProductID
	Status     string         `json:"status"`
	Lines      []responseLine `json:"lines"`
	Actor      string         `json:"actor,omitempty"`
	UpdatedBy  string         `json:"updated_by,omitempty"`
	ExpiresAt  string         `json:"expires_at"`
	CreatedAt  string         `json:"created_at"`
	UpdatedAt  string         `json:"updated_at"`
	Version    int64          `json:"version"`
}

// responseLine is a line of a reservation in the form for clients.
type responseLine struct {
	ProductID string `json:"product_id"`
	StoreID   string `json:"store_id"`
	Quantity  int64  `json:"quantity"`
	Requested int64  `json:"requested"`
	Confirmed int64  `json:"confirmed"`
	Released  int64  `json:"released"`
	Returned  int64  `json:"returned"`
}

func render(r reservation.Reservation) response {
	asked := r.AskedLines()
	lines := make([]responseLine, len(asked))
	for i, l := range asked {
		lines[i] = responseLine{
			ProductID: l.ProductID, StoreID: l.StoreID, Quantity: l.Quantity, Requested: l.Requested,
			Confirmed: l.Committed, Released: l.Released, Returned: l.Returned,
		}
	}
	response := response{
		ID: r.ID, CustomerID: r.CustomerID, Reference: r.Reference, Status: string(r.Status), Lines: lines,
		Actor: r.Actor, UpdatedBy: r.UpdatedBy, Version: r.Version,
		ExpiresAt: clock.Text(r.ExpiresAt), CreatedAt: clock.Text(r.CreatedAt), UpdatedAt: clock.Text(r.UpdatedAt),
	}
	response.ProductID, response.StoreID, response.Quantity = r.Row()
	return response
}

func renderAll(list []reservation.Reservation) []response {
	all := make([]response, len(list))
	for i, r := range list {
		all[i] = render(r)
	}
	return all
}

// send responds with one reservation and its entity tag.
func send(c *gin.Context, status int, r reservation.Reservation) {
	httpapi.SetETag(c, r.Version)
	httpapi.JSON(c, status, render(r))
}

// statusHeader carries the present status of a reservation beside a result that
// may be old.
const statusHeader = "Reservation-Status"

// sendResult is send for the result of a request with an Idempotency-Key. A
// replayed one is marked, and the present status is sent beside it.
func (h handlers) sendResult(c *gin.Context, status int, r reservation.Reservation, replayed bool) error {
	if replayed {
		present, err := h.service.Get(c.Request.Context(), r.ID)
		if err != nil {
			return err
		}
		httpapi.Replayed(c, true)
		c.Header(statusHeader, string(present.Status))
	}
	send(c, status, r)
	return nil
}

// find returns a reservation. One that has a line in a store which the caller may
// not use is not found, as if it did not exist.
func (h handlers) find(c *gin.Context, id string) (reservation.Reservation, error) {
	r, err := h.service.Get(c.Request.Context(), id)
	if err != nil {
		return r, err
	}
	for _, store := range r.Stores() {
		if httpapi.CallerOf(c).CheckStore("store_id", store) != nil {
			return reservation.Reservation{}, reservation.NotFound(id)
		}
	}
	return r, nil
}

// checkScope refuses a key of some stores unless all stores of the reservation are among them.
func (h handlers) checkScope(c *gin.Context, id string) error {
	if httpapi.CallerOf(c).Stores() == nil {
		return nil
	}
	_, err := h.find(c, id)
	return err
}

func storeOf(c *gin.Context) (string, error) {
	storeID, err := httpapi.StorePath(c, "store_id")
	if err != nil {
		return "", err
	}
	return storeID, httpapi.CallerOf(c).CheckStore("store_id", storeID)
}
