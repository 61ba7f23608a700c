// Package producttest checks that a repository of products keeps the promises of
// the ports of package product, through the ports alone.
package producttest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencytest"
	"inventory.example/pkg/problem"
	"inventory.example/services/catalog/internal/product"
)

// Database is a repository, new and empty, that a test has opened.
type Database struct {
	product.Repository
	// FailWrites and FailReads make the database unable to write and to read from
	// then on. nil: the adapter's test cannot do that.
	FailWrites, FailReads func()
}

// RunRepository checks the repositories that open returns. Each of them is closed
// when its test ends.
func RunRepository(t *testing.T, open func(t *testing.T) Database) {
	t.Run("changes", func(t *testing.T) {
		idempotencytest.Run(t, func(t *testing.T) idempotencytest.Repository {
			db := open(t)
			return idempotencytest.Repository{
				Write: func(ctx context.Context, change func(idempotency.Store) error) error {
					return db.Write(ctx, product.Needs{}, func(tx product.Tx) error { return change(tx) })
				},
				FindResult: db.FindResult, Conflict: product.ErrConflict,
			}
		})
	})
	for name, check := range map[string]func(*testing.T, Database){
		"keeps every field":            keepsFields,
		"finds products by SKU":        findsBySKU,
		"finds products alike":         findsAlike,
		"inserts once":                 insertsOnce,
		"updates":                      updates,
		"deletes":                      deletes,
		"guards versions":              guardsVersions,
		"undoes a change that fails":   undoesFailure,
		"runs changes one by one":      serializes,
		"lists in order and by page":   lists,
		"lists by category":            listsCategory,
		"lists by text":                listsText,
		"gives histories":              givesHistories,
		"gives one moment":             givesOneMoment,
		"reports failing writes":       reportsFailingWrites,
		"reports failing reads":        reportsFailingReads,
		"checks the table of events":   checksOutbox,
		"finds nothing when it is new": isEmpty,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)

// mug returns a product that has every field.
func mug(t *testing.T, id, sku string) product.Product {
	t.Helper()
	price, err := product.ParsePrice("19.90")
	if err != nil {
		t.Fatal(err)
	}
	return product.Product{
		ID:      id,
		Details: product.Details{SKU: sku, Name: "Mug " + sku, Description: "holds\ncoffee", Category: "cups", Price: price},
		Version: 1, CreatedAt: noon, UpdatedAt: noon.Add(time.Millisecond),
	}
}

func mustWrite(t *testing.T, db Database, change func(tx product.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), product.Needs{}, change); err != nil {
		t.Fatal(err)
	}
}

func insert(t *testing.T, db Database, list ...product.Product) {
	t.Helper()
	mustWrite(t, db, func(tx product.Tx) error {
		for _, p := range list {
			if err := tx.InsertProduct(p); err != nil {
				return err
			}
		}
		return nil
	})
}

// found is the result of a look-up, for one comparison.
type found struct {
	product.Product
	ok bool
}

func foundBy(p product.Product, ok bool, err error) func(t *testing.T) found {
	return func(t *testing.T) found {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return found{p, ok}
	}
}

// wantProduct requires a product to be found, in a change and outside, by its id
// and its SKU.
func wantProduct(t *testing.T, db Database, want product.Product) {
	t.Helper()
	expected := found{want, true}
	lookUps := map[string]found{
		"by id":  foundBy(db.Product(t.Context(), want.ID))(t),
		"by SKU": foundBy(db.ProductBySKU(t.Context(), want.SKU))(t),
	}
	mustWrite(t, db, func(tx product.Tx) error {
		lookUps["by id in a change"] = foundBy(tx.Product(want.ID))(t)
		lookUps["by SKU in a change"] = foundBy(tx.ProductBySKU(want.SKU))(t)
		return nil
	})
	for name, got := range lookUps {
		if got != expected {
			t.Errorf("%s: got %+v, want %+v", name, got, expected)
		}
	}
}

func wantNone(t *testing.T, db Database, id, sku string) {
	t.Helper()
	for name, got := range map[string]found{
		"by id": foundBy(db.Product(t.Context(), id))(t), "by SKU": foundBy(db.ProductBySKU(t.Context(), sku))(t),
	} {
		if got.ok {
			t.Errorf("%s %s, %s: got %+v, want none", name, id, sku, got.Product)
		}
	}
}

func wantConflict(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, product.ErrConflict) {
		t.Errorf("got %v, want %v", err, product.ErrConflict)
	}
}

// created returns the event of a product's creation, updated that of a change, and
// deleted that of its end.
func created(t *testing.T, p product.Product) events.Event {
	t.Helper()
	return event(t, p, inventory.ProductCreated{
		Product: inventory.Product{ID: p.ID, SKU: p.SKU, Name: p.Name, Price: p.Price.Number(), Version: p.Version},
	})
}

func updated(t *testing.T, p product.Product) events.Event {
	t.Helper()
	return event(t, p, inventory.ProductUpdated{
		Product: inventory.Product{ID: p.ID, SKU: p.SKU, Name: p.Name, Price: p.Price.Number(), Version: p.Version},
	})
}

func deleted(t *testing.T, p product.Product) events.Event {
	t.Helper()
	return event(t, p, inventory.ProductDeleted{ID: p.ID, SKU: p.SKU, Version: p.Version})
}

func event(t *testing.T, p product.Product, body events.Body) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{
		ID: fmt.Sprintf("event-%s-%d", p.ID, p.Version), At: clock.Truncate(p.UpdatedAt), Version: p.Version, Actor: "Ada",
	}, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func reportsFailingWrites(t *testing.T, db Database) {
	if db.FailWrites == nil {
		t.Skip("the adapter's test cannot make writes fail")
	}
	db.FailWrites()
	wantUnavailable(t, db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error { return tx.InsertProduct(mug(t, "2", "A-2")) }))
}

func reportsFailingReads(t *testing.T, db Database) {
	if db.FailReads == nil {
		t.Skip("the adapter's test cannot make reads fail")
	}
	insert(t, db, mug(t, "1", "A-1"))
	db.FailReads()
	_, _, err := db.Product(t.Context(), "1")
	wantUnavailable(t, err)
	_, _, err = db.ProductBySKU(t.Context(), "A-1")
	wantUnavailable(t, err)
	_, err = db.List(t.Context(), product.Filter{}, page(10))
	wantUnavailable(t, err)
	_, err = db.List(t.Context(), product.Filter{Text: "mug"}, page(10))
	wantUnavailable(t, err)
	_, _, err = db.FindResult(t.Context(), idempotency.Request{Caller: "Ada", Key: "k"})
	wantUnavailable(t, err)
	wantUnavailable(t, db.Snapshot(t.Context(), func(s product.Snapshot) error {
		return s.Histories(func(product.Kept, []events.Event) error { return nil })
	}))
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if problem.CodeOf(err) != problem.StorageUnavailable {
		t.Errorf("got %v, want a StorageUnavailable problem", err)
	}
}
