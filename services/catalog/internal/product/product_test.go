package product_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/database"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
	"inventory.example/services/catalog/internal/catalogdb"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deaf is a stock that ignores notifications.
type deaf struct{}

func (deaf) Changed(context.Context, product.Kept) {}

// openCore returns the core on a database that runs every change twice.
func openCore(t *testing.T) (*product.Service, *catalogdb.DB) {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
	db, err := catalogdb.Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "catalog.db"), Synchronous: "OFF"},
		database.Deps{Clock: c, Logger: slog.New(slog.DiscardHandler), Rehearse: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return product.New(product.Options{Repository: db, Stock: deaf{}, Clock: c, NewID: process.NewID, Saved: rest.SavedProducts()}), db
}

// eventTypes returns the types of all events, in their order.
func eventTypes(t *testing.T, db *catalogdb.DB) (types []events.Type) {
	t.Helper()
	rows, err := db.Outbox().Page(t.Context(), outbox.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		e, err := events.Decode(r.Document)
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, e.Type)
	}
	return types
}

func TestService(t *testing.T) {
	t.Run("changes may run twice", testServiceChangesMayRunTwice)
}

func testServiceChangesMayRunTwice(t *testing.T) {
	core, db := openCore(t)
	ctx := t.Context()
	details := product.Details{SKU: "A-1", Name: "Mug"}
	once := idempotency.Request{Caller: "Admin", Key: "k", Fingerprint: "f"}
	p, replayed, err := core.Create(ctx, details, once)
	if err != nil || replayed || p.Version != 1 {
		t.Fatalf("created %+v, replayed %t: %v", p, replayed, err)
	}
	again, replayed, err := core.Create(ctx, details, once)
	if err != nil || !replayed || again != p {
		t.Errorf("repeated %+v, replayed %t: %v", again, replayed, err)
	}
	once.Fingerprint = "other"
	if _, _, err := core.Create(ctx, details, once); problem.CodeOf(err) != problem.IdempotencyKeyReused {
		t.Errorf("another request with the key: %v", err)
	}
	if _, _, err := core.Create(ctx, details, idempotency.Request{}); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("another product with the SKU: %v", err)
	}
	details.Name = "Cup"
	updated, err := core.Update(ctx, product.UpdateParams{ID: p.ID, Details: details, Version: &p.Version})
	if err != nil || updated.Version != 2 || updated.Details != details {
		t.Errorf("updated %+v: %v", updated, err)
	}
	if _, err := core.Update(ctx, product.UpdateParams{ID: p.ID, Details: details, Version: &p.Version}); problem.CodeOf(err) != problem.VersionMismatch {
		t.Errorf("update of an old version: %v", err)
	}
	if read, err := core.Get(ctx, p.ID); err != nil || read != updated {
		t.Errorf("read %+v: %v", read, err)
	}
	if err := core.Delete(ctx, product.DeleteParams{ID: p.ID, Version: &p.Version}); problem.CodeOf(err) != problem.VersionMismatch {
		t.Errorf("deletion of an old version: %v", err)
	}
	if err := core.Delete(ctx, product.DeleteParams{ID: p.ID}); err != nil {
		t.Error(err)
	}
	if _, err := core.Get(ctx, p.ID); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("read of a deleted product: %v", err)
	}
	want := []events.Type{inventory.TypeProductCreated, inventory.TypeProductUpdated, inventory.TypeProductDeleted}
	if got := eventTypes(t, db); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}
