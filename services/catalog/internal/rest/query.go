package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
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
	answer(c, http.StatusOK, p)
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
	answer(c, http.StatusOK, p)
	return nil
}

type listAnswer struct {
	Data   []item `json:"data"`
	Total  int64  `json:"total"`
	Limit  int    `json:"limit"`
	Offset int    `json:"offset"`
}

// list serves GET /products.
func (h handlers) list(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, append([]string{"category", "q"}, httpapi.PageParams...)...); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c)
	if err != nil {
		return err
	}
	var filter product.Filter
	if category, given := c.GetQuery("category"); given {
		filter.Category = &category
	}
	filter.Text = c.Query("q")
	products, total, err := h.products.List(c.Request.Context(), filter, product.Page{Limit: page.Limit, Offset: page.Offset})
	if err != nil {
		return err
	}
	a := listAnswer{Data: make([]item, len(products)), Total: total, Limit: page.Limit, Offset: page.Offset}
	for i, p := range products {
		a.Data[i] = render(p)
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}
