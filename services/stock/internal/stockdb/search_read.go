package stockdb

import (
	"context"
	"fmt"
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

// searchPage reads a page.
func searchPage(snapshot *sqlite.Snapshot, s search, page paging.Page) (paging.List[ledger.Row], error) {
	after := page.After
	if after == nil {
		after = s.start()
	}
	order := order[ledger.Row]{key: s.key, back: s.back}
	return readParts(s.parts, page, order, func(parts []part) (rows []ledger.Row, end paging.Key, err error) {
		some := s
		some.parts = parts
		if end, err = searchEnd(snapshot, some, after); err != nil {
			return nil, nil, err
		}
		query, args := some.page(after, end, page.Limit+1)
		err = snapshot.Each(func(row sqlite.Scanner) error {
			r, err := scanRow(row)
			rows = append(rows, r)
			return err
		}, query, args...)
		return rows, end, err
	})
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
