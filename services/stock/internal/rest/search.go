package rest

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

type searchAnswer struct {
	Data       []row   `json:"data"`
	NextCursor string  `json:"next_cursor,omitempty"`
	Totals     *totals `json:"totals,omitempty"` // of all rows that match, if the request asks for them
}

// search serves GET /stock.
func (h handlers) search(c *gin.Context) error {
	err := httpapi.KnownQuery(c, "store_id", "product_id", "sku", "q", "state", "sort", "totals", "limit", "cursor")
	if err != nil {
		return err
	}
	f, err := rowFilter(c)
	if err != nil {
		return err
	}
	wanted, err := httpapi.QueryBool(c, "totals")
	if err != nil {
		return err
	}
	columns := []paging.Column{paging.Text, paging.Text, paging.Text}
	switch f.Sort {
	case ledger.SortAvailable:
		columns[0] = paging.Number
	case ledger.SortProduct:
		columns = columns[1:]
	}
	page, err := httpapi.PageOf(c, columns...)
	if err != nil {
		return err
	}
	list, sums, err := h.ledger.Search(c.Request.Context(), f, page, wanted != nil && *wanted)
	if err != nil {
		return err
	}
	a := searchAnswer{Data: renderRows(list.Items), NextCursor: httpapi.Cursor(c, list.Next)}
	if sums != nil {
		t := renderTotals(*sums)
		a.Totals = &t
	}
	httpapi.JSON(c, http.StatusOK, a)
	return nil
}

// rowFilter returns the filter of the query and of the caller's key. Rows that are low
// or out come with the fewest units first, unless the query has an order.
func rowFilter(c *gin.Context) (f ledger.RowFilter, err error) {
	var store, state, sort string
	given := map[string]bool{}
	for name, into := range map[string]*string{
		"store_id": &store, "product_id": &f.ProductID, "sku": &f.SKU, "q": &f.Text, "state": &state, "sort": &sort,
	} {
		if *into, given[name], err = httpapi.Query(c, name); err != nil {
			return f, err
		}
		if given[name] && *into == "" && name != "q" {
			return f, problem.Invalid(name, "must not be empty")
		}
	}
	f.State = ledger.RowState(state)
	name, backward := strings.CutPrefix(sort, "-")
	f.Sort, f.Backward = ledger.RowSort(name), backward
	if !given["sort"] && (f.State == ledger.RowLow || f.State == ledger.RowOut) {
		f.Sort = ledger.SortAvailable
	}
	if given["sort"] && name == "" {
		return f, problem.Invalid("sort", "must be available, sku, name or updated_at, or one of them after a -")
	}
	if err := f.Validate(); err != nil {
		return f, err
	}
	f.Stores, err = storesOf(c, store)
	return f, err
}

// storesOf returns the stores to which a filter and the caller's key restrict a list;
// nil for all.
func storesOf(c *gin.Context, store string) ([]string, error) {
	if store == "" {
		return httpapi.CallerOf(c).Stores(), nil
	}
	var checks problem.Checks
	checks.StoreID("store_id", store)
	if err := checks.Err(); err != nil {
		return nil, err
	}
	return []string{store}, httpapi.CallerOf(c).CheckStore("store_id", store)
}
