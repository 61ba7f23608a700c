package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// store serves POST /internal/v1/stores: catalog notifies stock of a changed store,
// with the content of the event.
func (h handlers) store(c *gin.Context) error {
	s, err := httpapi.Decode[stockwire.Store](c)
	if err != nil {
		return err
	}
	var checks problem.Checks
	checks.StoreID("id", s.ID)
	checks.Require(s.Version >= 1, "version", "must be 1 or more")
	if err := checks.Err(); err != nil {
		return err
	}
	if err := h.ledger.ApplyStore(c.Request.Context(), ledger.Store{ID: s.ID, Version: s.Version, Deleted: s.Deleted}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
