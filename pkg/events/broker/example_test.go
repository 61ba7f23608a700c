package broker_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
)

// ExampleOpen opens the embedded broker, publishes an event and prints the
// events that the broker has. DefaultConfig(broker.Redis) and
// DefaultConfig(broker.Kafka) reach a server on this machine.
func ExampleOpen() {
	if err := printStoredEvents(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: stock.created of product-1
}

func printStoredEvents(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "broker")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()

	config := broker.DefaultConfig(broker.Embedded)
	config.SQLitePath = filepath.Join(folder, "broker.db")
	b, err := broker.Open(ctx, config, clock.System{}, slog.Default())
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()

	event, err := events.New(events.Meta{ID: "event-1"}, inventory.StockCreated{ProductID: "product-1", StoreID: "MAD-001"})
	if err != nil {
		return err
	}
	if err := b.Publisher.Publish(ctx, event); err != nil {
		return err
	}
	return b.Inspector.Scan(ctx, func(e events.Event) error {
		fmt.Println(e.Type, "of", e.AggregateID)
		return nil
	})
}
