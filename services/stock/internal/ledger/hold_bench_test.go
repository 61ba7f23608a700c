package ledger_test

import (
	"fmt"
	"sync"
	"testing"

	"inventory.example/pkg/idempotency"
	"inventory.example/services/stock/internal/ledger"
)

// Holds of 64 clients on one row.
func BenchmarkService_Hold(b *testing.B) {
	s := open(b, false)
	s.catalog.products["p-1"] = ledger.Product{ID: "p-1", SKU: "SKU-1", Name: "Name", Version: 1}
	row := ledger.CreateParams{ProductID: "p-1", StoreID: "MAD-001", Quantity: ledger.MaxQuantity}
	if _, _, err := s.ledger.Create(b.Context(), row, idempotency.Request{}); err != nil {
		b.Fatal(err)
	}
	const clients = 64
	var wait sync.WaitGroup
	b.ResetTimer()
	for client := range clients {
		wait.Go(func() {
			for i := client; i < b.N; i += clients {
				answers, err := s.ledger.Hold(b.Context(), []ledger.HoldParams{{
					ReservationID: fmt.Sprint("r-", i), CustomerID: "c-1", TTLSeconds: 600,
					Lines: []ledger.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 1}},
				}})
				if err != nil || answers[0].Outcome != ledger.HoldGranted {
					b.Errorf("hold %d: %v, %v", i, answers, err)
					return
				}
			}
		})
	}
	wait.Wait()
}
