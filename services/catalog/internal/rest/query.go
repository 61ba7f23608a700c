package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/catalog/internal/product"
)

// get serves GET /products/{id}.
func (h handlers) get(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	p, err := h.products.Get(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	send(c, http.StatusOK, p)
	return nil
}

// getBySKU serves GET /products/sku/{sku}.
func (h handlers) getBySKU(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	p, err := h.products.GetBySKU(c.Request.Context(), c.Param("sku"))
	if err != nil {
		return err
	}
	send(c, http.StatusOK, p)
	return nil
}

type listAnswer struct {
	Data []item `json:"data"`
	httpapi.Part
}

// list serves GET /products.
func (h handlers) list(c *gin.Context) error {
	if err := httpapi.ListQuery(c, "category", "q"); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	var filter product.Filter
	if category, given := c.GetQuery("category"); given {
		filter.Category = &category
	}
	filter.Text = c.Query("q")
	list, err := h.products.List(c.Request.Context(), filter, page)
	if err != nil {
		return err
	}
	a := listAnswer{
		Data: make([]item, len(list.Items)), Part: httpapi.PartOf(c, page, list),
	}
	for i, p := range list.Items {
		a.Data[i] = render(p)
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
