package rest_test

import (
	"testing"
	"time"

	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/rest"
)

// A document as the release before documents had a version saved it, and one as
// it is saved now: both must be read for two days after an upgrade.
var (
	savedBefore = `{"id":"p-1","sku":"A-1","name":"Mug","description":"holds\ncoffee","category":"cups","price":19.90,` +
		`"version":3,"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T13:00:00.000Z"}`
	savedNow = `{"format":1,` + savedBefore[1:]
)

func savedProduct(t *testing.T) product.Product {
	t.Helper()
	price, err := product.ParsePrice("19.90")
	if err != nil {
		t.Fatal(err)
	}
	return product.Product{
		ID: "p-1", Details: product.Details{SKU: "A-1", Name: "Mug", Description: "holds\ncoffee", Category: "cups", Price: price}, Version: 3,
		CreatedAt: time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC), UpdatedAt: time.Date(2026, 8, 1, 13, 0, 0, 0, time.UTC),
	}
}

func TestSavedProducts(t *testing.T) {
	encoded, err := rest.SavedProducts().Encode(savedProduct(t))
	if err != nil || string(encoded) != savedNow {
		t.Errorf("saved %s, %v; want %s", encoded, err, savedNow)
	}
	for _, document := range []string{savedBefore, savedNow} {
		got, err := rest.SavedProducts().Decode([]byte(document))
		if want := savedProduct(t); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", document, got, err, want)
		}
	}
}

func TestSavedProducts_refuses(t *testing.T) {
	for _, document := range []string{
		`{"format":2,` + savedBefore[1:], `{"price":-1}`, `{"price":1,"created_at":"now"}`, `{"price":1,"updated_at":"now"}`,
	} {
		if got, err := rest.SavedProducts().Decode([]byte(document)); err == nil {
			t.Errorf("%s: got %+v and no error", document, got)
		}
	}
}
