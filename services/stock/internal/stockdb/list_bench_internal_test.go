package stockdb

import (
	"fmt"
	"testing"

	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

// manyRows are 1,000,000 rows, 10,000 products in 100 stores, of which one in ten
// is low, and 1,000,000 movements: 300,000 of one row, a third of them by one
// actor, and the others of 1,000 rows. They are written before the migration that
// counts and indexes them, which does so for all at once.
var manyRows = []string{
	`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
	INSERT INTO products SELECT printf('p-%05d', i), printf('SKU-%d', i), 'Name', 'active', 1 FROM n`,
	`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
	INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_point, reorder_qty, version, updated_at)
	SELECT p.id, printf('S-%03d', n.i), abs(random()) % 1000, 0, 0, 0, 100, 0, 1, '2026-01-01T00:00:00.000Z' FROM products p, n`,
	`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
	INSERT INTO movements (product_id, store_id, kind, change, quantity, version, reason, actor, created_at)
	SELECT iif(i % 10 < 3, 'p-00000', printf('p-%05d', i % 1000)), 'S-000', 'adjusted', 0, 0, 1, '', iif(i % 10 = 0, 'Ada', 'Bob'),
		printf('2026-01-01T%02d:%02d:%02d.%03dZ', i / 3600000, i / 60000 % 60, i / 1000 % 60, i % 1000) FROM n`,
}

// BenchmarkLists reads every list of stock from 1,000,000 rows, with its total.
func BenchmarkLists(b *testing.B) {
	db := migrated(b, 4, manyRows...)
	sqlitetest.Pages(b, "rows of a store", func(page paging.Page) (paging.List[ledger.Row], error) {
		return db.RowsOfStore(b.Context(), "S-050", page)
	})
	for name, actor := range map[string]string{"movements": "", "movements by an actor": "Ada"} {
		f := ledger.MovementFilter{ProductID: "p-00000", StoreID: "S-000", Actor: actor}
		sqlitetest.Pages(b, name, func(page paging.Page) (paging.List[ledger.Movement], error) {
			return db.Movements(b.Context(), f, page)
		})
	}
	for name, stores := range map[string][]string{"all": nil, "a store": {"S-050"}, "20 stores": someStores(20), "80 stores": someStores(80)} {
		for kind, threshold := range map[string]*int64{"low": nil, "at most 500": new(int64(500))} {
			f := ledger.LowStockFilter{Stores: stores, Threshold: threshold}
			sqlitetest.Pages(b, kind+" in "+name, func(page paging.Page) (paging.List[ledger.Row], error) { return db.LowStock(b.Context(), f, page) })
		}
	}
}

// BenchmarkSearch reads the searches of stock from 1,000,000 rows and 1,000,000
// movements, and the totals of the rows that match.
func BenchmarkSearch(b *testing.B) {
	db := migrated(b, 4, manyRows...)
	for name, f := range map[string]ledger.RowFilter{
		"all": {}, "by available": {Sort: ledger.SortAvailable}, "by SKU": {Sort: ledger.SortSKU}, "by name backward": {Sort: ledger.SortName, Backward: true},
		"by updated_at": {Sort: ledger.SortUpdated}, "a store by SKU": {Sort: ledger.SortSKU, Stores: []string{"S-050"}},
		"a store by updated_at": {Sort: ledger.SortUpdated, Stores: []string{"S-050"}}, "low by updated_at": {Sort: ledger.SortUpdated, State: ledger.RowLow},
		"80 stores by available": {Sort: ledger.SortAvailable, Stores: someStores(80)}, "out by SKU": {Sort: ledger.SortSKU, State: ledger.RowOut},
		"a rare text": {Text: "sku-777"}, "a rare text by available": {Text: "sku-777", Sort: ledger.SortAvailable}, "a product": {ProductID: "p-05000"},
	} {
		b.Run(name, func(b *testing.B) {
			page := paging.Page{Limit: 100}
			sqlitetest.Percentiles(b, func() {
				list, _, err := db.Search(b.Context(), f, page, false)
				if err != nil {
					b.Fatal(err)
				}
				page.After = list.Next
			})
		})
		if f.Sort == ledger.SortProduct {
			b.Run(name+"/totals", func(b *testing.B) {
				sqlitetest.Percentiles(b, func() {
					if _, _, err := db.Search(b.Context(), f, paging.Page{Limit: 1}, true); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
	for name, f := range map[string]ledger.MovementSearch{
		"movements": {}, "movements of a product": {ProductID: "p-00007"}, "movements of an actor": {Actor: "Ada"}, "movements of a store": {Stores: []string{"S-000"}},
		"movements of a kind": {Kind: ledger.MovementAdjusted}, "movements of a kind that is none": {Kind: ledger.MovementSold},
	} {
		b.Run(name, func(b *testing.B) {
			page := paging.Page{Limit: 100}
			sqlitetest.Percentiles(b, func() {
				list, err := db.SearchMovements(b.Context(), f, page)
				if err != nil {
					b.Fatal(err)
				}
				page.After = list.Next
			})
		})
	}
}

func someStores(n int) (stores []string) {
	for i := range n {
		stores = append(stores, fmt.Sprintf("S-%03d", i))
	}
	return stores
}
