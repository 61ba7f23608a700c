package rest

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

type createRequest struct {
	ProductID       string `json:"product_id"`
	StoreID         string `json:"store_id"`
	InitialQuantity *int64 `json:"initial_quantity"`
	thresholds
}

// create serves POST /stock.
func (h handlers) create(c *gin.Context) error {
	r, err := httpapi.Decode[createRequest](c)
	if err != nil {
		return err
	}
	if r.InitialQuantity == nil {
		var checks problem.Checks
		checks.Require(r.ProductID != "", "product_id", "is required")
		checks.Require(r.StoreID != "", "store_id", "is required")
		checks.Require(false, "initial_quantity", "is required")
		return checks.Err()
	}
	params := ledger.CreateParams{
		ProductID: r.ProductID, StoreID: r.StoreID, Quantity: *r.InitialQuantity, Thresholds: r.change(),
	}
	if err := params.Validate(); err != nil {
		return err
	}
	if err := httpapi.CallerOf(c).CheckStore("store_id", r.StoreID); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	created, replayed, err := h.ledger.Create(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	c.Header("Location", "/api/v1/stock/"+url.PathEscape(created.ProductID)+"/"+url.PathEscape(created.StoreID))
	answerRow(c, http.StatusCreated, created)
	return nil
}
