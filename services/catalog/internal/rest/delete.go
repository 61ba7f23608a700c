package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/services/catalog/internal/product"
)

// deleteProduct serves DELETE /products/{id}.
func (h handlers) deleteProduct(c *gin.Context) error {
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	if err := h.products.Delete(c.Request.Context(), product.DeleteParams{ID: c.Param("id"), Version: version}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
