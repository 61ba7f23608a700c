package reservationtest

import (
	"reflect"
	"slices"
	"testing"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/reservation/internal/reservation"
)

// severalLines returns a pending reservation of three lines, of which one was granted
// nothing.
func severalLines(id string) reservation.Reservation {
	line := func(product, store string, granted, requested int64) reservation.Line {
		return reservation.Line{Line: protocol.Line{ProductID: product, StoreID: store, Quantity: granted}, Requested: requested}
	}
	return pending(id).WithLines([]reservation.Line{line("p-2", "A", 2, 2), line("p-1", "B", 0, 3), line("p-1", "A", 5, 5)})
}

// settled returns a reservation at its next version, with a status and the totals of
// its lines; a line more takes returned units.
func settled(r reservation.Reservation, status protocol.Status, totals ...protocol.Totals) reservation.Reservation {
	r.Status, r.UpdatedBy, r.Version, r.UpdatedAt = status, "Bob", r.Version+1, noon
	lines := slices.Clone(r.AllLines())
	for i, t := range totals {
		if i == len(lines) {
			lines = append(lines, reservation.Line{Line: protocol.Line{ProductID: "p-2", StoreID: "C"}})
		}
		lines[i].Totals = t
	}
	r.Lines = lines
	return r
}

func setTotals(t *testing.T, db Database, before, after reservation.Reservation) {
	t.Helper()
	mustWrite(t, db, func(tx reservation.Tx) error { return tx.SetTotals(before, after) })
	wantReservations(t, db, after)
}

func wantDecided(t *testing.T, db Database, want reservation.Reservation) {
	t.Helper()
	got, err := db.Decided(t.Context(), []string{want.ID})
	if err != nil || len(got) != 1 || got[0].Status != want.Status || got[0].Version != want.Version || !reflect.DeepEqual(got[0].Lines, want.Lines) {
		t.Errorf("decided: %+v, %v; want %+v", got, err, want)
	}
}

// setsTotals settles a reservation of several lines, and one of one line, in parts.
func setsTotals(t *testing.T, db Database) {
	some, one := severalLines("some"), pending("one")
	insert(t, db, some, one, pending("other"))
	if got, err := db.Decided(t.Context(), []string{"some", "one"}); err != nil || len(got) != 0 {
		t.Errorf("decided: %+v, %v; want none", got, err)
	}
	part := settled(some, protocol.Pending, protocol.Totals{Committed: 1}, protocol.Totals{}, protocol.Totals{Released: 2})
	setTotals(t, db, some, part)
	wantDecided(t, db, part)
	wantCounts(t, db, nil, map[protocol.Status]int64{protocol.Pending: 3})
	over := settled(part, protocol.Confirmed, protocol.Totals{Committed: 1, Released: 1}, protocol.Totals{}, protocol.Totals{Committed: 1, Released: 4})
	over.Reason, over.EndedBy = "sold out", protocol.Cancelled
	setTotals(t, db, part, over)
	wantCounts(t, db, nil, map[protocol.Status]int64{protocol.Pending: 2, protocol.Confirmed: 1})
	back := settled(over, protocol.Confirmed, protocol.Totals{Committed: 1, Released: 1, Returned: 1}, protocol.Totals{},
		protocol.Totals{Committed: 1, Released: 4, Returned: 1}, protocol.Totals{Restocked: 1})
	setTotals(t, db, over, back)
	wantDecided(t, db, back)
	setTotals(t, db, one, settled(one, protocol.Pending, protocol.Totals{Released: 3 - 1}))
	wantCounts(t, db, nil, map[protocol.Status]int64{protocol.Pending: 2, protocol.Confirmed: 1})

	lines := []audit.Line{
		{ProductID: "p-1", StoreID: "A", Quantity: 5, Committed: 1, Released: 4, Returned: 1},
		{ProductID: "p-1", StoreID: "B"},
		{ProductID: "p-2", StoreID: "A", Quantity: 2, Committed: 1, Released: 1, Returned: 1},
		{ProductID: "p-2", StoreID: "C", Restocked: 1},
	}
	want := []audit.Reservation{
		{ID: "one", Status: "pending", Lines: []audit.Line{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 3, Released: 2}}},
		{ID: "other", Status: "pending"},
		{ID: "some", Status: "confirmed", Lines: lines},
	}
	if got, err := db.Statuses(t.Context(), "", 10); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("statuses %+v, %v; want %+v", got, err, want)
	}
}

// guardsTotals sets totals like a change that has read another version, and totals
// that no reservation can have: nothing may change.
func guardsTotals(t *testing.T, db Database) {
	r := severalLines("r")
	insert(t, db, r)
	part := settled(r, protocol.Pending, protocol.Totals{Committed: 1})
	stale := r
	stale.Version++
	over := r
	over.Status = protocol.Confirmed
	for name, before := range map[string]reservation.Reservation{"another version": stale, "it is pending": over} {
		t.Run(name, func(t *testing.T) {
			wantConflict(t, db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error { return tx.SetTotals(before, part) }))
			wantReservations(t, db, r)
		})
	}
	setTotals(t, db, r, part)
	for name, totals := range map[string]protocol.Totals{
		"a total falls": {}, "too many units": {Committed: 1, Released: 2}, "more returned than sold": {Committed: 1, Returned: 2},
	} {
		t.Run(name, func(t *testing.T) {
			err := db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error { return tx.SetTotals(part, settled(part, protocol.Pending, totals)) })
			if err == nil {
				t.Error("it is taken")
			}
			wantReservations(t, db, part)
		})
	}
}

func wantReturns(t *testing.T, db Database, after string, want ...string) {
	t.Helper()
	if got, err := db.UnacknowledgedReturns(t.Context(), after, 2); err != nil || !slices.Equal(got, want) {
		t.Errorf("returns after %q: %q, %v; want %q", after, got, err, want)
	}
}

// remembersReturns: a note goes only with the version that stock has acknowledged.
func remembersReturns(t *testing.T, db Database) {
	insert(t, db, pending("a"), pending("b"), pending("c"))
	mustWrite(t, db, func(tx reservation.Tx) error {
		for _, id := range []string{"c", "a", "b", "a"} {
			if err := tx.RememberReturn(id); err != nil {
				return err
			}
		}
		return nil
	})
	wantReturns(t, db, "", "a", "b")
	wantReturns(t, db, "b", "c")
	forget := func(id string, version int64) {
		mustWrite(t, db, func(tx reservation.Tx) error { return tx.ForgetReturn(id, version) })
	}
	forget("a", 2)
	forget("unknown", 1)
	wantReturns(t, db, "", "a", "b")
	forget("a", 1)
	wantReturns(t, db, "", "b", "c")
	forget("a", 1)
}

func knowsTotals(t *testing.T, db Database) {
	for _, want := range []bool{false, true, true} {
		if takes, err := db.TakesTotals(t.Context()); err != nil || takes != want {
			t.Errorf("takes totals %t, %v; want %t", takes, err, want)
		}
		mustWrite(t, db, func(tx reservation.Tx) error { return tx.SetTakesTotals() })
	}
}
