package producttest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/services/catalog/internal/product"
)

func isEmpty(t *testing.T, db Database) {
	wantNone(t, db, "1", "A-1")
	mustWrite(t, db, func(tx product.Tx) error {
		_, byID, err := tx.Product("1")
		_, bySKU, skuErr := tx.ProductBySKU("A-1")
		_, alike, likeErr := tx.ProductLike("A-1", "")
		if byID || bySKU || alike {
			t.Errorf("found by id: %t, by SKU: %t, alike: %t", byID, bySKU, alike)
		}
		return errors.Join(err, skuErr, likeErr)
	})
	wantList(t, db, product.Filter{})
}

func keepsFields(t *testing.T, db Database) {
	full := mug(t, "1", "A-1")
	plain := product.Product{ID: "2", Details: product.Details{SKU: "A-2", Name: "x"}, Version: 1, CreatedAt: noon, UpdatedAt: noon}
	long := mug(t, strings.Repeat("3", 36), strings.Repeat("é", product.MaxSKU))
	long.Name, long.Description = strings.Repeat("名", product.MaxName), strings.Repeat("👍", product.MaxDescription)
	long.Category = strings.Repeat("ü", product.MaxCategory)
	price, err := product.ParsePrice("999999999999999.999999999999999999")
	if err != nil {
		t.Fatal(err)
	}
	long.Price, long.Version = price, 1<<62
	long.CreatedAt, long.UpdatedAt = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)
	odd := mug(t, "4", `%_'"\*`)
	odd.Name, odd.Description, odd.Category = `%_'"\*`, "tab\tline\n", " "
	insert(t, db, full, plain, long, odd)
	for _, p := range []product.Product{full, plain, long, odd} {
		wantProduct(t, db, p)
	}
}

func findsBySKU(t *testing.T, db Database) {
	composed, other := mug(t, "1", "caf\u00e9"), mug(t, "2", "cafe")
	insert(t, db, composed, other)
	wantProduct(t, db, composed)
	wantProduct(t, db, other)
	if got := foundBy(db.ProductBySKU(t.Context(), "cafe\u0301"))(t); got.Product != composed {
		t.Errorf("another normal form: got %+v, want %+v", got, composed)
	}
	if got := foundBy(db.ProductBySKU(t.Context(), "CAFE"))(t); got.ok {
		t.Errorf("another case: got %+v, want none", got)
	}
}

func findsAlike(t *testing.T, db Database) {
	p := mug(t, "1", "Caf\u00e9")
	insert(t, db, p, mug(t, "2", "B"))
	mustWrite(t, db, func(tx product.Tx) error {
		for _, text := range []string{"Caf\u00e9", "CAFE\u0301", "caf\u00e9"} {
			if got := foundBy(tx.ProductLike(text, ""))(t); got.Product != p {
				t.Errorf("like %q: got %+v, want %+v", text, got, p)
			}
			if got := foundBy(tx.ProductLike(text, p.ID))(t); got.ok {
				t.Errorf("like %q but for it: got %+v, want none", text, got)
			}
		}
		for _, text := range []string{"Cafe", "Caf\u00e9 ", "Caf"} {
			if got := foundBy(tx.ProductLike(text, ""))(t); got.ok {
				t.Errorf("like %q: got %+v, want none", text, got)
			}
		}
		return nil
	})
}

func insertsOnce(t *testing.T, db Database) {
	p, gone := mug(t, "1", "A-1"), mug(t, "2", "A-2")
	insert(t, db, p, gone)
	gone.Version = 2
	mustWrite(t, db, func(tx product.Tx) error { return tx.DeleteProduct(gone) })
	for name, again := range map[string]product.Product{
		"the same":                  p,
		"an id that is used":        mug(t, "1", "A-3"),
		"an id of a deleted one":    mug(t, "2", "A-3"),
		"a SKU that is taken":       mug(t, "3", "A-1"),
		"a SKU in another case":     mug(t, "3", "a-1"),
		"an id and SKU of each one": mug(t, "2", "A-1"),
	} {
		err := db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
			return errors.Join(tx.InsertProduct(mug(t, "9", "A-9")), tx.InsertProduct(again))
		})
		t.Run(name, func(t *testing.T) { wantConflict(t, err) })
		wantProduct(t, db, p)
		wantNone(t, db, "9", "A-9")
	}
	insert(t, db, mug(t, "3", "A-2")) // the SKU of the deleted product is free
}

func updates(t *testing.T, db Database) {
	p, other := mug(t, "1", "A-1"), mug(t, "2", "B-1")
	insert(t, db, p, other)
	next := mug(t, "1", "A-2")
	next.Name, next.Description, next.Category = "Cup", "", "glasses"
	next.Price, next.Version, next.UpdatedAt = product.Price{}, 2, noon.Add(time.Hour)
	mustWrite(t, db, func(tx product.Tx) error {
		if err := tx.UpdateProduct(next); err != nil {
			return err
		}
		if got := foundBy(tx.Product("1"))(t); got.Product != next {
			t.Errorf("within the change: got %+v, want %+v", got, next)
		}
		return nil
	})
	wantProduct(t, db, next)
	wantNone(t, db, "none", "A-1")
	wantProduct(t, db, other)
	recased := next
	recased.SKU, recased.Version = "a-2", 3
	mustWrite(t, db, func(tx product.Tx) error { return tx.UpdateProduct(recased) })
	wantProduct(t, db, recased)
}

