package stockdb

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/sku"
	"inventory.example/pkg/database"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

// searches are all filters of rows with all orders, by name.
func searches(productID, sku string) map[string]ledger.RowFilter {
	all := map[string]ledger.RowFilter{}
	for names, stores := range map[string][]string{"all": nil, "one": {"S-1"}, "two": {"S-0", "S-2"}, "many": append(manyStores(), "S-0", "S-1", "S-3")} {
		for _, sort := range []ledger.RowSort{ledger.SortProduct, ledger.SortAvailable, ledger.SortSKU, ledger.SortName, ledger.SortUpdated} {
			for _, state := range []ledger.RowState{"", ledger.RowLow, ledger.RowOut, ledger.RowOK} {
				for only, f := range map[string]ledger.RowFilter{
					"": {}, "product": {ProductID: productID}, "sku": {SKU: sku}, "text": {Text: "Té"}, "text of the product": {Text: "té", ProductID: productID},
				} {
					if names == "many" && (only != "" || state == ledger.RowOut || state == ledger.RowOK) {
						continue // as with two
					}
					for _, back := range []bool{false, true} {
						f.Stores, f.Sort, f.State, f.Backward = stores, sort, state, back
						all[fmt.Sprintf("%s stores, %q %q %q %t", names, only, state, sort, back)] = f
					}
				}
			}
		}
	}
	return all
}

func openEmpty(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "stock.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestSearch(t *testing.T) {
	t.Run("plans", testSearchPlans)
	t.Run("walks show every row once", testSearchWalks)
}

// testSearchPlans: no page reads a whole table, and only the rows of one product are
// sorted for it. Totals of a text read all products.
func testSearchPlans(t *testing.T) {
	db := openEmpty(t)
	for name, f := range searches("p-1", "SKU-1") {
		s := searchOf(f, []string{"S-0", "S-1", "S-2"})
		s.parts = s.parts[:min(len(s.parts), maxMerged)]
		query, args := s.page(s.start(), s.start(), 10)
		if n := strings.Count(query, "?"); n != len(args) {
			t.Errorf("%s: %d arguments for %d marks\n%s", name, len(args), n, query)
		}
		sqlitetest.NoScan(t, db.Reader(), name, query)
		for _, step := range sqlitetest.Plan(t, db.Reader(), query) {
			if strings.Contains(step, "TEMP B-TREE FOR ORDER BY") && !s.whole {
				t.Errorf("%s: %s\n%s", name, step, query)
			}
		}
		if query, args := s.pageEnd(s.start()); query != "" {
			if n := strings.Count(query, "?"); n != len(args) {
				t.Errorf("%s: %d arguments for %d marks\n%s", name, len(args), n, query)
			}
			sqlitetest.NoScan(t, db.Reader(), name+", end", query)
		}
		if query, _ = totalsOf(f); f.Text == "" && (f.State != ledger.RowOK || f.Stores != nil) {
			sqlitetest.NoScan(t, db.Reader(), name+", totals", query, "ix_stock_low", "ix_stock_store_id_available", "ix_stock_available", "u", "t")
		}
	}
}

