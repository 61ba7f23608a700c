package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/services/stock/internal/ledger"
)

// countChecksOfRepository are the checks of RunRepository for counts.
var countChecksOfRepository = map[string]func(*testing.T, Database){
	"keeps every field of a count":     keepsCounts,
	"updates a count over its version": updatesCounts,
	"saves the lines of a count":       savesCountLines,
	"ends a line of a count once":      endsCountLines,
	"lists counts":                     listsCounts,
	"lists the lines of a count":       listsCountLines,
	"lists the holds of rows":          listsHoldsOfRows,
	"gives counts in a snapshot":       givesCounts,
}

func newCount(id, storeID string) ledger.Count {
	return ledger.Count{ID: id, StoreID: storeID, Status: ledger.CountOpen, Actor: "Ada", Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

// countLine returns a line in state counted.
func countLine(productID string, counted, quantity int64) ledger.CountLine {
	return ledger.CountLine{ProductID: productID, Counted: counted, Quantity: quantity, RowVersion: 3, CountedAt: noon, State: ledger.LineCounted}
}

func insertCounts(t *testing.T, db Database, counts ...ledger.Count) {
	t.Helper()
	mustWrite(t, db, func(tx ledger.Tx) error {
		var err error
		for i := range 3 {
			err = errors.Join(err, tx.SaveProduct(product(fmt.Sprintf("p-%d", i+1))))
		}
		for _, c := range counts {
			err = errors.Join(err, tx.InsertCount(c))
		}
		return err
	})
}

// wantCount expects a count in a change and in a query.
func wantCount(t *testing.T, db Database, want ledger.Count) {
	t.Helper()
	mustWrite(t, db, func(tx ledger.Tx) error {
		got, found, err := tx.Count(want.ID)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("in a change: %+v, %t, want %+v", got, found, want)
		}
		return err
	})
	if got, found, err := db.Count(t.Context(), want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %t, %v, want %+v", got, found, err, want)
	}
}

func keepsCounts(t *testing.T, db Database) {
	full := newCount("c-2", "B")
	full.Reference, full.Actor, full.Status, full.Version = "autumn 名前", `Ünï "%_'\ 👍`, ledger.CountApplying, 1<<62
	full.Totals, full.UpdatedAt = ledger.CountTotals{Lines: 9, Applied: 4, Failed: 2}, noon.Add(time.Millisecond)
	insertCounts(t, db, newCount("c-1", "A"), full)
	wantCount(t, db, newCount("c-1", "A"))
	wantCount(t, db, full)
	if _, found, err := db.Count(t.Context(), "c-3"); found || err != nil {
		t.Errorf("an unknown count: %t, %v", found, err)
	}
	mustWrite(t, db, func(tx ledger.Tx) error {
		_, found, err := tx.Count("c-3")
		if found {
			t.Error("an unknown count is found")
		}
		return err
	})
}

func updatesCounts(t *testing.T, db Database) {
	c := newCount("c-1", "A")
	insertCounts(t, db, c)
	c.Status, c.Totals, c.Version, c.UpdatedAt = ledger.CountApplied, ledger.CountTotals{Lines: 3, Applied: 1, Failed: 2}, 2, noon.Add(time.Minute)
	wantConflict(t, db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.UpdateCount(c, 2) }))
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.UpdateCount(c, 1) })
	wantCount(t, db, c)
}

// wantCountLine expects a line in a change.
func wantCountLine(t *testing.T, db Database, countID string, want ledger.CountLine) {
	t.Helper()
	mustWrite(t, db, func(tx ledger.Tx) error {
		got, found, err := tx.CountLine(countID, want.ProductID)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("line %+v, %t, want %+v", got, found, want)
		}
		return err
	})
}

func savesCountLines(t *testing.T, db Database) {
	insertCounts(t, db, newCount("c-1", "A"), newCount("c-2", "A"))
	first, other := countLine("p-1", 18, 20), countLine("p-1", 1, 2)
	mustWrite(t, db, func(tx ledger.Tx) error {
		return errors.Join(tx.SaveCountLine("c-1", first), tx.SaveCountLine("c-2", other))
	})
	wantCountLine(t, db, "c-1", first)
	first.Counted, first.Quantity, first.RowVersion, first.CountedAt = ledger.MaxQuantity, 0, 0, noon.Add(time.Millisecond)
	mustWrite(t, db, func(tx ledger.Tx) error { return tx.SaveCountLine("c-1", first) })
	wantCountLine(t, db, "c-1", first)
	wantCountLine(t, db, "c-2", other)
	mustWrite(t, db, func(tx ledger.Tx) error {
		_, found, err := tx.CountLine("c-1", "p-2")
		if found {
			t.Error("a product that was not counted is found")
		}
		return err
	})
}

// endCountLine ends a line, or fails with ErrConflict.
func endCountLine(t *testing.T, db Database, from ledger.CountLineState, line ledger.CountLine) error {
	return db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.EndCountLine("c-1", from, line) })
}

