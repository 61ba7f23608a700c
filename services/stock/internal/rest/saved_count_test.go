package rest_test

import (
	"reflect"
	"testing"
	"time"

	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/rest"
)

// Documents of counts as this release saves them: later ones must read them for two
// days after an upgrade.
const (
	savedOpen = `{"format":1,"id":"c-1","store_id":"MAD-001","status":"open","totals":{"lines":1,"applied":0,"failed":0},"actor":"Ada","version":2,` +
		`"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T12:00:00.007Z","lines":[{"product_id":"p-1",` +
		`"product":{"id":"p-1","sku":"S","name":"N","deleted":false,"version":3},"counted":5,"quantity":7,"row_version":4,` +
		`"counted_at":"2026-08-01T12:00:00.007Z","state":"counted"}]}`
	savedApplied = `{"format":1,"id":"c-2","store_id":"MAD-001","reference":"autumn","status":"applied","totals":{"lines":3,"applied":1,"failed":2},` +
		`"actor":"Ada","version":5,"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T12:00:00.007Z","lines":[` +
		`{"product_id":"p-1","product":{"id":"p-1","sku":"S","name":"N","deleted":true,"version":3},"counted":5,"quantity":7,"row_version":4,` +
		`"counted_at":"2026-08-01T12:00:00.007Z","state":"failed","failure":"claimed","claimed":6,` +
		`"holds":[{"reservation_id":"r-1","quantity":2,"expires_at":"2026-08-01T12:00:00.007Z","created_at":"2026-08-01T12:00:00.007Z"},` +
		`{"reservation_id":"r-2","quantity":4,"created_at":"2026-08-01T12:00:00.007Z"}]}],"new_store":true}`
)

func TestSavedCounts(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)
	line := ledger.CountLine{
		ProductID: "p-1", Counted: 5, Quantity: 7, RowVersion: 4, CountedAt: noon, State: ledger.LineCounted,
		Product: ledger.Product{ID: "p-1", SKU: "S", Name: "N", Version: 3},
	}
	failed := line
	failed.State, failed.Failure, failed.Claimed, failed.Product.Deleted = ledger.LineFailed, ledger.FailureClaimed, 6, true
	failed.Holds = []ledger.HeldUnits{
		{ReservationID: "r-1", Quantity: 2, ExpiresAt: noon, CreatedAt: noon}, {ReservationID: "r-2", Quantity: 4, CreatedAt: noon},
	}
	for document, want := range map[string]ledger.Count{
		savedOpen: {
			ID: "c-1", StoreID: "MAD-001", Status: ledger.CountOpen, Totals: ledger.CountTotals{Lines: 1}, Actor: "Ada", Version: 2,
			CreatedAt: noon, UpdatedAt: noon, Lines: []ledger.CountLine{line},
		},
		savedApplied: {
			ID: "c-2", StoreID: "MAD-001", Reference: "autumn", Status: ledger.CountApplied,
			Totals: ledger.CountTotals{Lines: 3, Applied: 1, Failed: 2}, Actor: "Ada", Version: 5, CreatedAt: noon, UpdatedAt: noon,
			Lines: []ledger.CountLine{failed}, NewStore: true,
		},
	} {
		encoded, err := rest.SavedCounts().Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{document, string(encoded)} {
			if got, err := rest.SavedCounts().Decode([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
			}
		}
	}
	if _, err := rest.SavedCounts().Decode([]byte(`{"format":2}`)); err == nil {
		t.Error("a document of a later version is read")
	}
}
