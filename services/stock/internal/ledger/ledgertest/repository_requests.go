package ledgertest

import (
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/stock/internal/ledger"
)

// requestedHold is a hold of a request with four lines: the first and the third
// were granted nothing.
func requestedHold(id string) ledger.Hold {
	line := func(store string, quantity int64) ledger.Line {
		return ledger.Line{ProductID: "p-1", StoreID: store, Quantity: quantity}
	}
	h := heldHold(id, "p-1", "B", 3)
	h.Lines = []ledger.Line{line("A", 0), line("B", 3), line("C", 0), line("D", 2)}
	h.Requested = []int64{1, 5, 4, 2}
	h.Request = &ledger.Request{
		Reference: `Ünï "%_'\ 👍`, Partial: true, Sourcing: ledger.SourcingFewestStores,
		Lines: []ledger.RequestLine{
			{ProductID: "p-1", StoreID: "A", Quantity: 1},
			{SKU: "SKU-p-1", Stores: []string{"B", "E"}, Quantity: 5},
			{ProductID: "p-1", StoreID: "C", Quantity: 4},
			{ProductID: "p-1", Stores: []string{"D"}, Quantity: 2},
		},
	}
	return h
}

// keepsRequests stores a hold with its request, and settles it: lines that were
// granted nothing keep their places.
func keepsRequests(t *testing.T, db Database) {
	for _, store := range []string{"A", "B", "C", "D", "E"} {
		insertRows(t, db, newRow("p-1", store, 50))
	}
	h, whole := requestedHold("r-1"), requestedHold("r-2")
	insertHolds(t, db, h, whole, heldHold("r-3", "p-1", "A", 4))
	wantHold(t, db, h)
	wantHold(t, db, heldHold("r-3", "p-1", "A", 4))
	mustWrite(t, db, func(tx ledger.Tx) error {
		again := h
		again.Request, again.Requested, again.Lines = nil, nil, h.Lines[1:2]
		inserted, err := tx.InsertHold(again)
		if inserted {
			t.Error("inserted a second hold")
		}
		return err
	})

	at := noon.Add(time.Minute)
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.SettleHold("r-2", protocol.HoldCommitted, at) })
	whole.State, whole.SettledAt = protocol.HoldCommitted, at
	whole.Lines[1].Committed, whole.Lines[3].Committed = 3, 2
	wantHold(t, db, whole)

	next := requestedHold("r-1")
	next.Lines[1].Totals = protocol.Totals{Committed: 2, Released: 1, Returned: 1}
	next.Lines[2].Totals = protocol.Totals{Restocked: 1} // a row of which the hold got nothing
	next.Lines[3].Totals = protocol.Totals{Released: 2}
	next.State, next.SettledAt = protocol.HoldCommitted, at
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.SetTotals(h, next.Lines, next.State, at) })
	wantHold(t, db, next)
}

// findsProductBySKU prefers the product that has the SKU now.
func findsProductBySKU(t *testing.T, db Database) {
	want := func(sku, id string) {
		t.Helper()
		mustWrite(t, db, func(tx ledger.Tx) error {
			p, found, err := tx.ProductBySKU(sku)
			if found != (id != "") || p.ID != id {
				t.Errorf("%s is the SKU of %+v, %t; want %q", sku, p, found, id)
			}
			return err
		})
	}
	save := func(list ...ledger.Product) {
		t.Helper()
		mustWrite(t, db, func(tx ledger.Tx) error {
			for _, p := range list {
				if err := tx.SaveProduct(p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	want("A", "")
	save(ledger.Product{ID: "p-1", SKU: "A", Version: 1}, ledger.Product{ID: "p-2", SKU: "B", Version: 1})
	want("A", "p-1")
	want("B", "p-2")
	save(ledger.Product{ID: "p-1", SKU: "A", Version: 2, Deleted: true})
	want("A", "p-1") // so that a caller reads that it was deleted
	save(ledger.Product{ID: "p-3", SKU: "A", Version: 1})
	want("A", "p-3")
	save(ledger.Product{ID: "p-3", SKU: "C", Version: 2})
	want("A", "p-1")
	want("C", "p-3")
}
