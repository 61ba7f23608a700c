package catalogdb_test

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/catalogdb"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/product/producttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T) *catalogdb.DB { return openRehearsing(t, true) }

// openRehearsing opens a database that runs every change twice, or once.
func openRehearsing(t *testing.T, rehearse bool) *catalogdb.DB {
	t.Helper()
	db, err := catalogdb.Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), Rehearse: rehearse})
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

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// mug returns a product that the database takes.
func mug(id, sku string) product.Product {
	return product.Product{ID: id, Details: product.Details{SKU: sku, Name: "Mug"}, Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

func insert(t *testing.T, db *catalogdb.DB, p product.Product) error {
	t.Helper()
	return db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error { return tx.InsertProduct(p) })
}

func TestRepository(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse=%t", rehearse), func(t *testing.T) {
			producttest.RunRepository(t, func(t *testing.T) producttest.Database {
				db := openRehearsing(t, rehearse)
				path := sqlitetest.Path(t, db.Reader())
				return producttest.Database{
					Repository: db,
					FailWrites: func() {
						if err := db.Close(); err != nil {
							t.Error(err)
						}
					},
					FailReads: func() { sqlitetest.Spoil(t, path) },
				}
			})
		})
	}
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
	}{
		{"no SKU", func(p *product.Product) { p.SKU = "" }},
		{"a long SKU", func(p *product.Product) { p.SKU = strings.Repeat("é", product.MaxSKU+1) }},
		{"no name", func(p *product.Product) { p.Name = "" }},
		{"a long name", func(p *product.Product) { p.Name = strings.Repeat("é", product.MaxName+1) }},
		{"a long description", func(p *product.Product) { p.Description = strings.Repeat("é", product.MaxDescription+1) }},
		{"a long category", func(p *product.Product) { p.Category = strings.Repeat("é", product.MaxCategory+1) }},
		{"no version", func(p *product.Product) { p.Version = 0 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mug("2", "A-2")
			test.change(&p)
			err := insert(t, db, p)
			var refusal sqlite3.Error
			if !errors.As(err, &refusal) || refusal.Code != sqlite3.ErrConstraint {
				t.Errorf("error %v", err)
			}
			if problem.CodeOf(err) != problem.Internal {
				t.Errorf("code %s: the core should have refused it", problem.CodeOf(err))
			}
		})
	}
}

func testDBKeepsTheRowOfADeletedProduct(t *testing.T) {
	db := open(t)
	if err := insert(t, db, mug("1", "A-1")); err != nil {
		t.Fatal(err)
	}
	deleted := mug("1", "A-1")
	deleted.Version, deleted.UpdatedAt = 2, noon.Add(time.Hour)
	err := db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
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
	if err := row.Scan(&sku, &version, &at); err != nil || sku != "A-1" || version != 2 || at != "2026-08-01T13:00:00.000Z" {
		t.Errorf("row %s, version %d, deleted %s: %v", sku, version, at, err)
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
