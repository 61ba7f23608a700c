package catalogdb

import (
	"path/filepath"
	"slices"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite/sqlitetest"
)

func TestLists(t *testing.T) {
	t.Run("plans", testListsPlans)
}

func testListsPlans(t *testing.T) {
	db := openPlans(t)
	for name, category := range map[string]*string{"all": nil, "category": new("cups")} {
		for kind, query := range listOf(category).Statements() {
			sqlitetest.NoScan(t, db.Reader(), name+" "+kind, query, "ix_products_listed")
		}
	}
}

func TestStores(t *testing.T) {
	t.Run("plans", testStoresPlans)
}

func testStoresPlans(t *testing.T) {
	db := openPlans(t)
	for name, query := range map[string]string{
		"store": sqlStore, "list": sqlStores, "list for a key of some stores": sqlSomeStores, "update": sqlUpdateStore,
	} {
		sqlitetest.NoScan(t, db.Reader(), name, query)
	}
}

func TestSearch(t *testing.T) {
	t.Run("plans", testSearchPlans)
}

// testSearchPlans: a search selects the rows of products by their numbers. There
// is one block for thousands of products.
func testSearchPlans(t *testing.T) {
	db := openPlans(t)
	for name, query := range map[string]string{
		"gram": sqlGram, "blocks": sqlBlocks, "products of a page": sqlProductsOf, "tail": sqlTail, "ids of the tail": sqlIDsOfTail,
		"count of some": sqlCountAmong, "ids of some": sqlIDsAmong, "blocks written": sqlBlocksWritten, "last product": sqlLastProduct,
		"texts of a block": sqlTextsOfBlock, "block": sqlInsertBlock, "text of a product": sqlTextOf, "members": sqlMembers,
	} {
		sqlitetest.NoScan(t, db.Reader(), name, query, "product_blocks")
	}
}

func TestSKU(t *testing.T) {
	t.Run("plans", testSKUPlans)
}

// testSKUPlans: a query of one product, and the start of a service whose products
// all have keys, read no other rows.
func testSKUPlans(t *testing.T) {
	db := openPlans(t)
	for name, plan := range map[string]struct{ query, step string }{
		"a SKU in any form": {sqlProductsLike, "SEARCH products USING INDEX ux_products_sku_key (sku_key>? AND sku_key<?)"},
		"rows without keys": {sqlLacksKeys, "SEARCH products USING INDEX ux_products_sku_key (sku_key=?)"},
		"the next of them":  {sqlWithoutKey, "SEARCH products USING INDEX ix_products_listed (id>?)"},
		"the key of a row":  {sqlSetKey, "SEARCH products USING INDEX sqlite_autoindex_products_1 (id=?)"},
	} {
		sqlitetest.NoScan(t, db.Reader(), name, plan.query)
		if steps := sqlitetest.Plan(t, db.Reader(), plan.query); !slices.Contains(steps, plan.step) || slices.Contains(steps, "USE TEMP B-TREE FOR ORDER BY") {
			t.Errorf("%s: %q, want %q", name, steps, plan.step)
		}
	}
}

func openPlans(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF"},
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
