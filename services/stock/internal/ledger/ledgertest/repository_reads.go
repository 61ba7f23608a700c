package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/stock/internal/ledger"
)

func nameOf(r ledger.Row) string { return r.ProductID + " " + r.StoreID }

func listsProduct(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "C", 3), newRow("p-1", "A", 1), newRow("p-2", "A", 9), newRow("p-1", "B", 2))
	for _, test := range []struct {
		stores []string
		want   []ledger.Row
	}{
		{nil, []ledger.Row{newRow("p-1", "A", 1), newRow("p-1", "B", 2), newRow("p-1", "C", 3)}},
		{[]string{"C", "A", "D"}, []ledger.Row{newRow("p-1", "A", 1), newRow("p-1", "C", 3)}},
		{[]string{"D"}, nil},
		{[]string{}, nil},
	} {
		if got, err := db.RowsOfProduct(t.Context(), "p-1", test.stores); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("in %q: got %+v, %v; want %+v", test.stores, got, err, test.want)
		}
	}
	if got, err := db.RowsOfProduct(t.Context(), "p-3", nil); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v; want none", got, err)
	}
}

func listsStore(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-3", "A", 3), newRow("p-1", "A", 1), newRow("p-2", "B", 2), newRow("p-2", "A", 9), newRow("p-4", "A", 0))
	want := func(storeID string, want ...string) {
		t.Helper()
		read := func(p paging.Page) (paging.List[ledger.Row], error) { return db.RowsOfStore(t.Context(), storeID, p) }
		pagingtest.WantList(t, read, nameOf, want...)
	}
	want("A", "p-1 A", "p-2 A", "p-3 A", "p-4 A")
	want("B", "p-2 B")
	want("C")
	list, err := db.RowsOfStore(t.Context(), "B", paging.Page{Limit: 1})
	if err != nil || len(list.Items) != 1 || !reflect.DeepEqual(list.Items[0], newRow("p-2", "B", 2)) {
		t.Errorf("got %+v, %v; want every field of the row", list.Items, err)
	}
	first, err := db.RowsOfStore(t.Context(), "A", paging.Page{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	insertRows(t, db, newRow("p-0", "A", 1)) // before the key
	rest, err := db.RowsOfStore(t.Context(), "A", paging.Page{Limit: 5, After: first.Next})
	if got := paging.Map(rest, nameOf).Items; err != nil || !slices.Equal(got, []string{"p-3 A", "p-4 A"}) {
		t.Errorf("after the key: got %q, %v", got, err)
	}
}

func listsLow(t *testing.T, db Database) {
	point := func(n int64) *int64 { return &n }
	never, zero, high, held, gone := newRow("p-1", "A", 10), newRow("p-2", "A", 1), newRow("p-3", "B", 90), newRow("p-4", "C", 50), newRow("p-5", "A", 0)
	zero.Thresholds.ReorderPoint, high.Thresholds.ReorderPoint = point(0), point(100)
	held.Reserved = 48
	insertRows(t, db, never, zero, high, held, gone, newRow("p-6", "A", 11), newRow("p-7", "B", 10))
	mustWrite(t, db, func(tx ledger.Tx) error {
		return tx.SaveProduct(ledger.Product{ID: "p-5", SKU: "gone", Deleted: true, Version: 2})
	})
	want := func(f ledger.LowStockFilter, want ...string) {
		t.Helper()
		read := func(p paging.Page) (paging.List[ledger.Row], error) { return db.LowStock(t.Context(), f, p) }
		pagingtest.WantList(t, read, nameOf, want...)
	}
	many := []string{"A", "B"}
	for i := range 80 {
		many = append(many, fmt.Sprintf("S-%03d", i))
	}
	want(ledger.LowStockFilter{}, "p-4 C", "p-1 A", "p-7 B", "p-3 B")
	want(ledger.LowStockFilter{Stores: []string{"A"}}, "p-1 A")
	want(ledger.LowStockFilter{Stores: []string{"B", "A"}}, "p-1 A", "p-7 B", "p-3 B")
	want(ledger.LowStockFilter{Stores: many}, "p-1 A", "p-7 B", "p-3 B")
	want(ledger.LowStockFilter{Stores: []string{"D"}})
	want(ledger.LowStockFilter{Threshold: point(1)}, "p-2 A")
	want(ledger.LowStockFilter{Threshold: point(11)}, "p-2 A", "p-4 C", "p-1 A", "p-7 B", "p-6 A")
	want(ledger.LowStockFilter{Threshold: point(ledger.MaxQuantity)}, "p-2 A", "p-4 C", "p-1 A", "p-7 B", "p-6 A", "p-3 B")
	want(ledger.LowStockFilter{Threshold: point(11), Stores: []string{"A", "C"}}, "p-2 A", "p-4 C", "p-1 A", "p-6 A")
	want(ledger.LowStockFilter{Threshold: point(10), Stores: many}, "p-2 A", "p-1 A", "p-7 B")
	want(ledger.LowStockFilter{Threshold: point(0)})
	list, err := db.LowStock(t.Context(), ledger.LowStockFilter{}, paging.Page{Limit: 1})
	if err != nil || len(list.Items) != 1 || !reflect.DeepEqual(list.Items[0], held) {
		t.Errorf("got %+v, %v; want every field of %+v", list.Items, err, held)
	}
	filled := never
	filled.Quantity, filled.Version = 500, 2
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.UpdateRow(filled, 1) })
	want(ledger.LowStockFilter{}, "p-4 C", "p-7 B", "p-3 B")
	want(ledger.LowStockFilter{Threshold: point(11)}, "p-2 A", "p-4 C", "p-7 B", "p-6 A")
}

