package ledger

import (
	"context"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
)

// RowState says how many units of a row are available. Rows of deleted products are
// in no state.
type RowState string

// The states of rows. A row with no unit available is low as well.
const (
	RowLow RowState = "low" // at or below its reorder point
	RowOut RowState = "out" // no unit available
	RowOK  RowState = "ok"  // above its reorder point
)

// RowSort is an order of rows. Rows with equal values are sorted by product and
// store.
type RowSort string

// The orders of rows; SortProduct is that of the products' ids.
const (
	SortProduct   RowSort = ""
	SortAvailable RowSort = "available"
	SortSKU       RowSort = "sku"
	SortName      RowSort = "name"
	SortUpdated   RowSort = "updated_at"
)

// RowFilter selects rows, and their order.
type RowFilter struct {
	Stores    []string // nil: all
	ProductID string   // empty: any
	SKU       string   // of the product, in any case; empty: any
	Text      string   // part of the product's name or SKU, in any case and form; empty: any
	State     RowState // empty: any
	Sort      RowSort
	Backward  bool // in the opposite order
}

// maxSearch bounds the text of a search, in characters: that of a product's name.
const maxSearch = 200

// Validate returns a ValidationError problem with everything that is wrong with f.
func (f RowFilter) Validate() error {
	var checks problem.Checks
	if f.ProductID != "" {
		checks.Word("product_id", f.ProductID, 1, 64)
	}
	if f.SKU != "" {
		checks.SKU("sku", f.SKU)
	}
	checks.Text("q", f.Text, 0, maxSearch)
	checks.Require(f.State == "" || f.State == RowLow || f.State == RowOut || f.State == RowOK, "state", "must be low, out or ok")
	switch f.Sort {
	case SortProduct, SortAvailable, SortSKU, SortName, SortUpdated:
	default:
		checks.Require(false, "sort", "must be available, sku, name or updated_at, or one of them after a -")
	}
	return checks.Err()
}

// Search returns a page of the rows that match f, and, when they are asked for, the
// totals of all rows that match. A page reads only so many rows that its time is
// bounded: it may have fewer rows than its limit, or none, although others follow.
func (s *Service) Search(ctx context.Context, f RowFilter, page paging.Page, totals bool) (paging.List[Row], *StoreTotals, error) {
	if err := f.Validate(); err != nil {
		return paging.List[Row]{}, nil, err
	}
	f.SKU = sku.Normal(f.SKU)
	return s.repo.Search(ctx, f, page, totals)
}
