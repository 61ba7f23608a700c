package stockpg

import (
	"slices"
	"strings"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// How many rows, or products, one page of a search reads at most. It bounds the time
// of a page when few of them match. A product whose name does not match takes far
// less time than a row.
const (
	rowDepth     = 8192
	productDepth = 65536
)

// last is after every id, SKU and name.
const last = "\U0010FFFF"

const hasText = `strpos(p.search_text, ?) > 0`

// search reads the rows of a list in the order of an index. A page ends after so
// many entries of the index, however few of them match.
type search struct {
	lists  []list    // of rows, or of products with byProduct
	filter condition // which the rows decide; its text is empty for none
	// byProduct: lists has products, whose rows are joined. The key of the search is
	// that of the list with the store after it.
	byProduct bool
	// whole: the lists have so few rows that a page reads all and sorts them.
	whole bool
	// depth is how many entries of the index a page reads at most.
	depth int
	sort  ledger.RowSort
}

// searchOf returns the search for f; stores are those of f, or all.
func searchOf(f ledger.RowFilter, stores []string) search {
	s := search{depth: rowDepth, sort: f.Sort}
	all := list{from: "stock s", order: []string{"s.product_id", "s.store_id"}, back: f.Backward, where: condition{text: "NOT s.removed"}}
	switch f.Sort {
	case ledger.SortAvailable, ledger.SortUpdated:
		all.order = slices.Insert(all.order, 0, "s."+string(f.Sort))
	case ledger.SortSKU, ledger.SortName:
		all.order = []string{"p." + string(f.Sort), "p.id", "s.store_id"}
	}
	product := f.ProductID != "" || f.SKU != ""
	switch {
	case product:
		s.ofProduct(all, f)
	case strings.HasPrefix(all.order[0], "p.") || f.Sort == ledger.SortProduct && f.Text != "":
		s.ofProducts(f)
	case f.Sort == ledger.SortAvailable:
		s.byAvailable(all, f)
	case f.Sort == ledger.SortUpdated:
		all.stores, all.storeColumn = stores, "s.store_id"
		s.lists = []list{all}
	default:
		all.stores, all.storeColumn = f.Stores, "s.store_id"
		s.lists = []list{all}
	}
	byState := map[ledger.RowState]string{ledger.RowLow: isLow, ledger.RowOut: isOut, ledger.RowOK: isOK}[f.State]
	decided := !product && f.Sort == ledger.SortAvailable && f.State != ledger.RowOK // by the lists
	if byState != "" && !decided {
		s.filter.and(byState)
	}
	if f.Text != "" {
		s.filter.and(hasText, sku.Fold(f.Text))
	}
	return s
}

// ofProduct reads the rows of one product, or of the products that have had a SKU.
func (s *search) ofProduct(all list, f ledger.RowFilter) {
	s.whole = true
	all.from = "stock s JOIN products p ON p.id = s.product_id"
	if f.ProductID != "" {
		all.where.and("s.product_id = ?", f.ProductID)
	}
	if f.SKU != "" {
		all.where.and(hasSKU, f.SKU)
	}
	all.where.amongStores(f.Stores)
	s.lists = []list{all}
}

const hasSKU = `lower(p.sku) = lower(? COLLATE "C")`

func (c *condition) amongStores(stores []string) {
	if stores != nil {
		c.and("s.store_id = ANY(?::text[])", stores)
	}
}

// ofProducts reads products in their order, and the rows of each.
func (s *search) ofProducts(f ledger.RowFilter) {
	s.byProduct = true
	if f.Text != "" {
		s.depth = productDepth
	}
	l := list{from: "products p", order: []string{"p.id"}, back: f.Backward}
	if f.Sort != ledger.SortProduct {
		l.order = []string{"p." + string(f.Sort), "p.id"}
	}
	s.lists = []list{l}
	s.filter.and("NOT s.removed")
	s.filter.amongStores(f.Stores)
}

// byAvailable reads the rows by their available units: those that are listed, or
// only the low ones, and those of deleted products, which are in no state.
func (s *search) byAvailable(all list, f ledger.RowFilter) {
	all.stores, all.storeColumn = f.Stores, "s.store_id"
	conditions := []string{"s.listed", "NOT s.listed AND NOT s.removed"}
	switch f.State {
	case ledger.RowLow:
		conditions = []string{isLow}
	case ledger.RowOut:
		conditions = []string{isOut}
	case ledger.RowOK:
		conditions = conditions[:1]
	}
	for _, c := range conditions {
		all.where = condition{text: c}
		s.lists = append(s.lists, all)
	}
}

// page returns the statement that reads a page after a key, up to the key end; nil:
// to the end of the list.
func (s search) page(after, end paging.Key, limit int) statement {
	if s.byProduct {
		return s.pageByProduct(after, end, limit)
	}
	lists := slices.Clone(s.lists)
	for i := range lists {
		if !s.whole && strings.Contains(s.filter.text, "p.") {
			lists[i].from += " JOIN products p ON p.id = s.product_id"
		}
		if s.filter.text != "" {
			lists[i].where.and(s.filter.text, s.filter.args...)
		}
	}
	return rowsOf(lists, place{after: after, upTo: end, limit: limit})
}

// pageByProduct is page for a list by products: the products of the page in their
// order, and the rows of each.
func (s search) pageByProduct(after, end paging.Key, limit int) statement {
	var q query
	l := s.lists[0]
	c := l.where
	key := append(slices.Clone(l.order), "s.store_id")
	names, marks := vector(l.order)
	from, upTo := " >= ", " <= "
	if l.back {
		from, upTo = upTo, from
	}
	if after != nil {
		c.and(names+from+marks, after[:len(l.order)]...)
	}
	if end != nil {
		c.and(names+upTo+marks, end[:len(l.order)]...)
	}
	filter := s.filter
	if after != nil {
		names, marks := vector(key)
		filter.and(names+strings.TrimSuffix(from, "= ")+" "+marks, after...)
	}
	text := "SELECT " + columnsRow + " FROM (SELECT p.id, p.sku, p.name, p.deleted, p.version, p.search_text FROM products p WHERE " + q.text(c) + " ORDER BY " + l.sorted(l.order) + q.with(" LIMIT ?", s.depth+1) + // that of the key before, and those of the page
		") p CROSS JOIN LATERAL (SELECT " + columnsStock + " FROM stock s WHERE s.product_id = p.id AND " + q.text(filter) + ") s ORDER BY " + l.sorted(key) +
		q.with(" LIMIT ?", limit)
	return statement{text, q.args}
}

// pageEnd returns the statement for the key at which a page after a key ends at the
// latest; empty when a page has no such end.
func (s search) pageEnd(after paging.Key) statement {
	if s.whole || s.filter.text == "" {
		return statement{}
	}
	depth := s.depth
	if l := s.lists[0]; l.stores != nil {
		depth = max(1, depth/max(1, len(l.stores)))
	}
	if s.byProduct && after != nil {
		after = after[:len(after)-1]
	}
	var q query
	p := place{after: after, limit: depth, end: true}
	text := q.keys(s.lists, p)
	return statement{text, q.args}
}

// key returns the key of a row.
func (s search) key(r ledger.Row) paging.Key {
	switch s.sort {
	case ledger.SortAvailable:
		return paging.Key{r.Available(), r.ProductID, r.StoreID}
	case ledger.SortUpdated:
		return paging.Key{clock.Text(r.UpdatedAt), r.ProductID, r.StoreID}
	case ledger.SortSKU:
		return paging.Key{r.Product.SKU, r.ProductID, r.StoreID}
	case ledger.SortName:
		return paging.Key{r.Product.Name, r.ProductID, r.StoreID}
	default:
		return paging.Key{r.ProductID, r.StoreID}
	}
}
