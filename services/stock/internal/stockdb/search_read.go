package stockdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlStores = `SELECT store_id FROM store_totals WHERE store_id > '' AND rows > 0`

	// Totals of rows that are selected by their stores alone, as in the summary.
	totalsOfAll  = selectTotals + `WHERE t.store_id > ''`
	totalsOfSome = selectTotals + `WHERE t.store_id IN (SELECT value FROM json_each(?))`
)

// Search implements ledger.Reader.
func (db *DB) Search(
	ctx context.Context, f ledger.RowFilter, page paging.Page, totals bool,
) (list paging.List[ledger.Row], sums *ledger.StoreTotals, err error) {
	err = db.DB.DB.Snapshot(ctx, func(snapshot *sqlite.Snapshot) error {
		stores := f.Stores
		if stores == nil && f.Sort == ledger.SortUpdated {
			err := snapshot.Each(func(row sqlite.Scanner) error {
				var store string
				err := row.Scan(&store)
				stores = append(stores, store)
				return err
			}, sqlStores)
			if err != nil {
				return err
			}
		}
		if list, err = searchPage(snapshot, searchOf(f, stores), page); err != nil || !totals {
			return err
		}
		sums, err = searchTotals(snapshot, f)
		return err
	})
	if err != nil {
		return list, nil, fmt.Errorf("search stock rows: %w", err)
	}
	return list, sums, nil
}

// searchPage reads a page. Parts beyond maxMerged are read in several statements,
// whose rows are merged here.
func searchPage(snapshot *sqlite.Snapshot, s search, page paging.Page) (list paging.List[ledger.Row], err error) {
	after := page.After
	if after == nil {
		after = s.start()
	}
	var rows []ledger.Row
	var end paging.Key // nil: the end of the list
	for chunk := range slices.Chunk(s.parts, maxMerged) {
		some := s
		some.parts = chunk
		chunkEnd, err := searchEnd(snapshot, some, after)
		if err != nil {
			return list, err
		}
		if chunkEnd != nil && (end == nil || s.precedes(chunkEnd, end)) {
			end = chunkEnd
		}
		query, args := some.page(after, chunkEnd, page.Limit+1)
		err = snapshot.Each(func(row sqlite.Scanner) error {
			r, err := scanRow(row)
			rows = append(rows, r)
			return err
		}, query, args...)
		if err != nil {
			return list, err
		}
	}
	if len(s.parts) > maxMerged {
		slices.SortFunc(rows, func(a, b ledger.Row) int {
			if s.precedes(s.key(a), s.key(b)) {
				return -1
			}
			return 1
		})
		rows = slices.DeleteFunc(rows, func(r ledger.Row) bool { return end != nil && s.precedes(end, s.key(r)) })
		rows = rows[:min(len(rows), page.Limit+1)]
	}
	list = paging.Of(page, rows, 0, s.key)
	if list.Next == nil {
		list.Next = end
	}
	return list, nil
}

// searchEnd returns the key at which a page ends at the latest, nil for the end of
// the list.
func searchEnd(snapshot *sqlite.Snapshot, s search, after paging.Key) (end paging.Key, err error) {
	query, args := s.pageEnd(after)
	if query == "" {
		return nil, nil
	}
	err = snapshot.Each(func(row sqlite.Scanner) error {
		end = make(paging.Key, len(s.order))
		into := make([]any, len(s.order))
		for i := range s.order {
			into[i] = &end[i]
		}
		if !s.byProduct {
			return row.Scan(into...)
		}
		end[len(end)-1] = last // all stores of the product
		if s.back {
			end[len(end)-1] = ""
		}
		return row.Scan(into[:len(into)-1]...)
	}, query, args...)
	return end, err
}

// precedes reports whether a key comes before another one.
func (s search) precedes(a, b paging.Key) bool {
	order := 0
	for i := range a {
		switch value := a[i].(type) {
		case int64:
			order = cmp.Compare(value, b[i].(int64))
		case string:
			order = strings.Compare(value, b[i].(string))
		}
		if order != 0 {
			break
		}
	}
	return order < 0 != s.back && order != 0
}

// searchTotals returns the totals of all rows that match f. Those of stores are
// stored; any other filter reads the rows that match.
func searchTotals(snapshot *sqlite.Snapshot, f ledger.RowFilter) (*ledger.StoreTotals, error) {
	sums := &ledger.StoreTotals{}
	query, args := totalsOf(f)
	err := snapshot.Each(func(row sqlite.Scanner) error {
		var t ledger.StoreTotals
		err := row.Scan(&t.StoreID, &t.Rows, &t.Quantity, &t.Reserved, &t.Unavailable, &t.Low, &t.Out)
		sums.Rows, sums.Low, sums.Out = sums.Rows+t.Rows, sums.Low+t.Low, sums.Out+t.Out
		sums.Quantity, sums.Reserved, sums.Unavailable = sums.Quantity+t.Quantity, sums.Reserved+t.Reserved, sums.Unavailable+t.Unavailable
		return err
	}, query, args...)
	return sums, err
}

// totalsOf returns the statement that reads totals, in one row or several.
func totalsOf(f ledger.RowFilter) (query string, args []any) {
	if f.ProductID+f.SKU+f.Text == "" && f.State == "" {
		if f.Stores == nil {
			return totalsOfAll, nil
		}
		return totalsOfSome, []any{sqlite.List(f.Stores)}
	}
	f.Backward, f.Sort = false, ledger.SortProduct
	if f.ProductID+f.SKU+f.Text == "" { // the rows of a state are those of an index
		f.Sort = ledger.SortAvailable
	}
	stores := f.Stores
	if len(stores) <= maxMerged {
		return searchOf(f, stores).totals()
	}
	f.Stores = nil
	s := searchOf(f, nil)
	s.filter.amongStores(stores)
	return s.totals()
}

func (s search) totals() (query string, args []any) {
	for i, p := range s.parts {
		if i > 0 {
			query += " UNION ALL "
		}
		c := p.within
		if s.filter.text != "" {
			c.and(s.filter.text, s.filter.args...)
		}
		from := p.from
		switch {
		case s.byProduct:
			from += " CROSS JOIN stock s ON s.product_id = p.id"
		case strings.Contains(s.filter.text, "p."):
			from += " CROSS JOIN products p ON p.id = s.product_id"
		}
		query += `SELECT '', COUNT(*), COALESCE(SUM(s.quantity), 0), COALESCE(SUM(s.reserved), 0),
	COALESCE(SUM(s.quantity - s.reserved - s.available), 0), COUNT(*) FILTER (WHERE ` + isLow + `), COUNT(*) FILTER (WHERE ` + isOut + `)
	FROM ` + from + ` WHERE ` + c.text
		args = append(args, c.args...)
	}
	return query, args
}
