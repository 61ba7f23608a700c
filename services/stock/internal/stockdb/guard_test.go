package stockdb

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/stock/internal/ledger"
)

const guardTime = "2026-08-01T12:00:00.000Z"

// guarded returns a database with a row at version 1, a hold that is held and a
// tombstone.
func guarded(t *testing.T, rehearse bool) (*DB, ledger.Row) {
	t.Helper()
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "stock.db"), Synchronous: "OFF", Rehearse: rehearse}
	db, err := Open(t.Context(), o, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	product := ledger.Product{ID: "p-1", SKU: "SKU", Name: "Name", Version: 1}
	row := ledger.Row{ProductID: "p-1", StoreID: "A", Quantity: 5, Reserved: 2, Version: 1, UpdatedAt: guardTime, Product: product}
	err = db.Write(t.Context(), func(tx ledger.Tx) error {
		return errors.Join(tx.SaveProduct(product), tx.InsertRow(row),
			insertHold(tx, ledger.Hold{
				ReservationID: "held", State: protocol.HoldHeld, CreatedAt: guardTime, ExpiresAt: guardTime, TTLSeconds: 1,
				Lines: []ledger.Line{{ProductID: "p-1", StoreID: "A", Quantity: 2}},
			}),
			insertHold(tx, ledger.Hold{
				ReservationID: "released", State: protocol.HoldReleased, CreatedAt: guardTime, SettledAt: guardTime, ExpiresAt: guardTime,
			}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, row
}

func insertHold(tx ledger.Tx, h ledger.Hold) error {
	if inserted, err := tx.InsertHold(h); err != nil || !inserted {
		return fmt.Errorf("inserted %t: %w", inserted, err)
	}
	return nil
}

// TestTx_guards writes what a change would that had read an older state than
// the database holds: nothing may change, also not what it wrote before.
func TestTx_guards(t *testing.T) {
	for name, stale := range map[string]func(tx ledger.Tx, row ledger.Row) error{
		"a row of a later version": func(tx ledger.Tx, row ledger.Row) error {
			row.Version = 3
			return tx.UpdateRow(row, 2)
		},
		"a row of an earlier version": func(tx ledger.Tx, row ledger.Row) error { return tx.UpdateRow(row, 0) },
		"a row that is gone": func(tx ledger.Tx, row ledger.Row) error {
			row.StoreID = "B"
			return tx.UpdateRow(row, row.Version)
		},
		"a new row that is there": func(tx ledger.Tx, row ledger.Row) error { return tx.InsertRow(row) },
		"a hold that is settled": func(tx ledger.Tx, _ ledger.Row) error {
			return tx.SettleHold("released", protocol.HoldCommitted, guardTime)
		},
		"a hold that is not there": func(tx ledger.Tx, _ ledger.Row) error {
			return tx.SettleHold("unknown", protocol.HoldReleased, guardTime)
		},
	} {
		for _, rehearse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rehearse %t", name, rehearse), func(t *testing.T) {
				db, row := guarded(t, rehearse)
				before := guardedState(t, db)
				err := db.Write(t.Context(), func(tx ledger.Tx) error {
					if err := tx.SettleHold("held", protocol.HoldReleased, guardTime); err != nil {
						return err
					}
					row.Quantity = 99
					return stale(tx, row)
				})
				if !errors.Is(err, ledger.ErrConflict) || problem.CodeOf(err) != problem.Conflict {
					t.Errorf("error %v, want %v", err, ledger.ErrConflict)
				}
				if after := guardedState(t, db); !reflect.DeepEqual(after, before) {
					t.Errorf("the database holds %+v, before %+v", after, before)
				}
			})
		}
	}
}

// TestTx_guards_let_pass writes on what the database holds.
func TestTx_guards_let_pass(t *testing.T) {
	db, row := guarded(t, true)
	err := db.Write(t.Context(), func(tx ledger.Tx) error {
		next := row
		next.Quantity, next.Reserved, next.Version = 3, 0, 4 // several changes of one transaction
		return errors.Join(tx.SettleHold("held", protocol.HoldCommitted, guardTime), tx.UpdateRow(next, row.Version))
	})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := db.Row(t.Context(), "p-1", "A")
	if err != nil || got.Quantity != 3 || got.Version != 4 {
		t.Errorf("row %+v, %v", got, err)
	}
	if state, err := db.HoldState(t.Context(), "held"); err != nil || state != protocol.HoldCommitted {
		t.Errorf("hold %q, %v", state, err)
	}
}

// guardedState is all that the stale changes name.
func guardedState(t *testing.T, db *DB) (state []any) {
	t.Helper()
	for _, store := range []string{"A", "B"} {
		row, found, err := db.Row(t.Context(), "p-1", store)
		if err != nil {
			t.Fatal(err)
		}
		state = append(state, row, found)
	}
	for _, id := range []string{"held", "released", "unknown"} {
		hold, found, err := db.Hold(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		state = append(state, hold, found)
	}
	return state
}