func endsCountLines(t *testing.T, db Database) {
	insertCounts(t, db, newCount("c-1", "A"))
	applied, failed := countLine("p-1", 18, 20), countLine("p-2", 3, 9)
	mustWrite(t, db, func(tx ledger.Tx) error {
		return errors.Join(tx.SaveCountLine("c-1", applied), tx.SaveCountLine("c-1", failed))
	})
	applied.State = ledger.LineApplied
	failed.State, failed.Failure, failed.Claimed = ledger.LineFailed, ledger.FailureClaimed, 7
	for _, line := range []ledger.CountLine{applied, failed} {
		wantConflict(t, endCountLine(t, db, ledger.LineFailed, line))
		if err := endCountLine(t, db, ledger.LineCounted, line); err != nil {
			t.Fatal(err)
		}
		wantConflict(t, endCountLine(t, db, ledger.LineCounted, line))
		wantCountLine(t, db, "c-1", line)
	}
	wantConflict(t, db.Write(t.Context(), ledger.Needs{}, func(tx ledger.Tx) error { return tx.SaveCountLine("c-1", countLine("p-1", 1, 1)) }))
	failed.Failure, failed.Claimed = ledger.FailureDeleted, 0
	if err := endCountLine(t, db, ledger.LineFailed, failed); err != nil {
		t.Fatal(err)
	}
	wantCountLine(t, db, "c-1", failed)
	failed.State, failed.Failure = ledger.LineApplied, ""
	if err := endCountLine(t, db, ledger.LineFailed, failed); err != nil {
		t.Fatal(err)
	}
	wantCountLine(t, db, "c-1", failed)
}

