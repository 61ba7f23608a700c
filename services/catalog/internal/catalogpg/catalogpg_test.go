package catalogpg_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/bulk"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog/internal/catalogpg"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/product/producttest"
	"inventory.example/services/catalog/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

// open opens an instance of the service's database.
func open(t *testing.T, url, schema string, change ...func(*database.Deps)) *catalogpg.DB {
	t.Helper()
	deps := database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&deps)
	}
	db, err := catalogpg.Open(t.Context(), database.Config{URL: url, Schema: schema}, deps)
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

func rehearse(deps *database.Deps) { deps.Rehearse = true }

// instances are two instances of a service on one schema: changes run on the one,
// queries on the other, so a query sees the changes of another process.
type instances struct {
	*catalogpg.DB
	writer *catalogpg.DB
}

// Write implements product.Repository.
func (i instances) Write(ctx context.Context, needs product.Needs, change func(product.Tx) error) error {
	return i.writer.Write(ctx, needs, change)
}

func TestRepository(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		t.Run("two instances", func(t *testing.T) {
			producttest.RunRepository(t, func(t *testing.T) producttest.Database {
				schema := s.Schema(t)
				url, cut := s.Cut(t)
				db := instances{open(t, url, schema), open(t, s.URL(), schema)}
				return producttest.Database{Repository: db, FailWrites: closing(t, db.writer), FailReads: cut}
			})
		})
	})
	t.Run("rehearsed", func(t *testing.T) {
		s := postgrestest.Newest(t)
		producttest.RunRepository(t, func(t *testing.T) producttest.Database {
			url, cut := s.Cut(t)
			db := open(t, url, s.Schema(t), rehearse)
			return producttest.Database{Repository: db, FailWrites: closing(t, db), FailReads: cut}
		})
	})
}

func closing(t *testing.T, db *catalogpg.DB) func() {
	return func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// mug returns a product that the database takes.
func mug(id, sku string) product.Product {
	return product.Product{ID: id, Details: product.Details{SKU: sku, Name: "Mug"}, Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

// One change, or the changes of one group, may free a SKU and take it again.
func TestDB_FreedSKU(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db := open(t, s.URL(), s.Schema(t))
		write := func(change func(tx product.Tx) error) {
			t.Helper()
			if err := db.Write(t.Context(), product.Needs{}, change); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx product.Tx) error { return tx.InsertProduct(mug("1", "A-1")) })
		deleted := mug("1", "A-1")
		deleted.Version, deleted.UpdatedAt = 2, noon.Add(time.Hour)
		write(func(tx product.Tx) error {
			if err := tx.DeleteProduct(deleted); err != nil {
				return err
			}
			return tx.InsertProduct(mug("2", "a-1"))
		})
		var sku, at string
		var version int64
		row := db.Reader().QueryRow(t.Context(), "SELECT sku, version, deleted_at FROM products WHERE id = '1'")
		if err := row.Scan(&sku, &version, &at); err != nil || sku != "A-1" || version != 2 || at != "2026-08-01T13:00:00.000Z" {
			t.Errorf("record %s, version %d, deleted %s: %v", sku, version, at, err)
		}
		if p, found, err := db.ProductBySKU(t.Context(), "a-1"); err != nil || !found || p.ID != "2" {
			t.Errorf("got %+v, %t, %v", p, found, err)
		}
	})
}

// The database refuses records that the core must never write.
func TestDB_Checks(t *testing.T) {
	s := postgrestest.Newest(t)
	db := open(t, s.URL(), s.Schema(t))
	for name, change := range map[string]func(p *product.Product){
		"no SKU":     func(p *product.Product) { p.SKU = "" },
		"no name":    func(p *product.Product) { p.Name = "" },
		"no version": func(p *product.Product) { p.Version = 0 },
	} {
		p := mug("2", "A-2")
		change(&p)
		err := db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error { return tx.InsertProduct(p) })
		if err == nil {
			t.Errorf("%s: the database took it", name)
		}
	}
}

