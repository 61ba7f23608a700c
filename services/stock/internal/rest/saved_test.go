package rest_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/rest"
)

// Documents as the release before documents had a version saved them: they must
// be read for two days after an upgrade.
const (
	plainRowBefore = `{"product_id":"p-1","store_id":"BCN-001","quantity":5,"reserved":0,"thresholds":{"min_stock":0,"max_stock":0,` +
		`"reorder_qty":0},"version":1,"updated_at":"2026-08-01T12:00:00.007Z","product":{"id":"p-1","sku":"A-1","name":"Mug",` +
		`"deleted":false,"version":2}}`
	fullRowBefore = `{"product_id":"p-1","store_id":"MAD-001","quantity":20,"reserved":3,"thresholds":{"min_stock":1,"max_stock":90,` +
		`"reorder_point":0,"reorder_qty":40},"version":7,"updated_at":"2026-08-01T12:00:00.007Z","product":{"id":"p-1","sku":"A-1",` +
		`"name":"Mug","deleted":true,"version":2}}`
	transferBefore = `{"from":` + fullRowBefore + `,"to":` + plainRowBefore + `,"quantity":5,"reason":"transfer"}`
)

// now returns a document of a release before as it is saved today.
func now(before string) string { return strings.Replace(before, "{", `{"format":1,`, 1) }

func rowsBefore() (plain, full ledger.Row) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)
	plain = ledger.Row{
		ProductID: "p-1", StoreID: "BCN-001", Quantity: 5, Version: 1, UpdatedAt: noon,
		Product: ledger.Product{ID: "p-1", SKU: "A-1", Name: "Mug", Version: 2},
	}
	full = plain
	full.StoreID, full.Quantity, full.Reserved, full.Version, full.Product.Deleted = "MAD-001", 20, 3, 7, true
	full.Thresholds = ledger.Thresholds{MinStock: 1, MaxStock: 90, ReorderPoint: new(int64), ReorderQty: 40}
	return plain, full
}

func TestSavedRows(t *testing.T) {
	plain, full := rowsBefore()
	for before, want := range map[string]ledger.Row{plainRowBefore: plain, fullRowBefore: full} {
		encoded, err := rest.SavedRows().Encode(want)
		if err != nil || string(encoded) != now(before) {
			t.Errorf("saved %s, %v; want %s", encoded, err, now(before))
		}
		for _, document := range []string{before, now(before)} {
			if got, err := rest.SavedRows().Decode([]byte(document)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, %v; want %+v", document, got, err, want)
			}
		}
	}
}

func TestSavedTransfers(t *testing.T) {
	to, from := rowsBefore()
	want := ledger.Transfer{From: from, To: to, Quantity: 5, Reason: "transfer"}
	encoded, err := rest.SavedTransfers().Encode(want)
	if err != nil || string(encoded) != now(transferBefore) {
		t.Errorf("saved %s, %v; want %s", encoded, err, now(transferBefore))
	}
	for _, document := range []string{transferBefore, now(transferBefore)} {
		if got, err := rest.SavedTransfers().Decode([]byte(document)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", document, got, err, want)
		}
	}
}

func TestSaved_refuses(t *testing.T) {
	for _, document := range []string{`{"format":2}`, `{"updated_at":"now"}`} {
		if got, err := rest.SavedRows().Decode([]byte(document)); err == nil {
			t.Errorf("%s: got %+v and no error", document, got)
		}
	}
	for _, document := range []string{`{"format":2}`, `{"from":{"updated_at":"now"}}`, `{"to":{"updated_at":"now"}}`} {
		if got, err := rest.SavedTransfers().Decode([]byte(document)); err == nil {
			t.Errorf("%s: got %+v and no error", document, got)
		}
	}
}
