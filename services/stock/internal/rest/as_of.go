package rest

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// pastRow is a row at a time. The held units of the past are not known.
type pastRow struct {
	ProductID      string `json:"product_id"`
	StoreID        string `json:"store_id"`
	AsOf           string `json:"as_of,omitempty"` // only of a row by itself
	Quantity       int64  `json:"quantity"`
	Unavailable    states `json:"unavailable"`
	Version        int64  `json:"version"`
	ProductName    string `json:"product_name"`
	ProductSKU     string `json:"product_sku"`
	ProductDeleted bool   `json:"product_deleted,omitempty"`
}

func renderPastRow(r ledger.PastRow) pastRow {
	return pastRow{
		ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Unavailable: states(r.Unavailable), Version: r.Version,
		ProductName: r.Product.Name, ProductSKU: r.Product.SKU, ProductDeleted: r.Product.Deleted,
	}
}

func renderPastRows(list []ledger.PastRow) []pastRow {
	rows := make([]pastRow, len(list))
	for i, r := range list {
		rows[i] = renderPastRow(r)
	}
	return rows
}

// asOf returns the time in the query parameter as_of, nil when it is absent. With it,
// only the other parameters are allowed.
func asOf(c *gin.Context, others ...string) (*time.Time, error) {
	if _, given, err := httpapi.Query(c, "as_of"); err != nil || !given {
		return nil, err
	}
	if err := httpapi.KnownQuery(c, append(others, "as_of")...); err != nil {
		return nil, err
	}
	return httpapi.QueryTime(c, "as_of")
}

// rowAt responds with a row at a time.
func (h handlers) rowAt(c *gin.Context, at time.Time) error {
	productID, storeID, err := rowKey(c)
	if err != nil {
		return err
	}
	r, err := h.ledger.RowAt(c.Request.Context(), productID, storeID, at)
	if err != nil {
		return err
	}
	a := renderPastRow(r)
	a.AsOf = clock.Text(at)
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

type productAtAnswer struct {
	ProductID        string    `json:"product_id"`
	AsOf             string    `json:"as_of"`
	Stores           []pastRow `json:"stores"`
	TotalQuantity    int64     `json:"total_quantity"`
	TotalUnavailable int64     `json:"total_unavailable"`
}

// productAt responds with the rows of a product at a time.
func (h handlers) productAt(c *gin.Context, at time.Time) error {
	productID := c.Param("product_id")
	rows, err := h.ledger.ByProductAt(c.Request.Context(), productID, httpapi.CallerOf(c).Stores(), at)
	if err != nil {
		return err
	}
	a := productAtAnswer{ProductID: productID, AsOf: clock.Text(at), Stores: renderPastRows(rows)}
	for _, r := range rows {
		a.TotalQuantity += r.Quantity
		a.TotalUnavailable += r.Unavailable.Sum()
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

type storeAtAnswer struct {
	StoreID    string    `json:"store_id"`
	AsOf       string    `json:"as_of"`
	Items      []pastRow `json:"items"`
	Count      int       `json:"count"`
	NextCursor string    `json:"next_cursor,omitempty"`
}

// storeAt responds with a page of the rows of a store at a time.
func (h handlers) storeAt(c *gin.Context, at time.Time) error {
	storeID, err := storeOf(c)
	if err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	list, err := h.ledger.ByStoreAt(c.Request.Context(), storeID, at, page)
	if err != nil {
		return err
	}
	httpapi.JSON(c, http.StatusOK, storeAtAnswer{
		StoreID: storeID, AsOf: clock.Text(at), Items: renderPastRows(list.Items), Count: len(list.Items),
		NextCursor: httpapi.Cursor(c, list.Next),
	})
	return nil
}
