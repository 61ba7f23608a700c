package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// wantRow requires a row, in a change and outside.
func wantRow(t *testing.T, db Database, want ledger.Row) {
	t.Helper()
	got, found, err := db.Row(t.Context(), want.ProductID, want.StoreID)
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, found %t, %v; want %+v", got, found, err, want)
	}
	mustWrite(t, db, func(tx ledger.Tx) error {
		got, found, err := tx.Row(want.ProductID, want.StoreID)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("in a change: got %+v, found %t; want %+v", got, found, want)
		}
		return err
	})
}

func wantNoRow(t *testing.T, db Database, productID, storeID string) {
	t.Helper()
	if got, found, err := db.Row(t.Context(), productID, storeID); err != nil || found {
		t.Errorf("%s in %s: got %+v, %v; want none", productID, storeID, got, err)
	}
}

// wantHold requires a hold, in a change and outside.
func wantHold(t *testing.T, db Database, want ledger.Hold) {
	t.Helper()
	got, found, err := db.Hold(t.Context(), want.ReservationID)
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, found %t, %v; want %+v", got, found, err, want)
	}
	mustWrite(t, db, func(tx ledger.Tx) error {
		got, found, err := tx.Hold(want.ReservationID)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("in a change: got %+v, found %t; want %+v", got, found, want)
		}
		return err
	})
}

func wantNoHold(t *testing.T, db Database, id string) {
	t.Helper()
	if got, found, err := db.Hold(t.Context(), id); err != nil || found {
		t.Errorf("%s: got %+v, %v; want none", id, got, err)
	}
}

func isEmpty(t *testing.T, db Database) {
	wantNoRow(t, db, "p-1", "A")
	wantNoHold(t, db, "r-1")
	if p, found, err := db.Product(t.Context(), "p-1"); err != nil || found {
		t.Errorf("got %+v, %v; want none", p, err)
	}
	mustWrite(t, db, func(tx ledger.Tx) error {
		_, row, err := tx.Row("p-1", "A")
		_, hold, holdErr := tx.Hold("r-1")
		_, product, productErr := tx.Product("p-1")
		if row || hold || product {
			t.Errorf("in a change: found a row: %t, a hold: %t, a product: %t", row, hold, product)
		}
		return errors.Join(err, holdErr, productErr)
	})
	wantQuantityAt(t, db, noon, 0)
	wantTotals(t, db, nil)
}

func keepsRows(t *testing.T, db Database) {
	zero, point := int64(0), int64(7)
	full, unset, large := newRow("p-1", "A", 20), newRow("p-1", "B", 0), newRow(strings.Repeat("p", 64), strings.Repeat("S", 20), ledger.MaxQuantity)
	full.Reserved, full.LowReported, full.Version, full.Incoming = 13, true, 5, 11
	full.Unavailable = ledger.Unavailable{Damaged: 1, QualityControl: 2, SafetyStock: 3, Other: 1}
	full.Thresholds = ledger.Thresholds{MinStock: 1, MaxStock: 90, ReorderPoint: &point, ReorderQty: 40}
	large.Reserved, large.Version = ledger.MaxQuantity, 1<<62
	large.Thresholds = ledger.Thresholds{MinStock: ledger.MaxQuantity, MaxStock: ledger.MaxQuantity, ReorderPoint: &zero, ReorderQty: ledger.MaxQuantity}
	large.UpdatedAt = time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)
	large.Product.Name, large.Product.SKU, large.Product.Version = `Ünï "%_'\ 👍 名前`, strings.Repeat("é", 64), 1<<62
	insertRows(t, db, full, unset, large)
	for _, r := range []ledger.Row{full, unset, large} {
		wantRow(t, db, r)
	}
}

func keepsHolds(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 20), newRow("p-1", "B", 20), newRow("p-2", "A", 20))
	many := heldHold("r-2", "p-2", "A", 5)
	many.CustomerID, many.TTLSeconds = strings.Repeat("客", 128), 24*60*60
	many.Lines = append(many.Lines, ledger.Line{ProductID: "p-1", StoreID: "B", Quantity: 1}, ledger.Line{ProductID: "p-1", StoreID: "A", Quantity: 7})
	silent := heldHold("r-3", "p-1", "A", 1)
	silent.ExpiresAt = time.Time{}
	holds := []ledger.Hold{heldHold("r-1", "p-1", "A", 3), many, silent, tombstone("r-4")}
	insertHolds(t, db, holds...)
	for _, h := range holds {
		wantHold(t, db, h)
	}
}

