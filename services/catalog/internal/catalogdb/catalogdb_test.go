package catalogdb_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/catalogdb"
	"inventory.example/services/catalog/internal/product"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *catalogdb.DB {
	t.Helper()
	db, err := catalogdb.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF", Logger: slog.New(slog.DiscardHandler), Rehearse: true,
	}, clock.System{})
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

// mug returns a product that the database takes.
func mug(id, sku string) product.Product {
	return product.Product{ID: id, Details: product.Details{SKU: sku, Name: "Mug"}, Version: 1, CreatedAt: "now", UpdatedAt: "now"}
}

func insert(t *testing.T, db *catalogdb.DB, p product.Product) error {
	t.Helper()
	return db.Write(t.Context(), func(tx product.Tx) error { return tx.InsertProduct(p) })
}

func TestDB(t *testing.T) {
	t.Run("refuses calls that the core must never make", testDBRefusesCallsThatTheCoreMustNeverMake)
	t.Run("keeps the row of a deleted product", testDBKeepsTheRowOfADeletedProduct)
	t.Run("refuses a price that is not a plain decimal", testDBRefusesAPriceThatIsNotAPlainDecimal)
}

func testDBRefusesCallsThatTheCoreMustNeverMake(t *testing.T) {
	db := open(t)
	if err := insert(t, db, mug("1", "A-1")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(p *product.Product)
		unique bool
	}{
		{"a SKU twice", func(p *product.Product) { p.SKU = "A-1" }, true},
		{"an id twice", func(p *product.Product) { p.ID = "1" }, true},
		{"no SKU", func(p *product.Product) { p.SKU = "" }, false},
		{"a long SKU", func(p *product.Product) { p.SKU = strings.Repeat("é", product.MaxSKU+1) }, false},
		{"no name", func(p *product.Product) { p.Name = "" }, false},
		{"a long name", func(p *product.Product) { p.Name = strings.Repeat("é", product.MaxName+1) }, false},
		{"a long description", func(p *product.Product) { p.Description = strings.Repeat("é", product.MaxDescription+1) }, false},
		{"a long category", func(p *product.Product) { p.Category = strings.Repeat("é", product.MaxCategory+1) }, false},
		{"no version", func(p *product.Product) { p.Version = 0 }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mug("2", "A-2")
			test.change(&p)
			err := insert(t, db, p)
			var refusal sqlite3.Error
			if !errors.As(err, &refusal) || refusal.Code != sqlite3.ErrConstraint || sqlitetest.IsUnique(err) != test.unique {
				t.Errorf("error %v", err)
			}
			if problem.CodeOf(err) != problem.Internal {
				t.Errorf("code %s: the core should have refused it", problem.CodeOf(err))
			}
		})
	}
	t.Run("a taken SKU in an update", func(t *testing.T) {
		if err := insert(t, db, mug("2", "A-2")); err != nil {
			t.Fatal(err)
		}
		err := db.Write(t.Context(), func(tx product.Tx) error { return tx.UpdateProduct(mug("2", "A-1")) })
		if !sqlitetest.IsUnique(err) {
			t.Errorf("error %v", err)
		}
	})
}

func testDBKeepsTheRowOfADeletedProduct(t *testing.T) {
	db := open(t)
	if err := insert(t, db, mug("1", "A-1")); err != nil {
		t.Fatal(err)
	}
	deleted := mug("1", "A-1")
	deleted.Version, deleted.UpdatedAt = 2, "later"
	err := db.Write(t.Context(), func(tx product.Tx) error {
		if err := tx.DeleteProduct(deleted); err != nil {
			return err
		}
		return tx.InsertProduct(mug("2", "A-1"))
	})
	if err != nil {
		t.Fatal(err)
	}
	var sku, at string
	var version int64
	row := db.Reader().QueryRowContext(t.Context(), "SELECT sku, version, deleted_at FROM products WHERE id = '1'")
	if err := row.Scan(&sku, &version, &at); err != nil || sku != "A-1" || version != 2 || at != "later" {
		t.Errorf("row %s, version %d, deleted %s: %v", sku, version, at, err)
	}
	late := mug("1", "A-3")
	late.Version = 3
	if err := db.Write(t.Context(), func(tx product.Tx) error { return tx.UpdateProduct(late) }); err != nil {
		t.Fatal(err)
	}
	if _, found, err := db.ProductBySKU(t.Context(), "A-3"); found || err != nil {
		t.Errorf("an update reached a deleted product: %v", err)
	}
}

func testDBRefusesAPriceThatIsNotAPlainDecimal(t *testing.T) {
	db := open(t)
	if err := insert(t, db, mug("1", "A-1")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "-1", "1e5", ".5", "1.", "1.2.3", "1,5", " 1", "free", strings.Repeat("9", 35)} {
		err := db.DB.Write(t.Context(), func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec("UPDATE products SET price_text = ?", text)
			return err
		})
		var refusal sqlite3.Error
		if !errors.As(err, &refusal) || refusal.Code != sqlite3.ErrConstraint {
			t.Errorf("%q: error %v", text, err)
		}
	}
}
