package catalogdb_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/catalogdb"
	"inventory.example/services/catalog/internal/product"
)

func TestOpen(t *testing.T) {
	t.Run("gives keys", testOpenGivesKeys)
}

// A database of a release without keys may have SKUs that differ only in case or
// normal form: each is still found by its own, and the key of the first refuses
// new ones.
func testOpenGivesKeys(t *testing.T) {
	options := sqlite.Options{Path: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF", Logger: slog.New(slog.DiscardHandler)}
	db, err := catalogdb.Open(t.Context(), database.Config{SQLitePath: options.Path, Synchronous: options.Synchronous},
		database.Deps{Clock: clock.System{}, Logger: options.Logger})
	if err != nil {
		t.Fatal(err)
	}
	old := map[string]string{"p-1": "caf\u00e9", "p-2": "CAFE\u0301", "p-3": "cafe\u0301", "p-4": "B"}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for id, text := range old {
		sqlitetest.Damage(t, options.Path, `INSERT INTO products (id, sku, name, category, price_text, search_text, version, created_at, updated_at,
			description) VALUES ('`+id+`', '`+text+`', 'Mug', '', '1', 'old', 1, '2026-08-01T12:00:00.000Z', '2026-08-01T12:00:00.000Z', '')`)
	}
	if db, err = catalogdb.Open(t.Context(), database.Config{SQLitePath: options.Path, Synchronous: options.Synchronous},
		database.Deps{Clock: clock.System{}, Logger: options.Logger}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for id, text := range old {
		if p, found, err := db.ProductBySKU(t.Context(), text); err != nil || !found || p.ID != id {
			t.Errorf("%q: %+v %t, %v; want %s", text, p, found, err, id)
		}
	}
	var found int
	err = db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM products WHERE instr(search_text, ?) > 0`, product.Fold("CAF\u00c9")).Scan(&found)
	if err != nil || found != 3 {
		t.Errorf("found %d, %v", found, err)
	}
	err = db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
		if p, found, err := tx.ProductLike("Cafe\u0301", ""); err != nil || !found || p.ID != "p-1" {
			t.Errorf("like it: %+v %t, %v", p, found, err)
		}
		if p, found, err := tx.ProductLike("Cafe\u0301", "p-1"); err != nil || !found || p.ID == "p-1" || p.ID == "p-4" {
			t.Errorf("like it, but for the first: %+v %t, %v", p, found, err)
		}
		first, _, err := tx.Product("p-1")
		if err != nil {
			return err
		}
		first.Version++
		if err := tx.DeleteProduct(first); err != nil {
			return err
		}
		if p, found, err := tx.ProductLike("Cafe\u0301", ""); err != nil || !found || p.ID == "p-1" || p.ID == "p-4" {
			t.Errorf("like it, without the first: %+v %t, %v", p, found, err)
		}
		p, _, err := tx.Product("p-3") // keeps its SKU in a change of the rest
		if err != nil {
			return err
		}
		p.Name, p.Version = "Cup", 2
		return tx.UpdateProduct(p)
	})
	if err != nil {
		t.Error(err)
	}
}