func listsCounts(t *testing.T, db Database) {
	discarded := newCount("c-4", "A")
	discarded.Status = ledger.CountDiscarded
	insertCounts(t, db, newCount("c-1", "A"), newCount("c-2", "B"), newCount("c-3", "C"), discarded, newCount("c-5", "A"))
	store, status := "A", ledger.CountOpen
	many := []string{"A", "B"}
	for i := range 70 {
		many = append(many, fmt.Sprintf("S-%d", i))
	}
	for _, test := range []struct {
		filter ledger.CountFilter
		want   string
	}{
		{ledger.CountFilter{}, "c-5 c-4 c-3 c-2 c-1"},
		{ledger.CountFilter{Status: &status}, "c-5 c-3 c-2 c-1"},
		{ledger.CountFilter{StoreID: &store}, "c-5 c-4 c-1"},
		{ledger.CountFilter{StoreID: &store, Status: &status}, "c-5 c-1"},
		{ledger.CountFilter{StoreID: &store, Stores: []string{"B", "A"}}, "c-5 c-4 c-1"},
		{ledger.CountFilter{StoreID: &store, Stores: []string{"B"}}, ""},
		{ledger.CountFilter{Stores: []string{"B", "C"}}, "c-3 c-2"},
		{ledger.CountFilter{Stores: []string{"A", "B"}, Status: &status}, "c-5 c-2 c-1"},
		{ledger.CountFilter{Stores: many}, "c-5 c-4 c-2 c-1"},
		{ledger.CountFilter{Stores: []string{}}, ""},
	} {
		var ids []string
		for page := (paging.Page{Limit: 2}); ; {
			list, err := db.Counts(t.Context(), test.filter, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list.Items {
				ids = append(ids, c.ID)
			}
			if list.Next == nil {
				break
			}
			page.After = list.Next
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%+v lists %q, want %q", test.filter, got, test.want)
		}
	}
}

func listsCountLines(t *testing.T, db Database) {
	insertCounts(t, db, newCount("c-1", "A"), newCount("c-2", "A"))
	var lines []ledger.CountLine
	mustWrite(t, db, func(tx ledger.Tx) error {
		lines = nil
		err := tx.SaveCountLine("c-2", countLine("p-1", 9, 9))
		for i := range 3 {
			l := countLine(fmt.Sprintf("p-%d", i+1), int64(i), 5)
			lines = append(lines, l)
			err = errors.Join(err, tx.SaveCountLine("c-1", l))
		}
		lines[1].State = ledger.LineApplied
		return errors.Join(err, tx.EndCountLine("c-1", ledger.LineCounted, lines[1]))
	})
	mustWrite(t, db, func(tx ledger.Tx) error {
		first, err := tx.CountLines("c-1", ledger.LineCounted, "", 1)
		rest, restErr := tx.CountLines("c-1", ledger.LineCounted, "p-1", 5)
		if !reflect.DeepEqual(first, lines[:1]) || !reflect.DeepEqual(rest, lines[2:]) {
			t.Errorf("counted lines %+v, then %+v", first, rest)
		}
		return errors.Join(err, restErr)
	})
	for i := range lines {
		lines[i].Product = product(lines[i].ProductID)
	}
	wantLines := func(state *ledger.CountLineState, page paging.Page, next paging.Key, want ...ledger.CountLine) {
		t.Helper()
		list, err := db.LinesOfCount(t.Context(), "c-1", state, page)
		if err != nil || !slices.EqualFunc(list.Items, want, func(a, b ledger.CountLine) bool { return reflect.DeepEqual(a, b) }) || !reflect.DeepEqual(list.Next, next) {
			t.Errorf("%+v, next %v, %v; want %+v, next %v", list.Items, list.Next, err, want, next)
		}
	}
	applied, counted := ledger.LineApplied, ledger.LineCounted
	wantLines(nil, paging.Page{Limit: 2}, paging.Key{"p-2"}, lines[0], lines[1])
	wantLines(nil, paging.Page{Limit: 2, After: paging.Key{"p-2"}}, nil, lines[2])
	wantLines(&applied, paging.Page{Limit: 2}, nil, lines[1])
	wantLines(&counted, paging.Page{Limit: 1}, paging.Key{"p-1"}, lines[0])
	wantLines(&counted, paging.Page{Limit: 1, After: paging.Key{"p-1"}}, nil, lines[2])
}

func listsHoldsOfRows(t *testing.T, db Database) {
	first, second, elsewhere := newRow("p-1", "A", 20), newRow("p-2", "A", 20), newRow("p-1", "B", 20)
	first.Reserved, second.Reserved, elsewhere.Reserved = 9, 3, 1
	insertRows(t, db, first, second, elsewhere)
	later := func(h ledger.Hold, seconds int) ledger.Hold {
		h.CreatedAt = noon.Add(time.Duration(seconds) * time.Second)
		return h
	}
	basket := later(heldHold("r-2", "p-2", "A", 3), 2)
	basket.Lines = append(basket.Lines, ledger.Line{ProductID: "p-1", StoreID: "A", Quantity: 5})
	silent := later(heldHold("r-5", "p-1", "B", 1), 5)
	silent.ExpiresAt = time.Time{}
	insertHolds(t, db, later(heldHold("r-1", "p-1", "A", 6), 1), basket, later(heldHold("r-4", "p-1", "A", 2), 4), later(heldHold("r-3", "p-1", "A", 1), 3), silent)
	mustWrite(t, db, func(tx ledger.Tx) error {
		partly, _, err := tx.Hold("r-1")
		lines := slices.Clone(partly.Lines)
		lines[0].Committed = 4
		return errors.Join(err, tx.SettleHold("r-3", protocol.HoldReleased, noon), tx.SetTotals(partly, lines, protocol.HoldHeld, noon))
	})
	for _, test := range []struct {
		store    string
		products []string
		limit    int
		want     string
	}{
		{"A", []string{"p-1", "p-2"}, 9, "p-1 r-4:2 r-2:5 r-1:2 p-2 r-2:3"},
		{"A", []string{"p-1"}, 2, "p-1 r-4:2 r-2:5"},
		{"A", []string{"p-9"}, 2, ""},
		{"B", []string{"p-1", "p-2"}, 9, "p-1 r-5:1"},
	} {
		holds, err := db.HoldsOfRows(t.Context(), test.store, test.products, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, p := range test.products {
			for i, h := range holds[p] {
				if i == 0 {
					text = append(text, p)
				}
				text = append(text, fmt.Sprintf("%s:%d", h.ReservationID, h.Quantity))
			}
		}
		if got := strings.Join(text, " "); got != test.want {
			t.Errorf("%+v: %q, want %q", test, got, test.want)
		}
	}
	holds, err := db.HoldsOfRows(t.Context(), "B", []string{"p-1"}, 1)
	if want := (ledger.HeldUnits{ReservationID: "r-5", Quantity: 1, CreatedAt: silent.CreatedAt}); err != nil || len(holds["p-1"]) != 1 || holds["p-1"][0] != want {
		t.Errorf("got %+v, %v; want %+v", holds, err, want)
	}
}

func givesCounts(t *testing.T, db Database) {
	full := newCount("c-1", "A")
	full.Totals.Lines = 1
	insertCounts(t, db, full, newCount("c-2", "B"))
	failed := countLine("p-1", 1, 2)
	mustWrite(t, db, func(tx ledger.Tx) error {
		failed = countLine("p-1", 1, 2)
		err := tx.SaveCountLine("c-1", failed)
		failed.State, failed.Failure, failed.Claimed = ledger.LineFailed, ledger.FailureClaimed, 2
		return errors.Join(err, tx.EndCountLine("c-1", ledger.LineCounted, failed))
	})
	stop := errors.New("stop")
	err := db.Snapshot(t.Context(), func(s ledger.Snapshot) error {
		counts, lines := map[string]ledger.Count{}, map[string]ledger.CountLine{}
		err := errors.Join(s.Counts(func(c ledger.Count) error {
			counts[c.ID] = c
			return nil
		}), s.CountLines(func(id string, l ledger.CountLine) error {
			lines[id+" "+l.ProductID] = l
			return nil
		}))
		if !reflect.DeepEqual(counts, map[string]ledger.Count{"c-1": full, "c-2": newCount("c-2", "B")}) ||
			!reflect.DeepEqual(lines, map[string]ledger.CountLine{"c-1 p-1": failed}) {
			t.Errorf("counts %+v, lines %+v", counts, lines)
		}
		if err := s.Counts(func(ledger.Count) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("counts: got %v, want the error of each", err)
		}
		if err := s.CountLines(func(string, ledger.CountLine) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("lines: got %v, want the error of each", err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
