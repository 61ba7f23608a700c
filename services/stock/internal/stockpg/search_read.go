package stockpg

import (
	"context"
	"fmt"

	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/stock/internal/ledger"
)

const (
	sqlStores = `SELECT store_id FROM store_totals WHERE total_rows > 0`

	selectTotals    = `SELECT store_id, total_rows, quantity, reserved, unavailable, low_rows, out_rows FROM store_totals WHERE total_rows > 0`
	sqlTotalsOfAll  = selectTotals + ` ORDER BY store_id`
	sqlTotalsOfSome = selectTotals + ` AND store_id = ANY($1::text[]) ORDER BY store_id`
)

func scanText(s postgres.Scanner) (text string, err error) {
	err = s.Scan(&text)
	return text, err
}

func scanTotals(s postgres.Scanner) (t ledger.StoreTotals, err error) {
	err = s.Scan(&t.StoreID, &t.Rows, &t.Quantity, &t.Reserved, &t.Unavailable, &t.Low, &t.Out)
	return t, err
}

// TotalsOfStores implements ledger.Reader.
func (db *DB) TotalsOfStores(ctx context.Context, stores []string) ([]ledger.StoreTotals, error) {
	st := totalsOfStores(stores)
	totals, err := postgres.Rows(ctx, db.SQL(), scanTotals, st.text, st.args...)
	if err != nil {
		return nil, fmt.Errorf("read the totals of stores: %w", err)
	}
	return totals, nil
}

func totalsOfStores(stores []string) statement {
	if stores == nil {
		return statement{text: sqlTotalsOfAll}
	}
	return statement{sqlTotalsOfSome, []any{stores}}
}

// Search implements ledger.Reader.
func (db *DB) Search(
	ctx context.Context, f ledger.RowFilter, page paging.Page, totals bool,
) (found paging.List[ledger.Row], sums *ledger.StoreTotals, err error) {
	err = db.SQL().Snapshot(ctx, func(snapshot *postgres.Snapshot) error {
		stores := f.Stores
		if stores == nil && f.Sort == ledger.SortUpdated {
			if stores, err = each(snapshot, statement{text: sqlStores}, scanText); err != nil {
				return err
			}
			stores = append([]string{}, stores...) // nil would be all together
		}
		if found, err = searchPage(snapshot, searchOf(f, stores), page); err != nil || !totals {
			return err
		}
		sums, err = searchTotals(snapshot, f)
		return err
	})
	if err != nil {
		return found, nil, fmt.Errorf("search stock rows: %w", err)
	}
	return found, sums, nil
}

// searchPage reads a page.
func searchPage(snapshot *postgres.Snapshot, s search, page paging.Page) (found paging.List[ledger.Row], err error) {
	end, err := searchEnd(snapshot, s, page.After)
	if err != nil {
		return found, err
	}
	list, err := each(snapshot, s.page(page.After, end, page.Limit+1), scanRow)
	if err != nil {
		return found, err
	}
	found = paging.Of(page, list, 0, s.key)
	if found.Next == nil {
		found.Next = end
	}
	return found, nil
}

// searchEnd returns the key at which a page ends at the latest, nil for the end of
// the list.
func searchEnd(snapshot *postgres.Snapshot, s search, after paging.Key) (end paging.Key, err error) {
	st := s.pageEnd(after)
	if st.text == "" {
		return nil, nil
	}
	columns := len(s.lists[0].order)
	err = snapshot.Each(func(record postgres.Scanner) error {
		end = make(paging.Key, columns, columns+1)
		into := make([]any, columns)
		for i := range into {
			into[i] = &end[i]
		}
		return record.Scan(into...)
	}, st.text, st.args...)
	if end != nil && s.byProduct { // all stores of the product
		if s.lists[0].back {
			return append(end, ""), err
		}
		return append(end, last), err
	}
	return end, err
}

// searchTotals returns the totals of all rows that match f. Those of stores are
// stored; any other filter reads the rows that match.
func searchTotals(snapshot *postgres.Snapshot, f ledger.RowFilter) (*ledger.StoreTotals, error) {
	list, err := each(snapshot, totalsOf(f), scanTotals)
	if err != nil {
		return nil, err
	}
	sums := &ledger.StoreTotals{}
	for _, t := range list {
		sums.Rows, sums.Low, sums.Out = sums.Rows+t.Rows, sums.Low+t.Low, sums.Out+t.Out
		sums.Quantity, sums.Reserved, sums.Unavailable = sums.Quantity+t.Quantity, sums.Reserved+t.Reserved, sums.Unavailable+t.Unavailable
	}
	return sums, nil
}

// totalsOf returns the statement that reads totals, in one record or several.
func totalsOf(f ledger.RowFilter) statement {
	if f.ProductID+f.SKU+f.Text == "" && f.State == "" {
		return totalsOfStores(f.Stores)
	}
	c := condition{text: "NOT s.removed"}
	from := "stock s"
	if f.SKU+f.Text != "" {
		from += " JOIN products p ON p.id = s.product_id"
	}
	if f.ProductID != "" {
		c.and("s.product_id = ?", f.ProductID)
	}
	if f.SKU != "" {
		c.and(hasSKU, f.SKU)
	}
	if f.Text != "" {
		c.and(hasText, sku.Fold(f.Text))
	}
	if f.State != "" {
		c.and(map[ledger.RowState]string{ledger.RowLow: isLow, ledger.RowOut: isOut, ledger.RowOK: isOK}[f.State])
	}
	c.amongStores(f.Stores)
	var q query
	text := `SELECT '', COUNT(*), COALESCE(SUM(s.quantity), 0)::bigint, COALESCE(SUM(s.reserved), 0)::bigint,
	COALESCE(SUM(s.quantity - s.reserved - s.available), 0)::bigint, COUNT(*) FILTER (WHERE ` + isLow + `), COUNT(*) FILTER (WHERE ` + isOut + `)
	FROM ` + from + ` WHERE ` + q.text(c)
	return statement{text, q.args}
}
