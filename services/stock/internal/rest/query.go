package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// get serves GET /stock/{product_id}/{store_id}.
func (h handlers) get(c *gin.Context) error {
	switch at, err := asOf(c); {
	case err != nil:
		return err
	case at != nil:
		return h.rowAt(c, *at)
	}
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	r, err := h.ledger.Get(c.Request.Context(), productID, storeID)
	if err != nil {
		return err
	}
	answerRow(c, http.StatusOK, r)
	return nil
}

type availabilityAnswer struct {
	ProductID  string `json:"product_id"`
	StoreID    string `json:"store_id"`
	Requested  int64  `json:"requested"`
	Available  int64  `json:"available"`
	Sufficient bool   `json:"sufficient"`
	// ProductDeleted explains why no quantity is sufficient; absent otherwise.
	ProductDeleted bool `json:"product_deleted,omitempty"`
}

// availability serves GET /stock/{product_id}/{store_id}/availability.
func (h handlers) availability(c *gin.Context) error {
	if err := httpapi.KnownQuery(c, "quantity"); err != nil {
		return err
	}
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	quantity, err := httpapi.QueryInt(c, "quantity", 1, ledger.MaxQuantity)
	if err != nil {
		return err
	}
	if quantity == nil {
		return problem.Invalid("quantity", "is required")
	}
	r, err := h.ledger.Get(c.Request.Context(), productID, storeID)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, availabilityAnswer{
		ProductID: productID, StoreID: storeID, Requested: *quantity, Available: r.Available(),
		Sufficient: r.CanReserve(*quantity), ProductDeleted: r.Product.Deleted,
	})
	return nil
}

type productAnswer struct {
	ProductID      string `json:"product_id"`
	Stores         []row  `json:"stores"`
	TotalQuantity  int64  `json:"total_quantity"`
	TotalReserved  int64  `json:"total_reserved"`
	TotalAvailable int64  `json:"total_available"`
}

// byProduct serves GET /stock/product/{product_id}. A key of some stores sees
// these stores and their totals.
func (h handlers) byProduct(c *gin.Context) error {
	switch at, err := asOf(c); {
	case err != nil:
		return err
	case at != nil:
		return h.productAt(c, *at)
	}
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	productID := c.Param("product_id")
	rows, err := h.ledger.ByProduct(c.Request.Context(), productID, httpapi.CallerOf(c).Stores())
	if err != nil {
		return err
	}
	a := productAnswer{ProductID: productID, Stores: renderRows(rows)}
	for _, r := range rows {
		a.TotalQuantity += r.Quantity
		a.TotalReserved += r.Reserved
		a.TotalAvailable += r.Available()
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

type storeAnswer struct {
	StoreID string `json:"store_id"`
	Items   []row  `json:"items"`
	Count   int    `json:"count"`
	httpapi.Part
}

// byStore serves GET /stock/store/{store_id}.
func (h handlers) byStore(c *gin.Context) error {
	switch at, err := asOf(c, "limit", "cursor"); {
	case err != nil:
		return err
	case at != nil:
		return h.storeAt(c, *at)
	}
	if err := httpapi.ListQuery(c); err != nil {
		return err
	}
	storeID, err := storeOf(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	list, err := h.ledger.ByStore(c.Request.Context(), storeID, page)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, storeAnswer{
		StoreID: storeID, Items: renderRows(list.Items), Count: len(list.Items), Part: httpapi.PartOf(c, page, list),
	})
	return nil
}
