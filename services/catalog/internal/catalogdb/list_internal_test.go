package catalogdb

import (
	"path/filepath"
	"slices"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/product"
)

// TestLists_plans: the search for a text reads all products of its category; the
// other lists read no more than their page.
func TestLists_plans(t *testing.T) {
	db := openPlans(t)
	cups := "cups"
	for name, f := range map[string]product.Filter{"all": {}, "category": {Category: &cups}, "text in a category": {Category: &cups, Text: "x"}} {
		for kind, query := range listOf(f).Statements() {
			sqlitetest.NoScan(t, db.Reader(), name+" "+kind, query, "ix_products_listed")
		}
	}
}

// TestSKU_plans: one product, and the start of a service whose rows all have
// keys, read no other rows.
func TestSKU_plans(t *testing.T) {
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
	db, err := Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF"}, clock.System{})
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
