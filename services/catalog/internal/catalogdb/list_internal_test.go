package catalogdb

import (
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/product"
)

// TestLists_plans: the search for a text reads all products of its category; the
// other lists read no more than their page.
func TestLists_plans(t *testing.T) {
	db, err := Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF"}, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	cups := "cups"
	for name, f := range map[string]product.Filter{"all": {}, "category": {Category: &cups}, "text in a category": {Category: &cups, Text: "x"}} {
		for kind, query := range listOf(f).Statements() {
			sqlitetest.NoScan(t, db.Reader(), name+" "+kind, query, "ix_products_listed")
		}
	}
}
