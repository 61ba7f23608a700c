package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// product serves POST /internal/v1/products: catalog notifies stock of a changed
// product, with the content of the event.
func (h handlers) product(c *gin.Context) error {
	p, err := httpapi.Decode[stockwire.Product](c)
	if err != nil {
		return err
	}
	var checks problem.Checks
	checks.Require(p.ID != "", "id", "is required")
	checks.Require(p.Version >= 1, "version", "must be 1 or more")
	if err := checks.Err(); err != nil {
		return err
	}
	if err := h.ledger.ApplyProduct(c.Request.Context(), ledger.Product{
		ID: p.ID, SKU: p.SKU, Name: p.Name, Version: p.Version, Deleted: p.Deleted,
	}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
