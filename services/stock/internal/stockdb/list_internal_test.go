package stockdb

import (
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/ledger/ledgertest"
)

// lists are all lists with all their filters.
func lists(productID string) map[string]sqlite.ListQuery {
	threshold := int64(25)
	all := map[string]sqlite.ListQuery{
		"store":                 listOfStore("MAD-001"),
		"movements":             listOfMovements(ledger.MovementFilter{ProductID: productID, StoreID: "MAD-001"}),
		"movements by an actor": listOfMovements(ledger.MovementFilter{ProductID: productID, StoreID: "MAD-001", Actor: "Ada"}),
	}
	for name, stores := range map[string][]string{
		"all": nil, "one store": {"MAD-001"}, "two stores": {"MAD-001", "BCN-001"}, "many stores": ledgertest.ManyStores(),
	} {
		all["low in "+name] = listOfLow(ledger.LowStockFilter{Stores: stores})
		all["under a threshold in "+name] = listOfLow(ledger.LowStockFilter{Stores: stores, Threshold: &threshold})
	}
	return all
}

func TestStores(t *testing.T) {
	t.Run("plans", testStoresPlans)
}

func testStoresPlans(t *testing.T) {
	db := migrated(t, 1)
	for name, query := range map[string]string{
		"store": sqlStore, "announced": sqlAnnouncedStore, "all rows": sqlAllRows, "all movements": sqlAllMovements, "used": sqlUsedStores,
	} {
		sqlitetest.NoScan(t, db.Reader(), name, query, "ix_stores_used")
	}
}

func TestLists(t *testing.T) {
	t.Run("plans", testListsPlans)
}

func testListsPlans(t *testing.T) {
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "stock.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for name, q := range lists("p-1") {
		for kind, query := range q.Statements() {
			var inOrder []string
			if kind == "by offset" { // the list of all stores is the index
				inOrder = append(inOrder, "ix_stock_low")
			}
			sqlitetest.NoScan(t, db.Reader(), name+" "+kind, query, inOrder...)
		}
	}
	for name, f := range ledgertest.TransferFilters() {
		for _, before := range []int64{1, 1 << 62} {
			query, _ := transferPage(f, before, 20)
			sqlitetest.NoScan(t, db.Reader(), "transfers of "+name, query)
		}
	}
	for name, f := range ledgertest.CountFilters() {
		for _, before := range []int64{1, 1 << 62} {
			query, _ := countPage(f, before, 20)
			sqlitetest.NoScan(t, db.Reader(), "counts of "+name, query)
		}
	}
	sqlitetest.NoScan(t, db.Reader(), "holds of rows", sqlHoldsOfRows, "ix_holds_held")
	for name, query := range map[string]string{
		"count": sqlCount, "line of a count": sqlCountLine, "counted lines": sqlCountLines, "lines of a count": sqlLinesOfCount,
		"lines of a count in a state": sqlLinesOfCountInState, "reserved units of rows": sqlReservedOfRows,
		"row": sqlRow, "rows of a product": sqlRowsOfProduct, "quantity at": sqlQuantityAt, "hold": sqlHold, "product": sqlProduct,
		"transfer": sqlTransfer, "lines of transfers": sqlTransferLines, "product of a SKU": sqlProductBySKU,
		"hold states": sqlHoldStates, "totals of all stores": sqlTotalsOfAll, "totals of some stores": sqlTotalsOfSome,
	} {
		sqlitetest.NoScan(t, db.Reader(), name, query)
	}
}
