package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/catalog/internal/product"
)

// update serves PUT /products/{id}.
func (h handlers) update(c *gin.Context) error {
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[detailsRequest](c)
	if err != nil {
		return err
	}
	updated, err := h.products.Update(c.Request.Context(), product.UpdateParams{
		ID: c.Param("id"), Details: r.details(), Version: version,
	})
	if err != nil {
		return err
	}
	send(c, http.StatusOK, updated)
	return nil
}
