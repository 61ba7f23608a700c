package events_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// A consumer that keeps the quantity of each stock row. Any adapter of the broker
// serves it; here it is the embedded one.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	broker, err := embedded.Open(ctx, embedded.Options{Path: filepath.Join(folder, "broker.db")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = broker.Close() }()

	type row struct{ version, quantity int64 }
	rows := map[string]row{} // of a real consumer: a table
	handle := func(_ context.Context, e events.Event) error {
		p, err := events.PayloadAs[events.StockUpdated](e)
		if err != nil {
			return err // no attempt will succeed: it becomes a dead letter
		}
		key := p.ProductID + " in " + p.StoreID
		if e.Version <= rows[key].version {
			return nil // delivered before
		}
		rows[key] = row{e.Version, p.NewQuantity}
		fmt.Println(key, "has", p.NewQuantity)
		if p.NewQuantity == 7 {
			stop()
		}
		return nil
	}

	publisher := broker.Publisher()
	publish := func(version, quantity int64) {
		e, err := events.New(
			events.Meta{ID: fmt.Sprint("event-", version), At: time.Now(), Version: version, Actor: events.ActorStock},
			events.StockUpdated{ProductID: "TEA", StoreID: "MAD-001", NewQuantity: quantity, Reason: events.ReasonSale},
		)
		if err == nil {
			err = publisher.Publish(ctx, e)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	publish(1, 9)
	publish(1, 9) // the same once more
	publish(2, 7)

	err = broker.Subscriber().Subscribe(ctx, events.Subscription{
		Group: "copy", Types: []events.Type{events.TypeStockUpdated}, Handler: handle,
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// TEA in MAD-001 has 9
	// TEA in MAD-001 has 7
}

func ExampleNew() {
	e, err := events.New(events.Meta{
		ID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", At: time.Date(2026, 3, 28, 15, 4, 5, 0, time.UTC), Version: 7, Actor: "Store Madrid",
	}, events.StockLow{ProductID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a02", StoreID: "MAD-001", Available: 3, ReorderPoint: 5})
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

// A handler says which errors pass by themselves: these are tried again without
// end, and the event is never a dead letter because of them.
func ExampleTemporary() {
	away := errors.New("connection refused")
	err := events.Temporary(fmt.Errorf("ask catalog: %w", away))
	fmt.Println(events.IsTemporary(err), errors.Is(err, away))
	// Output: true true
}
