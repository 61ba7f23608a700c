package stockdb

import (
	"slices"
	"strings"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
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

const (
	isOut = `listed = 1 AND available = 0`
	isOK  = `listed = 1 AND available > COALESCE(reorder_point, 10)` // as isLow

	// Products of releases before the search have no search_text; lower folds only
	// ASCII.
	hasText = `instr(COALESCE(p.search_text, lower(p.name || char(10) || p.sku)), ?) > 0`
)

// condition is a part of a WHERE clause with its arguments.
type condition struct {
	text string
	args []any
}

func (c *condition) and(text string, args ...any) {
	if c.text != "" {
		text = c.text + " AND " + text
	}
	c.text, c.args = text, append(slices.Clone(c.args), args...)
}

// search reads the rows of a list in the order of an index. A page ends after so
// many entries of the index, however few of them match.
type search struct {
	order []string // the columns of the key, the last ones product and store
	back  bool     // newest or greatest first
	// parts are read in their order and merged: each is an index, and the condition
	// that it decides.
	parts  []part
	filter condition // which the rows decide; its text is empty for none
	// byProduct: the parts are of products, whose rows are joined; their key is that of
	// the list without the store.
	byProduct bool
	// whole: the parts have so few rows that a page reads all and sorts them.
	whole bool
	// depth is how many entries of the index a page reads at most.
	depth int
}

type part struct {
	from   string
	within condition
}

// rowsOf adds a part of rows of the table stock.
func (s *search) rowsOf(index, within string, args ...any) {
	s.parts = append(s.parts, part{"stock s INDEXED BY " + index, condition{within, args}})
}

// searchOf returns the search for f; stores are those of f, or all.
func searchOf(f ledger.RowFilter, stores []string) search {
	s := search{back: f.Backward, depth: rowDepth, order: []string{"s.product_id", "s.store_id"}}
	product := f.ProductID != "" || f.SKU != ""
	switch f.Sort {
	case ledger.SortAvailable:
		s.order = slices.Insert(s.order, 0, "s.available")
	case ledger.SortUpdated:
		s.order = slices.Insert(s.order, 0, "s.updated_at")
	case ledger.SortSKU, ledger.SortName:
		s.order = []string{"p." + string(f.Sort), "p.id", "s.store_id"}
	case ledger.SortProduct:
		if f.Text != "" && !product {
			s.order = []string{"p.id", "s.store_id"}
		}
	}
	switch {
	case product:
		s.ofProduct(f)
	case strings.HasPrefix(s.order[0], "p."):
		s.ofProducts(f)
	case f.Sort == ledger.SortAvailable:
		s.byAvailable(f)
	case f.Sort == ledger.SortUpdated:
		for _, store := range stores {
			s.rowsOf("ix_stock_store_id_updated_at", "s.removed = 0 AND s.store_id = ?", store)
		}
	case f.Stores == nil:
		s.parts = []part{{"stock s", condition{"s.removed = 0", nil}}}
	default:
		for _, store := range stores {
			s.rowsOf("ix_stock_store_id", "s.removed = 0 AND s.store_id = ?", store)
		}
	}
	byState := map[ledger.RowState]string{ledger.RowLow: isLow, ledger.RowOut: isOut, ledger.RowOK: isOK}[f.State]
	decided := !product && f.Sort == ledger.SortAvailable && f.State != ledger.RowOK // by the parts
	if byState != "" && !decided {
		s.filter.and(byState)
	}
	if f.Text != "" {
		s.filter.and(hasText, sku.Fold(f.Text))
	}
	return s
}

// ofProduct reads the rows of one product, or of the products that have had a SKU.
func (s *search) ofProduct(f ledger.RowFilter) {
	s.whole = true
	within := condition{"s.removed = 0", nil}
	if f.ProductID != "" {
		within.and("s.product_id = ?", f.ProductID)
	}
	if f.SKU != "" {
		within.and("s.product_id IN (SELECT id FROM products WHERE sku = ? COLLATE NOCASE)", f.SKU)
	}
	within.amongStores(f.Stores)
	s.parts = []part{{"stock s", within}}
}

func (c *condition) amongStores(stores []string) {
	if stores != nil {
		c.and("s.store_id IN (SELECT value FROM json_each(?))", sqlite.List(stores))
	}
}

// ofProducts reads products in their order, and the rows of each.
func (s *search) ofProducts(f ledger.RowFilter) {
	s.byProduct = true
	if f.Text != "" {
		s.depth = productDepth
	}
	from := "products p"
	if f.Sort != ledger.SortProduct {
		from += " INDEXED BY ix_products_" + string(f.Sort)
	}
	s.parts = []part{{from, condition{"TRUE", nil}}}
	s.filter.and("s.removed = 0")
	s.filter.amongStores(f.Stores)
}

// byAvailable reads the rows by their available units: those that are listed, or
// only the low ones, and those of deleted products, which are in no state.
func (s *search) byAvailable(f ledger.RowFilter) {
	kinds := []struct{ index, condition string }{{"available", "s.listed = 1"}, {"unlisted", "s.listed = 0 AND s.removed = 0"}}
	switch f.State {
	case ledger.RowLow:
		kinds = kinds[:1]
		kinds[0].index, kinds[0].condition = "low", "s.listed = 1 AND s.available <= COALESCE(s.reorder_point, 10)"
	case ledger.RowOut:
		kinds = kinds[:1]
		kinds[0].condition += " AND s.available = 0"
	case ledger.RowOK:
		kinds = kinds[:1]
	}
	for _, k := range kinds {
		if f.Stores == nil {
			s.rowsOf("ix_stock_"+k.index, k.condition)
			continue
		}
		for _, store := range f.Stores {
			s.rowsOf("ix_stock_store_id_"+k.index, k.condition+" AND s.store_id = ?", store)
		}
	}
}

// compare is the sign of a key that comes after another one, and of one that is that
// key or before it.
func (s search) compare() (after, upTo string) {
	if s.back {
		return " < ", " >= "
	}
	return " > ", " <= "
}

// direction is that of ORDER BY, for each column.
func (s search) orderBy(columns ...string) string {
	if s.back {
		return strings.Join(columns, " DESC, ") + " DESC"
	}
	return strings.Join(columns, ", ")
}

// start returns the key before all others.
func (s search) start() paging.Key {
	text, number := "", int64(-1)
	if s.back {
		text, number = last, ledger.MaxQuantity+1
	}
	key := make(paging.Key, len(s.order))
	for i, column := range s.order {
		key[i] = text
		if column == "s.available" {
			key[i] = number
		}
	}
	return key
}

// vector is a row value with so many members.
func vector(columns []string) (names, marks string) {
	return "(" + strings.Join(columns, ", ") + ")", "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
}

// page returns the statement that reads a page after a key, up to the key end; nil:
// to the end of the list.
func (s search) page(after, end paging.Key, limit int) (query string, args []any) {
	if s.byProduct {
		return s.pageByProduct(after, end, limit)
	}
	names, marks := vector(s.order)
	isAfter, isUpTo := s.compare()
	columns := "s.product_id AS product_id, s.store_id AS store_id"
	keys := []string{"product_id", "store_id"}
	if len(s.order) > 2 {
		columns, keys = s.order[0]+" AS first, "+columns, append([]string{"first"}, keys...)
	}
	for i, p := range s.parts {
		if i > 0 {
			query += " UNION ALL "
		}
		c := p.within
		c.and(names+isAfter+marks, after...)
		if end != nil {
			c.and(names+isUpTo+marks, end...)
		}
		from := p.from
		if s.whole || strings.Contains(s.filter.text, "p.") {
			from += " CROSS JOIN products p ON p.id = s.product_id"
		}
		if s.filter.text != "" {
			c.and(s.filter.text, s.filter.args...)
		}
		query += "SELECT " + columns + " FROM " + from + " WHERE " + c.text
		args = append(args, c.args...)
	}
	query += " ORDER BY " + s.orderBy(keys...) + " LIMIT ?"
	ofKeys := make([]string, len(keys))
	for i, key := range keys {
		ofKeys[i] = "k." + key
	}
	return strings.Replace(rowsOfKeys, "KEYS", "("+query+") k", 1) + " ORDER BY " + s.orderBy(ofKeys...), append(args, limit)
}

// pageByProduct is page for a list by products.
func (s search) pageByProduct(after, end paging.Key, limit int) (string, []any) {
	isAfter, isUpTo := s.compare()
	product := s.order[:len(s.order)-1]
	names, marks := vector(product)
	c := s.parts[0].within
	c.and(names+isAfter[:2]+"= "+marks, after[:len(product)]...)
	if end != nil {
		c.and(names+isUpTo+marks, end[:len(product)]...)
	}
	names, marks = vector(s.order)
	c.and(names+isAfter+marks, after...)
	c.and(s.filter.text, s.filter.args...)
	return "SELECT " + columnsRow + " FROM " + s.parts[0].from + " CROSS JOIN stock s ON s.product_id = p.id WHERE " + c.text +
		" ORDER BY " + s.orderBy(s.order...) + " LIMIT ?", append(c.args, limit)
}

// pageEnd returns the statement that reads the key at which a page after a key ends
// at the latest. It is empty when nothing bounds the page but its limit.
func (s search) pageEnd(after paging.Key) (query string, args []any) {
	isAfter, _ := s.compare()
	if s.byProduct {
		product := s.order[:len(s.order)-1]
		names, marks := vector(product)
		return "SELECT " + strings.Join(product, ", ") + " FROM " + s.parts[0].from + " WHERE " + names + isAfter[:2] + "= " + marks +
			" ORDER BY " + s.orderBy(product...) + " LIMIT 1 OFFSET ?", append(slices.Clone(after[:len(product)]), s.depth-1)
	}
	if s.whole || s.filter.text == "" {
		return "", nil
	}
	names, marks := vector(s.order)
	for i, p := range s.parts {
		if i > 0 {
			query += " UNION ALL "
		}
		query += "SELECT " + strings.Join(s.order, ", ") + " FROM " + p.from + " WHERE " + p.within.text + " AND " + names + isAfter + marks
		args = append(append(args, p.within.args...), after...)
	}
	columns := strings.Split(strings.ReplaceAll(strings.Join(s.order, " "), "s.", ""), " ")
	return query + " ORDER BY " + s.orderBy(columns...) + " LIMIT 1 OFFSET ?", append(args, s.depth-1)
}

// key returns the key of a row.
func (s search) key(r ledger.Row) paging.Key {
	switch s.order[0] {
	case "s.available":
		return paging.Key{r.Available(), r.ProductID, r.StoreID}
	case "s.updated_at":
		return paging.Key{clock.Text(r.UpdatedAt), r.ProductID, r.StoreID}
	case "p.sku":
		return paging.Key{r.Product.SKU, r.ProductID, r.StoreID}
	case "p.name":
		return paging.Key{r.Product.Name, r.ProductID, r.StoreID}
	default:
		return paging.Key{r.ProductID, r.StoreID}
	}
}
