package stockdb

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/ledger/ledgertest"
)

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
	for name, f := range ledgertest.Searches("p-1", "SKU-1") {
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

// testSearchWalks compares every list with the rows, also when pages end because they
// have read so many rows, and when more stores are merged than one statement does.
func testSearchWalks(t *testing.T) {
	db := openEmpty(t)
	rows := ledgertest.ManyRows(t, db)
	for name, f := range ledgertest.Searches("p-14", "sku-3") {
		want, wantSums := ledgertest.FoundRows(rows, f)
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
