package ledgertest

import (
	"testing"
	"time"

	"inventory.example/services/stock/internal/ledger"
)

// removesRows: a removed row is found in a change only, at its version, and makes way
// for the version after it and for no other.
func removesRows(t *testing.T, db Database) {
	row := newRow("p-1", "A", 0)
	insertRows(t, db, row)
	remove := func(version int64) error {
		removed := row
		removed.Version, removed.UpdatedAt = version+1, noon.Add(time.Hour)
		return db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.RemoveRow(removed, version) })
	}
	wantConflict(t, remove(2))
	wantRow(t, db, row)
	if err := remove(1); err != nil {
		t.Fatal(err)
	}
	wantNoRow(t, db, "p-1", "A")
	wantConflict(t, remove(2))
	mustWrite(t, db, func(tx ledger.Tx) error {
		got, found, err := tx.Row("p-1", "A")
		if !found || !got.Removed || got.Version != 2 || !got.UpdatedAt.Equal(noon.Add(time.Hour)) {
			t.Errorf("in a change: got %+v, found %t; want version 2, removed", got, found)
		}
		return err
	})
	again := newRow("p-1", "A", 7)
	for _, version := range []int64{1, 2, 4} {
		again.Version = version
		wantConflict(t, db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.InsertRow(again) }))
		wantNoRow(t, db, "p-1", "A")
	}
	again.Version = 3
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.InsertRow(again) })
	wantRow(t, db, again)
}
