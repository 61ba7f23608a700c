package reservationtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/services/reservation/internal/reservation"
)

// wantSearch requires a search to find exactly these ids in this order, on pages of
// every size.
func wantSearch(t *testing.T, db Database, f reservation.SearchFilter, want ...string) {
	t.Helper()
	for _, limit := range []int{1, 2, 100} {
		var got []string
		for page := (paging.Page{Limit: limit}); ; {
			list, err := db.Search(t.Context(), f, page)
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Items) > limit {
				t.Errorf("a page of %d has %d items", limit, len(list.Items))
			}
			got = append(got, paging.Map(list, idOf).Items...)
			if page.After = list.Next; page.After == nil {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v by pages of %d: got %q, want %q", f, limit, got, want)
		}
	}
}

func searches(t *testing.T, db Database) {
	wantSearch(t, db, reservation.SearchFilter{})
	at := func(id, customer, reference, product, store string, minute int) reservation.Reservation {
		r := of(id, product, store, time.Hour)
		r.CustomerID, r.Reference, r.CreatedAt = customer, reference, noon.Add(time.Duration(minute)*time.Minute)
		return r
	}
	line := func(product, store string, requested int64) reservation.Line {
		return reservation.Line{Line: protocol.Line{ProductID: product, StoreID: store, Quantity: requested}, Requested: requested}
	}
	insert(t, db,
		at("1", "Ada", "", "p-1", "A", 0), at("2", "Bob", "order-1", "p-1", "B", 1), at("3", "Ada", "order-1", "p-2", "A", 2),
		at("late", "Ada", "order-2", "p-2", "B", 1), // was recorded after 3
		at("basket", "Bob", "", "p-1", "A", 4).WithLines([]reservation.Line{line("p-1", "A", 1), line("p-2", "B", 1), line("p-3", "C", 0)}),
	)
	endReservations(t, db, ended(at("1", "Ada", "", "p-1", "A", 0), protocol.Expired))
	text := func(s string) *string { return &s }
	status := func(s protocol.Status) *protocol.Status { return &s }
	minute := func(m int) *time.Time { at := noon.Add(time.Duration(m) * time.Minute); return &at }
	between := noon.Add(time.Minute + time.Microsecond)
	for _, test := range []struct {
		f    reservation.SearchFilter
		want []string
	}{
		{reservation.SearchFilter{}, []string{"basket", "3", "late", "2", "1"}},
		{reservation.SearchFilter{CustomerID: text("Ada")}, []string{"3", "late", "1"}},
		{reservation.SearchFilter{CustomerID: text("ada")}, nil},
		{reservation.SearchFilter{Reference: text("order-1")}, []string{"3", "2"}},
		{reservation.SearchFilter{Reference: text("order-1"), CustomerID: text("Bob")}, []string{"2"}},
		{reservation.SearchFilter{Status: status(protocol.Expired)}, []string{"1"}},
		{reservation.SearchFilter{Status: status(protocol.Pending), CustomerID: text("Ada")}, []string{"3", "late"}},
		{reservation.SearchFilter{ProductID: text("p-2")}, []string{"basket", "3", "late"}},
		{reservation.SearchFilter{StoreID: text("B")}, []string{"basket", "late", "2"}},
		{reservation.SearchFilter{ProductID: text("p-1"), StoreID: text("B")}, []string{"2"}},
		{reservation.SearchFilter{ProductID: text("p-3")}, nil}, // only takes returned units
		{reservation.SearchFilter{From: minute(1), To: minute(2)}, []string{"late", "2"}},
		{reservation.SearchFilter{From: &between}, []string{"basket", "3"}},
		{reservation.SearchFilter{To: &between}, []string{"late", "2", "1"}},
		{reservation.SearchFilter{CustomerID: text("Ada"), From: minute(1), To: minute(2)}, []string{"late"}},
		{reservation.SearchFilter{Stores: []string{"A"}}, []string{"3", "1"}},
		{reservation.SearchFilter{Stores: []string{"A", "B"}}, []string{"3", "late", "2", "1"}},
		{reservation.SearchFilter{Stores: []string{"C", "B", "A"}}, []string{"basket", "3", "late", "2", "1"}},
		{reservation.SearchFilter{Stores: []string{}}, nil},
	} {
		wantSearch(t, db, test.f, test.want...)
	}
}

// searchesFar finds the few among many: pages before them may be empty.
func searchesFar(t *testing.T, db Database) {
	const many = 20_000
	var needs reservation.Needs
	for i := range many {
		needs.Reservations = append(needs.Reservations, fmt.Sprintf("%05d", i))
	}
	err := db.Write(t.Context(), needs, func(tx reservation.Tx) error {
		for i, id := range needs.Reservations {
			r := pending(id)
			if i%9000 == 0 {
				r.ProductID = "rare"
			}
			if _, err := tx.Insert(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rare := "rare"
	wantSearch(t, db, reservation.SearchFilter{ProductID: &rare}, "18000", "09000", "00000")
}
