package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencytest"
	"inventory.example/pkg/problem"
	"inventory.example/services/stock/internal/ledger"
)

// Database is a repository, new and empty, that a test has opened.
type Database struct {
	ledger.Repository
	// FailWrites and FailReads make the database unable to write and to read from
	// then on. nil: the adapter's test cannot do that.
	FailWrites, FailReads func()
}

// RunRepository checks that the repositories which open returns keep the promises of the
// ports of package ledger, through the ports alone. Each of them is closed
// when its test ends.
func RunRepository(t *testing.T, open func(t *testing.T) Database) {
	t.Run("changes", func(t *testing.T) {
		idempotencytest.Run(t, func(t *testing.T) idempotencytest.Repository {
			db := open(t)
			return idempotencytest.Repository{
				Write: func(ctx context.Context, change func(idempotency.Store) error) error {
					return db.Write(ctx, ledger.Needs{}, func(tx ledger.Tx) error { return change(tx) })
				},
				FindResult: db.FindResult, Conflict: ledger.ErrConflict,
			}
		})
	})
	for name, check := range transferChecksOfRepository {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
	for name, check := range countChecksOfRepository {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
	for name, check := range map[string]func(*testing.T, Database){
		"finds nothing when it is new":         isEmpty,
		"keeps every field of a row":           keepsRows,
		"keeps every field of a hold":          keepsHolds,
		"keeps every field of a movement":      keepsMovements,
		"keeps the request of a hold":          keepsRequests,
		"keeps the newest product":             keepsNewestProduct,
		"finds the product of a SKU":           findsProductBySKU,
		"inserts a row once":                   insertsRowOnce,
		"inserts a hold once":                  insertsHoldOnce,
		"updates a row over its version":       updatesRows,
		"settles a hold":                       settlesHolds,
		"settles a hold in parts":              settlesInParts,
		"guards the totals of a hold":          guardsTotals,
		"guards rows and holds":                guardsRowsAndHolds,
		"removes rows":                         removesRows,
		"undoes a change that fails":           undoesFailedChange,
		"runs changes one after the other":     serializesChanges,
		"lists the rows of a product":          listsProduct,
		"lists the rows of a store":            listsStore,
		"lists low rows":                       listsLow,
		"adds up stores":                       addsUpStores,
		"lists movements":                      listsMovements,
		"knows the quantity at a time":         knowsQuantityAt,
		"lists the holds that are held":        listsHeld,
		"lists the states of holds":            listsHoldStates,
		"gives the whole database":             givesSnapshot,
		"gives one snapshot":                   givesOneMoment,
		"reports a database that cannot write": reportsFailingWrites,
		"reports a database that cannot read":  reportsFailingReads,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)

// product returns the local copy of a product.
func product(id string) ledger.Product {
	return ledger.Product{ID: id, SKU: "SKU-" + id, Name: "Name of " + id, Version: 1}
}

// newRow returns a row of a product that was saved as product returns it.
func newRow(productID, storeID string, quantity int64) ledger.Row {
	return ledger.Row{
		ProductID: productID, StoreID: storeID, Quantity: quantity, Version: 1, UpdatedAt: noon, Product: product(productID),
	}
}

// heldHold returns a hold of one line.
func heldHold(id, productID, storeID string, quantity int64) ledger.Hold {
	return ledger.Hold{
		ReservationID: id, CustomerID: "c-1", TTLSeconds: 600, ExpiresAt: noon.Add(10 * time.Minute), State: protocol.HoldHeld,
		Lines: []ledger.Line{{ProductID: productID, StoreID: storeID, Quantity: quantity}}, CreatedAt: noon,
	}
}

// tombstone returns the hold of a reservation that was released before its hold
// arrived.
func tombstone(id string) ledger.Hold {
	return ledger.Hold{ReservationID: id, State: protocol.HoldReleased, ExpiresAt: noon, CreatedAt: noon, SettledAt: noon}
}

func mustWrite(t *testing.T, db Database, change func(tx ledger.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), ledger.Needs{}, change); err != nil {
		t.Fatal(err)
	}
}

// insertRows saves rows with their products.
func insertRows(t *testing.T, db Database, rows ...ledger.Row) {
	t.Helper()
	mustWrite(t, db, func(tx ledger.Tx) error {
		for _, r := range rows {
			if err := errors.Join(tx.SaveProduct(r.Product), tx.InsertRow(r)); err != nil {
				return err
			}
		}
		return nil
	})
}

// insertHolds saves holds, each of which must be new.
func insertHolds(t *testing.T, db Database, holds ...ledger.Hold) {
	t.Helper()
	mustWrite(t, db, func(tx ledger.Tx) error {
		for _, h := range holds {
			if inserted, err := tx.InsertHold(h); err != nil || !inserted {
				return fmt.Errorf("hold %s: inserted %t: %w", h.ReservationID, inserted, err)
			}
		}
		return nil
	})
}

func wantConflict(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ledger.ErrConflict) || problem.CodeOf(err) != problem.Conflict {
		t.Errorf("got %v, want %v", err, ledger.ErrConflict)
	}
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if problem.CodeOf(err) != problem.StorageUnavailable {
		t.Errorf("got %v, want a StorageUnavailable problem", err)
	}
}

// created returns the event of a row's creation.
func created(t *testing.T, r ledger.Row) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{
		ID: "event-" + r.ProductID + "-" + r.StoreID, At: clock.Truncate(r.UpdatedAt), Version: r.Version, Actor: "Ada",
	}, inventory.StockCreated{ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, Reason: inventory.ReasonInitialStock})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
