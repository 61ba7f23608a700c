package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/stock/internal/ledger"
)

// twoLines is a hold of three units in A and two in B, which was never settled.
func twoLines(t *testing.T, db Database) ledger.Hold {
	t.Helper()
	insertRows(t, db, newRow("p-1", "A", 50), newRow("p-1", "B", 50), newRow("p-1", "C", 50))
	h := heldHold("r-1", "p-1", "A", 3)
	h.Lines = append(h.Lines, ledger.Line{ProductID: "p-1", StoreID: "B", Quantity: 2})
	insertHolds(t, db, h, heldHold("r-2", "p-1", "A", 4), tombstone("r-3"))
	return h
}

// setTotals gives a hold these lines, and returns it with them.
func setTotals(t *testing.T, db Database, h ledger.Hold, at time.Time, totals ...protocol.Totals) ledger.Hold {
	t.Helper()
	next := h
	next.Lines = nil
	for i, l := range totals {
		line := ledger.Line{ProductID: "p-1", StoreID: string(rune('A' + i)), Totals: l}
		if i < len(h.Lines) {
			line.Quantity = h.Lines[i].Quantity
		}
		next.Lines = append(next.Lines, line)
	}
	if next.State = protocol.HoldOf(next.Lines); next.State != protocol.HoldHeld && h.SettledAt.IsZero() {
		next.SettledAt = at
	}
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.SetTotals(h, next.Lines, next.State, at) })
	wantHold(t, db, next)
	return next
}

// settlesInParts sells and gives back the units of a hold step by step, and takes
// some back, also into a row of which the hold was granted nothing.
func settlesInParts(t *testing.T, db Database) {
	type totals = protocol.Totals
	h := twoLines(t, db)
	other := heldHold("r-2", "p-1", "A", 4)
	want := func(state protocol.Hold, settled int64, inParts ...string) {
		t.Helper()
		wantHold(t, db, other)
		held, err := db.Held(t.Context(), ledger.NewestHeld, 10)
		if err != nil || len(held) == 2 != (state == protocol.HoldHeld) || held[len(held)-1].Settled != settled {
			t.Errorf("held %+v, %v; want that r-1 is %s with %d settled units", held, err, state, settled)
		}
		var got []string
		err = db.Snapshot(t.Context(), func(s ledger.Snapshot) error {
			return s.InParts(func(h ledger.Hold) error {
				got = append(got, h.ReservationID+" "+string(h.State)+" "+linesText(h.Lines))
				return nil
			})
		})
		if err != nil || !reflect.DeepEqual(got, inParts) {
			t.Errorf("in parts %q, %v; want %q", got, err, inParts)
		}
	}
	want(protocol.HoldHeld, 0)
	h = setTotals(t, db, h, noon.Add(time.Minute), totals{Committed: 1}, totals{})
	want(protocol.HoldHeld, 1, "r-1 held A3:1/0/0/0 B2:0/0/0/0")
	h = setTotals(t, db, h, noon.Add(2*time.Minute), totals{Committed: 1, Returned: 1}, totals{Released: 1}, totals{Restocked: 1})
	want(protocol.HoldHeld, 2, "r-1 held A3:1/0/1/0 B2:0/1/0/0 C0:0/0/0/1")
	h = setTotals(t, db, h, noon.Add(3*time.Minute), totals{Committed: 2, Released: 1, Returned: 1}, totals{Committed: 1, Released: 1}, totals{Restocked: 1})
	setTotals(t, db, h, noon.Add(4*time.Minute),
		totals{Committed: 2, Released: 1, Returned: 2}, totals{Committed: 1, Released: 1, Returned: 1, Restocked: 1}, totals{Restocked: 2})
	want(protocol.HoldCommitted, 0, "r-1 committed A3:2/1/2/0 B2:1/1/1/1 C0:0/0/0/2")
	states, err := db.HoldStates(t.Context(), "", 2)
	all := []audit.Hold{{ID: "r-1", State: "committed", Lines: []audit.Line{
		{ProductID: "p-1", StoreID: "A", Quantity: 3, Committed: 2, Released: 1, Returned: 2},
		{ProductID: "p-1", StoreID: "B", Quantity: 2, Committed: 1, Released: 1, Returned: 1, Restocked: 1},
		{ProductID: "p-1", StoreID: "C", Restocked: 2},
	}}, {ID: "r-2", State: "held"}}
	if err != nil || !reflect.DeepEqual(states, all) {
		t.Errorf("states %+v, %v; want %+v", states, err, all)
	}
}

// guardsTotals writes the totals of a change that had read an older state, and
// whole settlements of a hold that is settled in part.
func guardsTotals(t *testing.T, db Database) {
	type totals = protocol.Totals
	first := twoLines(t, db)
	h := setTotals(t, db, first, noon, totals{Committed: 2, Returned: 1}, totals{}, totals{Restocked: 1})
	line := func(store string, quantity int64, t totals) ledger.Line {
		return ledger.Line{ProductID: "p-1", StoreID: store, Quantity: quantity, Totals: t}
	}
	a, b := line("A", 3, totals{Committed: 2, Returned: 1}), line("B", 2, totals{})
	otherRestock := h
	otherRestock.Lines = []ledger.Line{a, b, line("C", 0, totals{Restocked: 9})}
	unknown := first
	unknown.ReservationID = "unknown"
	for name, stale := range map[string]func(tx ledger.Tx) error{
		"totals over earlier ones": func(tx ledger.Tx) error {
			return tx.SetTotals(first, []ledger.Line{line("A", 3, totals{Committed: 3}), b}, protocol.HoldHeld, noon)
		},
		"a restock over an earlier one": func(tx ledger.Tx) error {
			return tx.SetTotals(otherRestock, []ledger.Line{a, b, line("C", 0, totals{Restocked: 10})}, protocol.HoldHeld, noon)
		},
		"a hold that does not exist": func(tx ledger.Tx) error {
			return tx.SetTotals(unknown, []ledger.Line{line("A", 3, totals{Committed: 3}), b}, protocol.HoldHeld, noon)
		},
		"a whole settlement": func(tx ledger.Tx) error { return tx.SettleHold("r-1", protocol.HoldReleased, noon) },
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
				return errors.Join(tx.SettleHold("r-2", protocol.HoldReleased, noon), stale(tx))
			})
			wantConflict(t, err)
			wantHold(t, db, h)
			wantHold(t, db, heldHold("r-2", "p-1", "A", 4))
		})
	}
	t.Run("totals that the hold cannot have", func(t *testing.T) {
		for _, impossible := range []totals{
			{Committed: 1, Returned: 1}, {Committed: 2, Released: 2, Returned: 1}, {Committed: 2, Returned: 3}, {Committed: 2},
		} {
			err := db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error {
				return tx.SetTotals(h, []ledger.Line{line("A", 3, impossible), b}, protocol.HoldHeld, noon)
			})
			if err == nil {
				t.Errorf("%+v are stored", impossible)
			}
		}
		wantHold(t, db, h)
	})
}

// linesText is the lines of a hold, each as its store, its quantity and its totals.
func linesText(lines []ledger.Line) (text string) {
	for i, l := range lines {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%s%d:%d/%d/%d/%d", l.StoreID, l.Quantity, l.Committed, l.Released, l.Returned, l.Restocked)
	}
	return text
}