func keepsMovements(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 20))
	full := ledger.Movement{
		ProductID: "p-1", StoreID: "A", Kind: ledger.MovementSold, Change: -3, Quantity: 17, Version: 2, Reason: "line\nfeed 名前",
		Actor: `Ünï "%_'\ 👍`, ReservationID: "r-1", CreatedAt: noon.Add(time.Millisecond),
		Reference: "order 名前", TransferID: "t-1", CountID: "c-1", From: ledger.StateAvailable, To: ledger.StateOther, Units: 4,
		Unavailable: ledger.Unavailable{Damaged: 1, QualityControl: 2, SafetyStock: 3, Other: 4},
	}
	plain := ledger.Movement{ProductID: "p-1", StoreID: "A", Kind: ledger.MovementCreated, Change: 20, Quantity: 20, Version: 1, CreatedAt: noon}
	mustWrite(t, db, func(tx ledger.Tx) error { return errors.Join(tx.InsertMovement(plain), tx.InsertMovement(full)) })
	list, err := db.Movements(t.Context(), ledger.MovementFilter{ProductID: "p-1", StoreID: "A"}, paging.Page{Limit: 5})
	if want := []ledger.Movement{full, plain}; err != nil || !reflect.DeepEqual(list.Items, want) {
		t.Errorf("got %+v, %v; want %+v", list.Items, err, want)
	}
}

func keepsNewestProduct(t *testing.T, db Database) {
	want := func(want ledger.Product) {
		t.Helper()
		got, found, err := db.Product(t.Context(), want.ID)
		if err != nil || !found || got != want {
			t.Errorf("got %+v, found %t, %v; want %+v", got, found, err, want)
		}
		mustWrite(t, db, func(tx ledger.Tx) error {
			got, _, err := tx.Product(want.ID)
			if got != want {
				t.Errorf("in a change: got %+v, want %+v", got, want)
			}
			return err
		})
	}
	save := func(p ledger.Product) {
		t.Helper()
		mustWrite(t, db, func(tx ledger.Tx) error { return tx.SaveProduct(p) })
	}
	second := ledger.Product{ID: "p-1", SKU: "B", Name: "Second", Version: 2}
	save(second)
	want(second)
	save(ledger.Product{ID: "p-1", SKU: "A", Name: "First", Version: 1})
	save(ledger.Product{ID: "p-1", SKU: "C", Name: "Another second", Version: 2})
	want(second)
	insertRows(t, db, newRow("p-2", "A", 1)) // another product stays as it is
	save(ledger.Product{ID: "p-1", SKU: "D", Deleted: true, Version: 5})
	want(ledger.Product{ID: "p-1", SKU: "D", Name: "Second", Deleted: true, Version: 5})
	want(product("p-2"))
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.InsertRow(newRow("p-1", "A", 1)) })
	r := newRow("p-1", "A", 1)
	r.Product = ledger.Product{ID: "p-1", SKU: "D", Name: "Second", Deleted: true, Version: 5}
	wantRow(t, db, r)
}

func insertsRowOnce(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 5))
	err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
		return errors.Join(tx.InsertRow(newRow("p-1", "B", 1)), tx.InsertRow(newRow("p-1", "A", 9)))
	})
	wantConflict(t, err)
	wantRow(t, db, newRow("p-1", "A", 5))
	wantNoRow(t, db, "p-1", "B")
}

func insertsHoldOnce(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 50))
	first, buried := heldHold("r-1", "p-1", "A", 3), tombstone("r-2")
	insertHolds(t, db, first, buried)
	mustWrite(t, db, func(tx ledger.Tx) error {
		for _, again := range []ledger.Hold{first, heldHold("r-1", "p-1", "A", 9), tombstone("r-1"), heldHold("r-2", "p-1", "A", 1), buried} {
			if inserted, err := tx.InsertHold(again); err != nil || inserted {
				t.Errorf("%s: inserted %t, %v; want that nothing is inserted and no error", again.ReservationID, inserted, err)
			}
		}
		inserted, err := tx.InsertHold(heldHold("r-3", "p-1", "A", 1)) // the change goes on
		if !inserted {
			t.Error("a new hold is not inserted")
		}
		return err
	})
	for _, h := range []ledger.Hold{first, buried, heldHold("r-3", "p-1", "A", 1)} {
		wantHold(t, db, h)
	}
}

