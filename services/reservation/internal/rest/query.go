package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/reservation/internal/reservation"
)

// get serves GET /reservations/{id}.
func (h handlers) get(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	r, err := h.find(c, c.Param("id"))
	if err != nil {
		return err
	}
	send(c, http.StatusOK, r)
	return nil
}

type pendingAnswer struct {
	StoreID      string     `json:"store_id"`
	Reservations []response `json:"reservations"`
	Count        int        `json:"count"`
	httpapi.Part
}

// pending serves GET /reservations/store/{store_id}/pending.
func (h handlers) pending(c *gin.Context) error {
	if err := httpapi.ListQuery(c); err != nil {
		return err
	}
	storeID, err := storeOf(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text, paging.Number)
	if err != nil {
		return err
	}
	list, err := h.service.Pending(c.Request.Context(), storeID, httpapi.CallerOf(c).Stores(), page)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, pendingAnswer{
		StoreID: storeID, Reservations: renderAll(list.Items), Count: len(list.Items), Part: httpapi.PartOf(c, page, list),
	})
	return nil
}

type rowAnswer struct {
	ProductID    string     `json:"product_id"`
	StoreID      string     `json:"store_id"`
	Status       *string    `json:"status"` // null: any
	Reservations []response `json:"reservations"`
	Count        int        `json:"count"`
	httpapi.Part
}

// ofRow serves GET /reservations/product/{product_id}/store/{store_id}.
func (h handlers) ofRow(c *gin.Context) error {
	if err := httpapi.ListQuery(c, "status"); err != nil {
		return err
	}
	storeID, err := storeOf(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Number)
	if err != nil {
		return err
	}
	productID, status := c.Param("product_id"), c.Query("status")
	list, err := h.service.OfRow(c.Request.Context(), reservation.RowFilter{
		ProductID: productID, StoreID: storeID, Status: protocol.Status(status), Stores: httpapi.CallerOf(c).Stores(),
	}, page)
	if err != nil {
		return err
	}
	a := rowAnswer{
		ProductID: productID, StoreID: storeID, Reservations: renderAll(list.Items), Count: len(list.Items), Part: httpapi.PartOf(c, page, list),
	}
	if status != "" {
		a.Status = &status
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

type statsAnswer struct {
	Total     int64                     `json:"total_reservations"`
	Pending   int64                     `json:"pending_reservations"`
	Confirmed int64                     `json:"confirmed_reservations"`
	Cancelled int64                     `json:"cancelled_reservations"`
	Expired   int64                     `json:"expired_reservations"`
	ByStatus  map[protocol.Status]int64 `json:"by_status"`
}

// stats serves GET /reservations/stats. A key of some stores sees these.
func (h handlers) stats(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	counts, err := h.service.CountByStatus(c.Request.Context(), httpapi.CallerOf(c).Stores())
	if err != nil {
		return err
	}
	a := statsAnswer{
		Pending: counts[protocol.Pending], Confirmed: counts[protocol.Confirmed],
		Cancelled: counts[protocol.Cancelled], Expired: counts[protocol.Expired],
	}
	a.Total = a.Pending + a.Confirmed + a.Cancelled + a.Expired
	a.ByStatus = map[protocol.Status]int64{
		protocol.Pending: a.Pending, protocol.Confirmed: a.Confirmed, protocol.Cancelled: a.Cancelled, protocol.Expired: a.Expired,
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
