package stockdb

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

// fill makes a table of 1,000,000 rows: 10,000 products in 100 stores, one in
// ten low, and the movements of one row.
const fill = `
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
INSERT INTO products SELECT printf('p-%05d', i), printf('SKU-%d', i), 'Name', 'active', 1 FROM n;
INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_point, reorder_qty, version, updated_at)
SELECT p.id, printf('S-%03d', s.value), abs(random()) % 1000, 0, 0, 0, 100, 0, 1, '2026-01-01T00:00:00.000Z'
FROM products p, (WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < 99) SELECT value FROM n) s;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
INSERT INTO movements (product_id, store_id, kind, change, quantity, version, reason, actor, created_at)
SELECT 'p-00000', 'S-000', 'adjusted', 0, 0, 1, '', 'Ada', printf('2026-01-01T00:%02d:%02d.%03dZ', i / 60000, i / 1000 % 60, i % 1000) FROM n;`

// BenchmarkLists reads pages of every list of stock from 1,000,000 rows, with
// their totals, and prints the median and the 99th percentile.
func BenchmarkLists(b *testing.B) {
	db, err := Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "stock.db"), Synchronous: "OFF"}, clock.System{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	for _, statement := range splitFill(fill) {
		if err := db.DB.Write(b.Context(), func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(statement)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	threshold := int64(500)
	low := func(f ledger.LowStockFilter) func(paging.Page) (paging.Key, error) {
		return func(page paging.Page) (paging.Key, error) {
			list, err := db.LowStock(b.Context(), f, page)
			return list.Next, err
		}
	}
	for _, list := range []struct {
		name string
		read func(paging.Page) (paging.Key, error)
	}{
		{"store", func(page paging.Page) (paging.Key, error) {
			list, err := db.RowsOfStore(b.Context(), "S-050", page)
			return list.Next, err
		}},
		{"movements", func(page paging.Page) (paging.Key, error) {
			list, err := db.Movements(b.Context(), ledger.MovementFilter{ProductID: "p-00000", StoreID: "S-000"}, page)
			return list.Next, err
		}},
		{"movements by actor", func(page paging.Page) (paging.Key, error) {
			list, err := db.Movements(b.Context(), ledger.MovementFilter{ProductID: "p-00000", StoreID: "S-000", Actor: "Ada"}, page)
			return list.Next, err
		}},
		{"low", low(ledger.LowStockFilter{})},
		{"low in a store", low(ledger.LowStockFilter{Stores: []string{"S-050"}})},
		{"low in 20 stores", low(ledger.LowStockFilter{Stores: someStores(20)})},
		{"threshold 500", low(ledger.LowStockFilter{Threshold: &threshold})},
		{"threshold 500 in a store", low(ledger.LowStockFilter{Threshold: &threshold, Stores: []string{"S-050"}})},
		{"threshold 500 in 20 stores", low(ledger.LowStockFilter{Threshold: &threshold, Stores: someStores(20)})},
	} {
		b.Run(list.name, func(b *testing.B) {
			var times []time.Duration
			var after paging.Key
			for b.Loop() {
				began := time.Now()
				next, err := list.read(paging.Page{Limit: 100, After: after})
				if err != nil {
					b.Fatal(err)
				}
				times, after = append(times, time.Since(began)), next
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

func splitFill(text string) (statements []string) {
	for len(text) > 0 {
		i := slices.Index([]byte(text), ';')
		statements, text = append(statements, text[:i+1]), text[i+1:]
	}
	return statements
}

func someStores(n int) []string {
	stores := make([]string, n)
	for i := range stores {
		stores[i] = "S-0" + string(rune('0'+i/10)) + string(rune('0'+i%10))
	}
	return stores
}