// The lists and the look-ups read no whole table, and no whole index but to its
// end in their order.
func TestPlans(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		db := open(t, s.URL(), schema)
		for i := range 3 {
			p := mug(fmt.Sprint(i), fmt.Sprintf("SKU-%d", i))
			if err := db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error { return tx.InsertProduct(p) }); err != nil {
				t.Fatal(err)
			}
		}
		for name, statement := range catalogpg.Statements() {
			s.NoScan(t, schema, name, statement, "n", "json_array_elements_text")
		}
	})
}

// stock is notified of nothing.
type stock struct{}

// Changed implements product.Stock.
func (stock) Changed(context.Context, product.Kept) {}

// StoreChanged implements store.Stock.
func (stock) StoreChanged(context.Context, store.Store) {}

// The use cases name every record that they read.
func TestNeeds(t *testing.T) {
	s := postgrestest.Newest(t)
	db := open(t, s.URL(), s.Schema(t), func(deps *database.Deps) {
		deps.Unnamed = func(table string) { t.Errorf("no need names the record of %s", table) }
	})
	products := product.New(product.Options{
		Repository: db, Stock: stock{}, Clock: clock.System{}, NewID: process.NewID, Saved: idempotency.JSON[product.Product]{},
	})
	stores := store.New(store.Options{Repository: db.Stores(), Stock: stock{}, Clock: clock.System{}, NewID: process.NewID})
	once := idempotency.Request{Caller: "Ada", Key: "k", Fingerprint: "f"}
	details := product.Details{SKU: "A-1", Name: "Mug"}
	p, _, err := products.Create(t.Context(), details, once)
	if err != nil {
		t.Fatal(err)
	}
	if _, replayed, err := products.Create(t.Context(), details, once); err != nil || !replayed {
		t.Errorf("replayed %t, %v", replayed, err)
	}
	if _, _, err := products.Create(t.Context(), product.Details{SKU: "a-1", Name: "Mug"}, idempotency.Request{}); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("a SKU in another case: %v", err)
	}
	for _, text := range []string{"A-1", "A-2", "a-2"} {
		if _, err := products.Update(t.Context(), product.UpdateParams{ID: p.ID, Details: product.Details{SKU: text, Name: "Cup"}}); err != nil {
			t.Errorf("update to %s: %v", text, err)
		}
	}
	cup, mug := "Cup", "Mug"
	lines := []bulk.Line[product.ImportLine]{
		{Number: 1, Value: product.ImportLine{SKU: "A-2", Name: &mug}},
		{Number: 2, Value: product.ImportLine{SKU: details.SKU, Name: &cup}},
		{Number: 3, Value: product.ImportLine{SKU: details.SKU, Name: &mug}},
	}
	err = products.NewImport(product.ImportUpsert, false).Apply(t.Context(), lines, func(_ idempotency.Store, outcomes []bulk.Outcome) error {
		if len(outcomes) != 3 || outcomes[1].Kind != bulk.Created || outcomes[2].Kind != bulk.Updated {
			t.Errorf("outcomes %+v", outcomes)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := products.Delete(t.Context(), product.DeleteParams{ID: p.ID}); err != nil {
		t.Error(err)
	}
	if _, _, err := stores.Put(t.Context(), store.PutParams{ID: "MAD-001", Details: store.Details{Name: "Madrid"}}); err != nil {
		t.Error(err)
	}
	if used, err := stores.Use(t.Context(), []store.Used{{ID: "MAD-001"}, {ID: "BCN-001"}}); err != nil || len(used) != 2 {
		t.Errorf("used %+v, %v", used, err)
	}
	if err := stores.Delete(t.Context(), store.DeleteParams{ID: "MAD-001"}); err != nil {
		t.Error(err)
	}
	report, err := products.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range report.Checks {
		if check.ViolationCount > 0 || check.Checked == 0 {
			t.Errorf("check %+v", check)
		}
	}
}
