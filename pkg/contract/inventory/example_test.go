package inventory_test

import (
	"fmt"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// A service describes its change by a payload; the envelope is derived from it.
func Example() {
	e, err := events.New(events.Meta{
		ID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", At: time.Date(2026, 3, 28, 15, 4, 5, 0, time.UTC), Version: 7, Actor: "Store Madrid",
	}, inventory.StockLow{ProductID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02", StoreID: "MAD-001", Available: 3, ReorderPoint: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Type, "of", e.OrderingKey(), "in", e.StoreID)
	fmt.Println(string(e.Payload))
	// Output:
	// stock.low of 0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02 in MAD-001
	// {"product_id":"0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02","store_id":"MAD-001","available":3,"reorder_point":5,"reorder_qty":0}
}
