package rest_test

import (
	"reflect"
	"testing"
	"time"

	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/rest"
)

// Documents of transfer orders as this release saves them: later ones must read them
// for two days after an upgrade.
const (
	savedDelivery = `{"format":1,"id":"t-1","supplier":"Tea & Co.","to_store_id":"BCN-001","status":"requested",` +
		`"lines":[{"product_id":"p-1","quantity":5,"shipped":0,"received":0,"damaged":0,"lost":0}],"actor":"Ada","version":1,` +
		`"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T12:00:00.007Z"}`
	savedOrder = `{"format":1,"id":"t-2","from_store_id":"MAD-001","to_store_id":"BCN-001","reference":"note-17",` +
		`"expected_at":"2026-08-01T12:00:00.007Z","status":"shipped",` +
		`"lines":[{"product_id":"p-1","quantity":9,"shipped":9,"received":3,"damaged":2,"lost":1}],"actor":"Ada","version":3,` +
		`"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T12:00:00.007Z","new_store":true}`
)

func TestSavedTransferOrders(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)
	for document, want := range map[string]ledger.TransferOrder{
		savedDelivery: {
			ID: "t-1", Supplier: "Tea & Co.", ToStore: "BCN-001", Status: ledger.TransferRequested, Actor: "Ada", Version: 1,
			Lines: []ledger.TransferLine{{ProductID: "p-1", Quantity: 5}}, CreatedAt: noon, UpdatedAt: noon,
		},
		savedOrder: {
			ID: "t-2", FromStore: "MAD-001", ToStore: "BCN-001", Reference: "note-17", ExpectedAt: noon, Status: ledger.TransferShipped,
			Actor: "Ada", Version: 3, NewStore: true, CreatedAt: noon, UpdatedAt: noon,
			Lines: []ledger.TransferLine{{ProductID: "p-1", Quantity: 9, Shipped: 9, Received: 3, Damaged: 2, Lost: 1}},
		},
	} {
		encoded, err := rest.SavedTransferOrders().Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{document, string(encoded)} {
			if got, err := rest.SavedTransferOrders().Decode([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
			}
		}
	}
	if _, err := rest.SavedTransferOrders().Decode([]byte(`{"format":2}`)); err == nil {
		t.Error("a document of a later version is read")
	}
}
