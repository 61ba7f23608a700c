package stockdb

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency/idempotencysqlite"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// migrated returns a database in which statements ran after its first n
// migrations, and then all of them.
func migrated(t testing.TB, n int, statements ...string) *DB {
	t.Helper()
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "stock.db")}
	shared := []sqlite.Component{outboxsqlite.Component(), idempotencysqlite.Component()}
	sqlitetest.Release(t, o, n, sqlite.Component{Name: "stock", FS: migrations}, shared, statements...)
	db, err := Open(t.Context(), database.Config{SQLitePath: o.Path, Synchronous: o.Synchronous},
		database.Deps{Clock: clock.System{}, Logger: o.Logger})
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

func TestOpen(t *testing.T) {
	t.Run("marks the rows that were reported low", testOpenMarksTheRowsThatWereReportedLow)
	t.Run("sorts old movements by time", testOpenSortsOldMovementsByTime)
	t.Run("counts unavailable units", testOpenCountsUnavailableUnits)
	t.Run("knows the stores of its rows", testOpenKnowsTheStoresOfItsRows)
}

func testOpenMarksTheRowsThatWereReportedLow(t *testing.T) {
	const low = `('%s', 'stock.low', 'stock', 'p-1', '%s', 1, '{}', '2026-01-01T00:00:00.000Z')`
	db := migrated(t, 2,
		`INSERT INTO products VALUES ('p-1', 'SKU', 'Name', 'active', 1)`,
		`INSERT INTO stock VALUES
			('p-1', 'BORN', 3, 0, 0, 0, NULL, 0, 1, ''), -- low from the start: no event
			('p-1', 'SANK', 10, 0, 0, 0, NULL, 0, 2, ''),
			('p-1', 'HELD', 90, 80, 0, 0, 30, 0, 2, ''),
			('p-1', 'ROSE', 11, 0, 0, 0, NULL, 0, 3, ''),
			('p-1', 'ZERO', 1, 0, 0, 0, 0, 0, 3, '')`,
		`INSERT INTO outbox (id, event_type, aggregate_type, aggregate_id, store_id, version, payload, created_at) VALUES `+
			fmt.Sprintf(low, "1", "SANK")+","+fmt.Sprintf(low, "2", "HELD")+","+fmt.Sprintf(low, "3", "ROSE")+","+fmt.Sprintf(low, "4", "ZERO"))
	for store, want := range map[string]bool{"BORN": false, "SANK": true, "HELD": true, "ROSE": false, "ZERO": false} {
		row, found, err := db.Row(t.Context(), "p-1", store)
		if err != nil || !found || row.LowReported != want {
			t.Errorf("%s: %+v %t %v, want %t", store, row, found, err, want)
		}
	}
	var events int
	if err := db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM outbox`).Scan(&events); err != nil || events != 4 {
		t.Errorf("%d events, want the 4 that were there: %v", events, err)
	}
}

func testOpenSortsOldMovementsByTime(t *testing.T) {
	ctx := t.Context()
	db := migrated(t, 1,
		`INSERT INTO products VALUES ('p-1', 'SKU', 'Name', 'active', 1)`,
		`INSERT INTO stock VALUES ('p-1', 'A', 3, 0, 0, 0, NULL, 0, 3, '2026-01-01T00:00:02.000Z')`,
		`INSERT INTO stock VALUES ('p-1', 'B', 1, 0, 0, 0, NULL, 0, 1, '2026-01-01T00:00:00.000Z')`,
		`INSERT INTO movements (product_id, store_id, kind, change, quantity, version, reason, created_at) VALUES
			('p-1', 'A', 'created', 1, 1, 1, '', '2026-01-01T00:00:02.000Z'),
			('p-1', 'B', 'created', 1, 1, 1, '', '2026-01-01T00:00:00.000Z'),
			('p-1', 'A', 'adjusted', 1, 2, 2, '', '2026-01-01T00:00:01.000Z'),
			('p-1', 'A', 'adjusted', 1, 3, 3, '', '2026-01-01T00:00:03.000Z')`)
	for store, want := range map[string]string{"A": "3@03 2@02 1@02", "B": "1@00"} {
		list, err := db.Movements(ctx, ledger.MovementFilter{ProductID: "p-1", StoreID: store}, paging.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, m := range list.Items {
			have = append(have, string(rune('0'+m.Quantity))+"@"+m.CreatedAt.Format("05"))
		}
		if got := strings.Join(have, " "); got != want {
			t.Errorf("store %s: %s, want %s", store, got, want)
		}
	}
}

// testOpenCountsUnavailableUnits: the available units stay available, and those that
// are set apart leave the totals and the lists.
func testOpenCountsUnavailableUnits(t *testing.T) {
	ctx := t.Context()
	db := migrated(t, 6,
		`INSERT INTO products VALUES ('p-1', 'SKU', 'Name', 'active', 1)`,
		`INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_qty, version, updated_at)
		VALUES ('p-1', 'A', 30, 5, 0, 0, 0, 1, '2026-01-01T00:00:02.000Z')`,
		`INSERT INTO movements (product_id, store_id, kind, change, quantity, version, reason, created_at)
		VALUES ('p-1', 'A', 'created', 30, 30, 1, '', '2026-01-01T00:00:02.000Z')`)
	row, found, err := db.Row(ctx, "p-1", "A")
	if err != nil || !found || row.Available() != 25 || row.Incoming != 0 || row.Removed {
		t.Fatalf("%+v %t %v, want 25 units available", row, found, err)
	}
	row.Version, row.Unavailable = 2, ledger.Unavailable{Damaged: 20}
	if err := db.Write(ctx, ledger.Needs{}, func(tx ledger.Tx) error { return tx.UpdateRow(row, 1) }); err != nil {
		t.Fatal(err)
	}
	totals, err := db.TotalsOfStores(ctx, nil)
	if want := (ledger.StoreTotals{StoreID: "A", Rows: 1, Quantity: 30, Reserved: 5, Unavailable: 20, Low: 1}); err != nil || len(totals) != 1 || totals[0] != want {
		t.Errorf("totals %+v %v, want %+v", totals, err, want)
	}
	row.Version, row.Unavailable.Other = 3, 6
	if err := db.Write(ctx, ledger.Needs{}, func(tx ledger.Tx) error { return tx.UpdateRow(row, 2) }); err == nil {
		t.Error("more units are unavailable than are there")
	}
}

func testOpenKnowsTheStoresOfItsRows(t *testing.T) {
	db := migrated(t, 8,
		`INSERT INTO products (id, sku, name, status, version) VALUES ('p-1', 'SKU', 'Name', 'active', 1), ('p-2', 'SKU 2', 'Name', 'deleted', 1)`,
		`INSERT INTO stock (product_id, store_id, quantity, reserved, min_stock, max_stock, reorder_qty, version, updated_at)
			VALUES ('p-1', 'MAD', 3, 0, 0, 0, 0, 1, ''), ('p-2', 'MAD', 3, 0, 0, 0, 0, 1, ''), ('p-2', 'BCN', 0, 0, 0, 0, 0, 1, '')`)
	used, err := db.UsedStores(t.Context(), 10)
	if err != nil || fmt.Sprint(used) != "[{{BCN false 0} } {{MAD false 0} }]" {
		t.Errorf("used stores %v, %v", used, err)
	}
	ids, err := db.StoreIDs(t.Context())
	if err != nil || fmt.Sprint(ids) != "[BCN MAD]" {
		t.Errorf("stores %v, %v", ids, err)
	}
}