func updatesRows(t *testing.T, db Database) {
	point := int64(3)
	insertRows(t, db, newRow("p-1", "A", 5), newRow("p-1", "B", 5))
	next := newRow("p-1", "A", 3)
	next.Reserved, next.Version, next.LowReported, next.UpdatedAt = 2, 4, true, noon.Add(time.Hour) // several updates of one change
	next.Thresholds = ledger.Thresholds{MinStock: 1, MaxStock: 9, ReorderPoint: &point, ReorderQty: 2}
	mustWrite(t, db, func(tx ledger.Tx) error {
		if err := tx.UpdateRow(next, 1); err != nil {
			return err
		}
		got, _, err := tx.Row("p-1", "A")
		if !reflect.DeepEqual(got, next) {
			t.Errorf("within the change: got %+v, want %+v", got, next)
		}
		return err
	})
	wantRow(t, db, next)
	wantRow(t, db, newRow("p-1", "B", 5))
}

func settlesHolds(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 50), newRow("p-1", "B", 50))
	for i, state := range []protocol.Hold{protocol.HoldCommitted, protocol.HoldReleased} {
		h := heldHold(fmt.Sprintf("r-%d", i), "p-1", "A", 3)
		h.Lines = append(h.Lines, ledger.Line{ProductID: "p-1", StoreID: "B", Quantity: 1})
		insertHolds(t, db, h)
		h.State, h.SettledAt = state, noon.Add(time.Minute)
		for l := range h.Lines {
			if state == protocol.HoldCommitted {
				h.Lines[l].Committed = h.Lines[l].Quantity
			} else {
				h.Lines[l].Released = h.Lines[l].Quantity
			}
		}
		mustWrite(t, db, func(tx ledger.Tx) error { return tx.SettleHold(h.ReservationID, state, h.SettledAt) })
		wantHold(t, db, h)
	}
}

// guardsRowsAndHolds writes like a change that has read an older state than
// that of the database: nothing may change, and its earlier writes are undone.
func guardsRowsAndHolds(t *testing.T, db Database) {
	current, held, released := newRow("p-1", "A", 5), heldHold("held", "p-1", "A", 2), tombstone("released")
	current.Version = 2
	insertRows(t, db, current)
	insertHolds(t, db, held, released)
	next := current
	next.Quantity, next.Version = 99, 3
	elsewhere := next
	elsewhere.StoreID = "B"
	for name, stale := range map[string]func(tx ledger.Tx) error{
		"a row of an earlier version": func(tx ledger.Tx) error { return tx.UpdateRow(next, 1) },
		"a row of a later version":    func(tx ledger.Tx) error { return tx.UpdateRow(next, 3) },
		"a row that does not exist":   func(tx ledger.Tx) error { return tx.UpdateRow(elsewhere, 2) },
		"a new row that exists":       func(tx ledger.Tx) error { return tx.InsertRow(next) },
		"a hold that is settled":      func(tx ledger.Tx) error { return tx.SettleHold("released", protocol.HoldCommitted, noon) },
		"a hold that does not exist":  func(tx ledger.Tx) error { return tx.SettleHold("unknown", protocol.HoldReleased, noon) },
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
				return errors.Join(tx.SettleHold("held", protocol.HoldReleased, noon), stale(tx))
			})
			wantConflict(t, err)
			wantRow(t, db, current)
			wantNoRow(t, db, "p-1", "B")
			wantHold(t, db, held)
			wantHold(t, db, released)
			wantNoHold(t, db, "unknown")
		})
	}
}

func undoesFailedChange(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 5))
	insertHolds(t, db, heldHold("held", "p-1", "A", 2))
	next := newRow("p-1", "A", 4)
	next.Version = 2
	refused := errors.New("refused")
	err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
		_, err := tx.InsertHold(tombstone("r-2"))
		return errors.Join(err, tx.SaveProduct(product("p-2")), tx.InsertRow(newRow("p-2", "A", 1)), tx.UpdateRow(next, 1),
			tx.SettleHold("held", protocol.HoldCommitted, noon), tx.Append(created(t, next)),
			tx.InsertMovement(ledger.Movement{
				ProductID: "p-1", StoreID: "A", Kind: ledger.MovementAdjusted, Change: -1, Quantity: 4, Version: 2, CreatedAt: noon,
			}),
			refused)
	})
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the change", err)
	}
	wantRow(t, db, newRow("p-1", "A", 5))
	wantNoRow(t, db, "p-2", "A")
	wantHold(t, db, heldHold("held", "p-1", "A", 2))
	wantNoHold(t, db, "r-2")
	if p, found, err := db.Product(t.Context(), "p-2"); err != nil || found {
		t.Errorf("product %+v, %v", p, err)
	}
	wantMovements(t, db, ledger.MovementFilter{ProductID: "p-1", StoreID: "A"})
	wantTotals(t, db, nil, ledger.StoreTotals{StoreID: "A", Rows: 1, Quantity: 5, Low: 1})
	wantWhole(t, db, whole{rows: []string{"p-1 A 5/0@1"}, held: []string{"p-1 A 2"}})
}

