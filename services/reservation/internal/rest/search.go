package rest

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/reservation/internal/reservation"
)

type searchAnswer struct {
	Data       []response `json:"data"`
	NextCursor string     `json:"next_cursor,omitempty"`
}

// search serves GET /reservations.
func (h handlers) search(c *gin.Context) error {
	err := httpapi.KnownQuery(c, "customer_id", "reference", "status", "product_id", "store_id", "from", "to", "limit", "cursor")
	if err != nil {
		return err
	}
	f, err := searchFilter(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text, paging.Number)
	if err != nil {
		return err
	}
	list, err := h.service.Search(c.Request.Context(), f, page)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, searchAnswer{Data: renderAll(list.Items), NextCursor: httpapi.Cursor(c, list.Next)})
	return nil
}

// searchFilter returns the filter of the query and of the caller's key.
func searchFilter(c *gin.Context) (f reservation.SearchFilter, err error) {
	f.Stores = httpapi.CallerOf(c).Stores()
	var status *string
	for name, into := range map[string]**string{
		"customer_id": &f.CustomerID, "reference": &f.Reference, "status": &status, "product_id": &f.ProductID, "store_id": &f.StoreID,
	} {
		value, given, err := httpapi.Query(c, name)
		if err != nil {
			return f, err
		}
		if given {
			*into = &value
		}
	}
	if status != nil {
		s := protocol.Status(*status)
		f.Status = &s
	}
	for name, into := range map[string]**time.Time{"from": &f.From, "to": &f.To} {
		if *into, err = httpapi.QueryTime(c, name); err != nil {
			return f, err
		}
	}
	if err := f.Validate(); err != nil {
		return f, err
	}
	if f.StoreID == nil {
		return f, nil
	}
	return f, httpapi.CallerOf(c).CheckStore("store_id", *f.StoreID)
}
