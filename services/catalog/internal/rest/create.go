package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
)

// create serves POST /products.
func (h handlers) create(c *gin.Context) error {
	r, err := httpapi.Decode[detailsRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	created, replayed, err := h.products.Create(c.Request.Context(), r.details(), once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	c.Header("Location", "/api/v1/products/"+created.ID)
	send(c, http.StatusCreated, created)
	return nil
}