// serializesChanges takes units from one row in many goroutines, each as long as
// some are left.
func serializesChanges(t *testing.T, db Database) {
	const units, goroutines = 40, 8
	insertRows(t, db, newRow("p-1", "A", units))
	take := func(id string) (taken bool, err error) {
		err = db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
			r, _, err := tx.Row("p-1", "A")
			if taken = r.Available() > 0; err != nil || !taken {
				return err
			}
			if taken, err = tx.InsertHold(heldHold(id, "p-1", "A", 1)); err != nil || !taken {
				return err
			}
			r.Reserved++
			r.Version++
			return tx.UpdateRow(r, r.Version-1)
		})
		return taken && err == nil, err
	}
	var mutex sync.Mutex
	granted := 0
	var taking sync.WaitGroup
	for g := range goroutines {
		taking.Go(func() {
			for i := range units {
				id := fmt.Sprintf("r-%d-%d", g, i)
				taken, err := take(id)
				for errors.Is(err, ledger.ErrConflict) {
					taken, err = take(id)
				}
				if err != nil {
					t.Error(err)
				}
				if taken {
					mutex.Lock()
					granted++
					mutex.Unlock()
				}
			}
		})
	}
	taking.Wait()
	want := newRow("p-1", "A", units)
	want.Reserved, want.Version = units, units+1
	wantRow(t, db, want)
	if granted != units {
		t.Errorf("%d holds were granted of %d units", granted, units)
	}
	wantWhole(t, db, whole{rows: []string{fmt.Sprintf("p-1 A %d/%d@%d", units, units, units+1)}, held: []string{fmt.Sprintf("p-1 A %d", units)}})
}

func reportsFailingWrites(t *testing.T, db Database) {
	if db.FailWrites == nil {
		t.Skip("the adapter's test cannot make writes fail")
	}
	db.FailWrites()
	wantUnavailable(t, db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.SaveProduct(product("p-1")) }))
}

func reportsFailingReads(t *testing.T, db Database) {
	if db.FailReads == nil {
		t.Skip("the adapter's test cannot make reads fail")
	}
	insertRows(t, db, newRow("p-1", "A", 5))
	db.FailReads()
	ctx, page := t.Context(), paging.Page{Limit: 10}
	for name, read := range map[string]func() error{
		"Row":            func() error { _, _, err := db.Row(ctx, "p-1", "A"); return err },
		"RowsOfProduct":  func() error { _, err := db.RowsOfProduct(ctx, "p-1", nil); return err },
		"RowsOfStore":    func() error { _, err := db.RowsOfStore(ctx, "A", page); return err },
		"LowStock":       func() error { _, err := db.LowStock(ctx, ledger.LowStockFilter{}, page); return err },
		"TotalsOfStores": func() error { _, err := db.TotalsOfStores(ctx, nil); return err },
		"Movements": func() error {
			_, err := db.Movements(ctx, ledger.MovementFilter{ProductID: "p-1", StoreID: "A"}, page)
			return err
		},
		"QuantityAt": func() error { _, err := db.QuantityAt(ctx, "p-1", "A", noon); return err },
		"Product":    func() error { _, _, err := db.Product(ctx, "p-1"); return err },
		"Hold":       func() error { _, _, err := db.Hold(ctx, "r-1"); return err },
		"Held":       func() error { _, err := db.Held(ctx, ledger.NewestHeld, 10); return err },
		"HoldStates": func() error { _, err := db.HoldStates(ctx, "", 10); return err },
		"FindResult": func() error {
			_, _, err := db.FindResult(ctx, idempotency.Request{Caller: "Ada", Key: "k"})
			return err
		},
		"Snapshot": func() error {
			return db.Snapshot(ctx, func(s ledger.Snapshot) error { return s.Rows(func(ledger.Row) error { return nil }) })
		},
	} {
		t.Run(name, func(t *testing.T) { wantUnavailable(t, read()) })
	}
}