// manyOfEach stores 4 stores of 30 products: rows in every state, those of deleted
// products, and removed ones.
func manyOfEach(t *testing.T, db *DB) (rows []ledger.Row) {
	t.Helper()
	point := int64(4)
	err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
		for i := range int64(30) {
			p := ledger.Product{ID: fmt.Sprintf("p-%02d", i*7%30), SKU: fmt.Sprintf("SKU-%d", i/2), Name: fmt.Sprintf("Name %d", i%5), Version: 1}
			if i%3 == 0 {
				p.Name = "Grüner TÉ " + p.Name
			}
			if err := tx.SaveProduct(p); err != nil {
				return err
			}
			for store := range int64(4) {
				r := ledger.Row{
					ProductID: p.ID, StoreID: fmt.Sprintf("S-%d", store), Quantity: (i * (store + 1)) % 14, Version: 1,
					UpdatedAt: clock.Truncate(clock.System{}.Now()).AddDate(0, 0, int(i*store%9)), Product: p,
				}
				if i%2 == 0 {
					r.Thresholds.ReorderPoint = &point
				}
				r.Unavailable.Damaged = r.Quantity / 3
				if err := tx.InsertRow(r); err != nil {
					return err
				}
				if r.Quantity == 0 && store == 3 {
					r.Version = 2
					if err := tx.RemoveRow(r, 1); err != nil {
						return err
					}
					continue
				}
				rows = append(rows, r)
			}
		}
		return tx.SaveProduct(ledger.Product{ID: "p-07", SKU: "SKU-0", Deleted: true, Version: 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if rows[i].ProductID == "p-07" {
			rows[i].Product.Deleted = true
		}
	}
	return rows
}

// expected returns the keys of the rows that match f, in its order.
func expected(rows []ledger.Row, f ledger.RowFilter) (keys []string, sums ledger.StoreTotals) {
	var found []ledger.Row
	for _, r := range rows {
		low := !r.Product.Deleted && r.Available() <= r.EffectiveReorderPoint()
		out := !r.Product.Deleted && r.Available() == 0
		state := map[ledger.RowState]bool{"": true, ledger.RowLow: low, ledger.RowOut: out, ledger.RowOK: !low && !r.Product.Deleted}
		if f.Stores != nil && !slices.Contains(f.Stores, r.StoreID) || f.ProductID != "" && f.ProductID != r.ProductID ||
			f.SKU != "" && !strings.EqualFold(f.SKU, r.Product.SKU) || !state[f.State] ||
			!strings.Contains(sku.Fold(r.Product.Name+"\n"+r.Product.SKU), sku.Fold(f.Text)) {
			continue
		}
		found = append(found, r)
		sums.Rows, sums.Quantity, sums.Unavailable = sums.Rows+1, sums.Quantity+r.Quantity, sums.Unavailable+r.Unavailable.Sum()
		if low {
			sums.Low++
		}
		if out {
			sums.Out++
		}
	}
	slices.SortFunc(found, func(a, b ledger.Row) int {
		first := map[ledger.RowSort]int{
			ledger.SortAvailable: cmp.Compare(a.Available(), b.Available()), ledger.SortUpdated: a.UpdatedAt.Compare(b.UpdatedAt),
			ledger.SortSKU: strings.Compare(a.Product.SKU, b.Product.SKU), ledger.SortName: strings.Compare(a.Product.Name, b.Product.Name),
		}[f.Sort]
		order := cmp.Or(first, strings.Compare(a.ProductID, b.ProductID), strings.Compare(a.StoreID, b.StoreID))
		if f.Backward {
			return -order
		}
		return order
	})
	for _, r := range found {
		keys = append(keys, r.ProductID+" "+r.StoreID)
	}
	return keys, sums
}

// testSearchWalks compares every list with the rows, also when pages end because they
// have read so many rows, and when more stores are merged than one statement does.
func testSearchWalks(t *testing.T) {
	db := openEmpty(t)
	rows := manyOfEach(t, db)
	for name, f := range searches("p-14", "sku-3") {
		want, wantSums := expected(rows, f)
		for _, depth := range []int{rowDepth, 9} {
			var got []string
			page := paging.Page{Limit: 17}
			for pages := 0; ; pages++ {
				var list paging.List[ledger.Row]
				err := db.DB.DB.Snapshot(t.Context(), func(snapshot *sqlite.Snapshot) (err error) {
					stores := f.Stores
					if stores == nil {
						stores = []string{"S-0", "S-1", "S-2", "S-3"}
					}
					s := searchOf(f, stores)
					s.depth = depth
					list, err = searchPage(snapshot, s, page)
					return err
				})
				if err != nil || pages > len(rows) {
					t.Fatalf("%s: page %d, %v", name, pages, err)
				}
				for _, r := range list.Items {
					got = append(got, r.ProductID+" "+r.StoreID)
				}
				if page.After = list.Next; page.After == nil {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, depth %d: got %q, want %q", name, depth, got, want)
			}
		}
		if _, sums, err := db.Search(t.Context(), f, paging.Page{Limit: 1}, true); err != nil || *sums != wantSums {
			t.Errorf("%s: totals %+v %v, want %+v", name, sums, err, wantSums)
		}
	}
}