func wantTotals(t *testing.T, db Database, stores []string, want ...ledger.StoreTotals) {
	t.Helper()
	if got, err := db.TotalsOfStores(t.Context(), stores); err != nil || !slices.Equal(got, want) {
		t.Errorf("totals of %q: %+v, %v; want %+v", stores, got, err, want)
	}
}

func addsUpStores(t *testing.T, db Database) {
	reserved, out := newRow("p-1", "B", 100), newRow("p-2", "B", 7)
	reserved.Reserved, out.Reserved = 30, 7
	insertRows(t, db, reserved, out, newRow("p-1", "A", 50), newRow("p-2", "A", 10))
	a := ledger.StoreTotals{StoreID: "A", Rows: 2, Quantity: 60, Low: 1}
	b := ledger.StoreTotals{StoreID: "B", Rows: 2, Quantity: 107, Reserved: 37, Low: 1, Out: 1}
	wantTotals(t, db, nil, a, b)
	wantTotals(t, db, []string{"B", "C"}, b)
	wantTotals(t, db, []string{})
	next := newRow("p-1", "A", 0)
	next.Version = 2
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.UpdateRow(next, 1) })
	wantTotals(t, db, []string{"A"}, ledger.StoreTotals{StoreID: "A", Rows: 2, Quantity: 10, Low: 2, Out: 1})
}

// movement returns a movement of the row p-1 in A that left it with a quantity.
func movement(quantity int64, actor string, after time.Duration) ledger.Movement {
	return ledger.Movement{
		ProductID: "p-1", StoreID: "A", Kind: ledger.MovementAdjusted, Change: 1, Quantity: quantity, Version: quantity, Actor: actor,
		CreatedAt: noon.Add(after),
	}
}

// insertMovements inserts movements of which the last is the one of a store B.
func insertMovements(t *testing.T, db Database) {
	t.Helper()
	insertRows(t, db, newRow("p-1", "A", 4), newRow("p-1", "B", 9))
	other := movement(9, "Ada", 0)
	other.StoreID = "B"
	mustWrite(t, db, func(tx ledger.Tx) error {
		return errors.Join(tx.InsertMovement(movement(1, "Ada", 0)), tx.InsertMovement(movement(2, "Bob", time.Second)),
			tx.InsertMovement(movement(3, "Ada", time.Second)), tx.InsertMovement(movement(4, "", 2*time.Second)), tx.InsertMovement(other))
	})
}