func deletes(t *testing.T, db Database) {
	p := mug(t, "1", "A-1")
	insert(t, db, p, mug(t, "2", "B-1"))
	p.Version = 2
	mustWrite(t, db, func(tx product.Tx) error {
		if err := tx.DeleteProduct(p); err != nil {
			return err
		}
		if got := foundBy(tx.Product("1"))(t); got.ok {
			t.Errorf("within the change: got %+v, want none", got)
		}
		if got := foundBy(tx.ProductLike("A-1", ""))(t); got.ok {
			t.Errorf("alike, within the change: got %+v, want none", got)
		}
		return nil
	})
	wantNone(t, db, "1", "A-1")
	wantList(t, db, product.Filter{}, "2")
}

func guardsVersions(t *testing.T, db Database) {
	p, other, gone := mug(t, "1", "A-1"), mug(t, "2", "B-1"), mug(t, "3", "C-1")
	p.Version = 5
	insert(t, db, p, other, gone)
	gone.Version = 2
	mustWrite(t, db, func(tx product.Tx) error { return tx.DeleteProduct(gone) })
	at := func(id, sku string, version int64) product.Product {
		stale := mug(t, id, sku)
		stale.Name, stale.Version = "stale", version
		return stale
	}
	for name, change := range map[string]func(tx product.Tx) error{
		"an update over an earlier version": func(tx product.Tx) error { return tx.UpdateProduct(at("1", "A-1", 5)) },
		"an update over a later version":    func(tx product.Tx) error { return tx.UpdateProduct(at("1", "A-1", 7)) },
		"an update of an unknown product":   func(tx product.Tx) error { return tx.UpdateProduct(at("4", "D-1", 2)) },
		"an update of a deleted product":    func(tx product.Tx) error { return tx.UpdateProduct(at("3", "C-1", 3)) },
		"an update to a taken SKU":          func(tx product.Tx) error { return tx.UpdateProduct(at("1", "B-1", 6)) },
		"an update to a taken SKU, recased": func(tx product.Tx) error { return tx.UpdateProduct(at("1", "b-1", 6)) },
		"a deletion of an earlier version":  func(tx product.Tx) error { return tx.DeleteProduct(at("1", "A-1", 5)) },
		"a deletion of an unknown product":  func(tx product.Tx) error { return tx.DeleteProduct(at("4", "D-1", 2)) },
		"a deletion of a deleted product":   func(tx product.Tx) error { return tx.DeleteProduct(at("3", "C-1", 3)) },
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
				return errors.Join(tx.InsertProduct(mug(t, "9", "A-9")), change(tx))
			})
			wantConflict(t, err)
			wantProduct(t, db, p)
			wantProduct(t, db, other)
			wantNone(t, db, "3", "C-1")
			wantNone(t, db, "9", "A-9")
		})
	}
}

func undoesFailure(t *testing.T, db Database) {
	p := mug(t, "1", "A-1")
	insert(t, db, p)
	refused := errors.New("refused")
	next, gone := mug(t, "1", "A-2"), mug(t, "1", "A-2")
	next.Version, gone.Version = 2, 3
	err := db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
		return errors.Join(tx.InsertProduct(mug(t, "2", "B-1")), tx.UpdateProduct(next), tx.DeleteProduct(gone),
			tx.Append(created(t, mug(t, "2", "B-1"))), refused)
	})
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the change", err)
	}
	wantProduct(t, db, p)
	wantNone(t, db, "2", "B-1")
	wantNone(t, db, "none", "A-2")
	wantHistories(t, db, "1@1:")
}

// serializes updates one product from many goroutines: each update counts.
func serializes(t *testing.T, db Database) {
	const goroutines, each = 8, 10
	insert(t, db, mug(t, "1", "A-1"))
	update := func() error {
		return db.Write(t.Context(), product.Needs{}, func(tx product.Tx) error {
			p, _, err := tx.Product("1")
			if err != nil {
				return err
			}
			p.Version++
			p.Name = fmt.Sprintf("Mug %d", p.Version)
			return tx.UpdateProduct(p)
		})
	}
	var updating sync.WaitGroup
	for range goroutines {
		updating.Go(func() {
			for range each {
				err := update()
				for errors.Is(err, product.ErrConflict) {
					err = update()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	updating.Wait()
	want := mug(t, "1", "A-1")
	want.Version, want.Name = 1+goroutines*each, fmt.Sprintf("Mug %d", 1+goroutines*each)
	wantProduct(t, db, want)
}
