package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
)

// A state and its event are written in one transaction; the relay publishes the
// event afterwards.
func Example() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()

	broker := &eventstest.Recorder{}
	logger := slog.New(slog.DiscardHandler)
	schema := sqlite.Component{Name: "shop", FS: fstest.MapFS{
		"migrations/0001_rows.sql": {Data: []byte(`CREATE TABLE rows (product_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL) STRICT`)},
	}}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(folder, "shop.db"), Logger: logger}, outboxsqlite.Component(), schema)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	store := outboxsqlite.New(db, logger)
	relay, err := outbox.OpenRelay(ctx, outbox.RelayOptions{Store: store, Publisher: broker, Clock: clock.System{}, Logger: logger})
	if err != nil {
		fmt.Println(err)
		return
	}

	created, err := events.New(
		events.Meta{ID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", At: time.Now(), Version: 1, Actor: inventory.ActorStock},
		inventory.StockCreated{ProductID: "TEA", StoreID: "MAD-001", Quantity: 9, Reason: inventory.ReasonInitialStock},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = db.Write(ctx, func(tx *sqlite.Tx) error {
		if _, _, err := tx.Exec(`INSERT INTO rows VALUES (?, ?)`, "TEA", 9); err != nil {
			return err
		}
		return store.Append(tx, created)
	})
	fmt.Println("written:", err, "- pending:", relay.Pending())

	// Run does this without end; one step publishes one batch.
	if _, err := relay.Step(ctx); err != nil {
		fmt.Println(err)
	}
	for _, e := range broker.Events() {
		fmt.Println("published:", e.Type, e.AggregateID, "- pending:", relay.Pending())
	}
	// Output:
	// written: <nil> - pending: 1
	// published: stock.created TEA - pending: 0
}