func wantMovements(t *testing.T, db Database, f ledger.MovementFilter, want ...string) {
	t.Helper()
	read := func(p paging.Page) (paging.List[ledger.Movement], error) { return db.Movements(t.Context(), f, p) }
	pagingtest.WantList(t, read, func(m ledger.Movement) string { return fmt.Sprint(m.Quantity) }, want...)
}

func listsMovements(t *testing.T, db Database) {
	insertMovements(t, db)
	f := ledger.MovementFilter{ProductID: "p-1", StoreID: "A"}
	wantMovements(t, db, f, "4", "3", "2", "1")
	f.Actor = "Ada"
	wantMovements(t, db, f, "3", "1")
	f.Actor = "nobody"
	wantMovements(t, db, f)
	wantMovements(t, db, ledger.MovementFilter{ProductID: "p-1", StoreID: "B"}, "9")
	wantMovements(t, db, ledger.MovementFilter{ProductID: "p-2", StoreID: "A"})
}

func wantQuantityAt(t *testing.T, db Database, at time.Time, want int64) {
	t.Helper()
	if got, err := db.QuantityAt(t.Context(), "p-1", "A", at); err != nil || got != want {
		t.Errorf("at %s: %d, %v; want %d", at, got, err, want)
	}
}

func knowsQuantityAt(t *testing.T, db Database) {
	insertMovements(t, db)
	wantQuantityAt(t, db, noon.Add(-time.Millisecond), 0)
	wantQuantityAt(t, db, noon, 1)
	wantQuantityAt(t, db, noon.Add(time.Second-time.Millisecond), 1)
	wantQuantityAt(t, db, noon.Add(time.Second), 3)
	wantQuantityAt(t, db, noon.Add(time.Hour), 4)
}

func listsHeld(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 50), newRow("p-1", "B", 50))
	at := func(id string, after time.Duration) ledger.Hold {
		h := heldHold(id, "p-1", "A", 1)
		h.CreatedAt = noon.Add(after)
		h.Lines = append(h.Lines, ledger.Line{ProductID: "p-1", StoreID: "B", Quantity: 1})
		return h
	}
	insertHolds(t, db, at("r-1", time.Second), at("r-4", 0), at("r-2", 0), at("r-3", time.Minute), tombstone("r-5"), at("r-6", time.Hour))
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.SettleHold("r-6", protocol.HoldCommitted, noon) })
	all := []ledger.HeldHold{
		{ReservationID: "r-3", CreatedAt: noon.Add(time.Minute)},
		{ReservationID: "r-1", CreatedAt: noon.Add(time.Second)},
		{ReservationID: "r-4", CreatedAt: noon},
		{ReservationID: "r-2", CreatedAt: noon},
	}
	for _, test := range []struct {
		before ledger.HeldHold
		limit  int
		want   []ledger.HeldHold
	}{{ledger.NewestHeld, 10, all}, {ledger.NewestHeld, 2, all[:2]}, {all[1], 2, all[2:]}, {all[2], 2, all[3:]}, {all[3], 2, nil}} {
		if got, err := db.Held(t.Context(), test.before, test.limit); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%d before %+v: %+v, %v; want %+v", test.limit, test.before, got, err, test.want)
		}
	}
}

func listsHoldStates(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 50), newRow("p-1", "B", 50))
	two := heldHold("r-1", "p-1", "A", 1)
	two.Lines = append(two.Lines, ledger.Line{ProductID: "p-1", StoreID: "B", Quantity: 1})
	insertHolds(t, db, heldHold("r-3", "p-1", "A", 1), two, tombstone("r-2"))
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.SettleHold("r-3", protocol.HoldCommitted, noon) })
	all := []audit.Hold{{ID: "r-1", State: "held"}, {ID: "r-2", State: "released"}, {ID: "r-3", State: "committed"}}
	for _, test := range []struct {
		after string
		limit int
		want  []audit.Hold
	}{{"", 10, all}, {"", 2, all[:2]}, {"r-1", 5, all[1:]}, {"r-3", 5, nil}} {
		if got, err := db.HoldStates(t.Context(), test.after, test.limit); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%d after %q: %+v, %v; want %+v", test.limit, test.after, got, err, test.want)
		}
	}
}

// whole is the content of a snapshot, each entry as one text.
type whole struct{ rows, held, movements, events []string }

func readWhole(s ledger.Snapshot) (w whole, err error) {
	err = errors.Join(
		s.Rows(func(r ledger.Row) error {
			w.rows = append(w.rows, fmt.Sprintf("%s %s %d/%d@%d", r.ProductID, r.StoreID, r.Quantity, r.Reserved, r.Version))
			return nil
		}),
		s.Held(func(l ledger.Line) error {
			w.held = append(w.held, fmt.Sprintf("%s %s %d", l.ProductID, l.StoreID, l.Quantity))
			return nil
		}),
		s.Movements(func(m ledger.Movement) error {
			w.movements = append(w.movements, fmt.Sprintf("%s %s %+d=%d@%d", m.ProductID, m.StoreID, m.Change, m.Quantity, m.Version))
			return nil
		}),
		s.Events(func(e events.Event) error {
			payload, err := events.PayloadAs[inventory.StockCreated](e)
			w.events = append(w.events, fmt.Sprintf("%s %s@%d %d", e.ID, e.Type, e.Version, payload.Quantity))
			return err
		}))
	return w, err
}

func wantWhole(t *testing.T, db Database, want whole) {
	t.Helper()
	err := db.Snapshot(t.Context(), func(s ledger.Snapshot) error {
		got, err := readWhole(s)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the snapshot has %+v, want %+v", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func givesSnapshot(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-2", "A", 5), newRow("p-1", "B", 6), newRow("p-1", "A", 7))
	insertHolds(t, db, heldHold("r-1", "p-1", "A", 2), heldHold("r-2", "p-1", "A", 1), heldHold("r-3", "p-2", "A", 4), tombstone("r-4"))
	mustWrite(t, db, func(tx ledger.Tx) error {
		return errors.Join(tx.SettleHold("r-3", protocol.HoldReleased, noon), tx.InsertMovement(movement(8, "", time.Hour)),
			tx.InsertMovement(movement(7, "", 0)), tx.Append(created(t, newRow("p-2", "A", 5))), tx.Append(created(t, newRow("p-1", "A", 7))))
	})
	wantWhole(t, db, whole{
		rows: []string{"p-1 A 7/0@1", "p-1 B 6/0@1", "p-2 A 5/0@1"}, held: []string{"p-1 A 3"},
		movements: []string{"p-1 A +1=8@8", "p-1 A +1=7@7"},
		events:    []string{"event-p-2-A stock.created@1 5", "event-p-1-A stock.created@1 7"},
	})
	stop := errors.New("stop")
	err := db.Snapshot(t.Context(), func(s ledger.Snapshot) error {
		for name, err := range map[string]error{
			"Rows": s.Rows(func(ledger.Row) error { return stop }), "Held": s.Held(func(ledger.Line) error { return stop }),
			"Movements": s.Movements(func(ledger.Movement) error { return stop }), "Events": s.Events(func(events.Event) error { return stop }),
		} {
			if !errors.Is(err, stop) {
				t.Errorf("%s: got %v, want the error of each", name, err)
			}
		}
		check, state, err := s.Outbox()
		if err != nil {
			return err
		}
		if check.Checked != 2 || check.ViolationCount != 0 || state.Events != 2 || state.Pending != 2 {
			t.Errorf("check %+v, state %+v", check, state)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Snapshot(t.Context(), func(ledger.Snapshot) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of read", err)
	}
}

func givesOneMoment(t *testing.T, db Database) {
	insertRows(t, db, newRow("p-1", "A", 5))
	err := db.Snapshot(t.Context(), func(s ledger.Snapshot) error {
		before, err := readWhole(s)
		insertRows(t, db, newRow("p-2", "A", 5)) // beside the snapshot
		after, afterErr := readWhole(s)
		if len(before.rows) != 1 || !reflect.DeepEqual(before, after) {
			t.Errorf("the snapshot had %+v, then %+v", before, after)
		}
		return errors.Join(err, afterErr)
	})
	if err != nil {
		t.Error(err)
	}
	wantWhole(t, db, whole{rows: []string{"p-1 A 5/0@1", "p-2 A 5/0@1"}})
}
