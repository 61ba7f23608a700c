package reservationtest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/reservation/internal/reservation"
)

func idOf(r reservation.Reservation) string { return r.ID }

func wantPending(t *testing.T, db Database, storeID string, want ...string) {
	t.Helper()
	read := func(p paging.Page) (paging.List[reservation.Reservation], error) {
		return db.Pending(t.Context(), storeID, nil, p)
	}
	pagingtest.WantList(t, read, idOf, want...)
}

func wantRow(t *testing.T, db Database, f reservation.RowFilter, want ...string) {
	t.Helper()
	read := func(p paging.Page) (paging.List[reservation.Reservation], error) { return db.OfRow(t.Context(), f, p) }
	pagingtest.WantList(t, read, idOf, want...)
}

// of returns a pending reservation of a product in a store that expires after d.
func of(id, productID, storeID string, d time.Duration) reservation.Reservation {
	r := pending(id)
	r.ProductID, r.StoreID, r.ExpiresAt = productID, storeID, noon.Add(d)
	return r
}

func listsPending(t *testing.T, db Database) {
	insert(t, db, of("late", "p-1", "A", time.Hour), of("z-first", "p-1", "A", time.Minute), of("a-second", "p-2", "A", time.Minute),
		of("other", "p-1", "B", time.Second), of("soon", "p-1", "A", time.Millisecond), of("over", "p-1", "A", 0))
	endReservations(t, db, ended(of("over", "p-1", "A", 0), protocol.Expired))
	wantPending(t, db, "A", "soon", "z-first", "a-second", "late")
	wantPending(t, db, "B", "other")
	wantPending(t, db, "C")
	list, err := db.Pending(t.Context(), "B", nil, paging.Page{Limit: 1})
	if want := of("other", "p-1", "B", time.Second); err != nil || len(list.Items) != 1 || !reflect.DeepEqual(list.Items[0], want) {
		t.Errorf("got %+v, %v; want every field of %+v", list.Items, err, want)
	}
	// A page after a key does not depend on reservations that were added or ended before
	// it.
	first, err := db.Pending(t.Context(), "A", nil, paging.Page{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	endReservations(t, db, ended(of("soon", "p-1", "A", 0), protocol.Cancelled))
	insert(t, db, of("new", "p-1", "A", 2*time.Millisecond))
	rest, err := db.Pending(t.Context(), "A", nil, paging.Page{Limit: 5, After: first.Next})
	if got := paging.Map(rest, idOf).Items; err != nil || !slices.Equal(got, []string{"a-second", "late"}) {
		t.Errorf("after the key: got %q, %v", got, err)
	}
}

func listsRow(t *testing.T, db Database) {
	all := []reservation.Reservation{
		of("5", "p-1", "A", time.Hour), of("4", "p-1", "A", time.Minute), of("3", "p-1", "A", time.Second),
		of("product", "p-2", "A", time.Hour), of("store", "p-1", "B", time.Hour), of("2", "p-1", "A", time.Hour), of("1", "p-1", "A", time.Hour),
	}
	insert(t, db, all...)
	endReservations(t, db, ended(all[1], protocol.Confirmed), ended(all[2], protocol.Cancelled), ended(all[5], protocol.Expired))
	row := reservation.RowFilter{ProductID: "p-1", StoreID: "A"}
	wantRow(t, db, row, "5", "4", "3", "2", "1")
	for status, want := range map[protocol.Status][]string{
		protocol.Pending: {"5", "1"}, protocol.Confirmed: {"4"}, protocol.Cancelled: {"3"}, protocol.Expired: {"2"},
	} {
		row.Status = status
		wantRow(t, db, row, want...)
	}
	wantRow(t, db, reservation.RowFilter{ProductID: "p-2", StoreID: "A"}, "product")
	wantRow(t, db, reservation.RowFilter{ProductID: "p-2", StoreID: "B"})
	list, err := db.OfRow(t.Context(), reservation.RowFilter{ProductID: "p-1", StoreID: "A"}, paging.Page{Limit: 1, Offset: 2})
	if want := ended(all[2], protocol.Cancelled); err != nil || len(list.Items) != 1 || !reflect.DeepEqual(list.Items[0], want) {
		t.Errorf("got %+v, %v; want every field of %+v", list.Items, err, want)
	}
}

// wantCounts requires the counts of stores; statuses that none has may be left
// out.
func wantCounts(t *testing.T, db Database, stores []string, want map[protocol.Status]int64) {
	t.Helper()
	got, err := db.CountByStatus(t.Context(), stores)
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(got, func(_ protocol.Status, n int64) bool { return n == 0 })
	if !maps.Equal(got, want) {
		t.Errorf("counts of %q: %v, want %v", stores, got, want)
	}
}

func countsByStatus(t *testing.T, db Database) {
	var ends []reservation.Reservation
	for i, status := range []protocol.Status{protocol.Confirmed, protocol.Confirmed, protocol.Cancelled, protocol.Expired, ""} {
		for _, store := range []string{"A", "B"} {
			r := of(fmt.Sprintf("%s-%d", store, i), fmt.Sprintf("p-%d", i), store, time.Hour)
			insert(t, db, r)
			if status != "" {
				ends = append(ends, ended(r, status))
			}
		}
	}
	endReservations(t, db, ends[1:]...) // all but a confirmed one of A
	insert(t, db, func() reservation.Reservation {
		r := ended(pending("aborted"), protocol.Cancelled)
		r.StoreID = "B"
		return r
	}())
	a := map[protocol.Status]int64{protocol.Pending: 2, protocol.Confirmed: 1, protocol.Cancelled: 1, protocol.Expired: 1}
	b := map[protocol.Status]int64{protocol.Pending: 1, protocol.Confirmed: 2, protocol.Cancelled: 2, protocol.Expired: 1}
	both := map[protocol.Status]int64{protocol.Pending: 3, protocol.Confirmed: 3, protocol.Cancelled: 3, protocol.Expired: 2}
	wantCounts(t, db, nil, both)
	wantCounts(t, db, []string{"A", "B", "C"}, both)
	wantCounts(t, db, []string{"A"}, a)
	wantCounts(t, db, []string{"B"}, b)
	wantCounts(t, db, []string{"C"}, nil)
	wantCounts(t, db, []string{}, nil)
}

func wantDue(t *testing.T, db Database, at time.Time, limit int, want ...string) {
	t.Helper()
	if got, err := db.Due(t.Context(), at, limit); err != nil || !slices.Equal(got, want) {
		t.Errorf("due at %s: %q, %v; want %q", at, got, err, want)
	}
}

func wantNextDue(t *testing.T, db Database, want time.Time) {
	t.Helper()
	if got, err := db.NextDue(t.Context()); err != nil || got != want {
		t.Errorf("next due %s, %v; want %s", got, err, want)
	}
}

func findsDue(t *testing.T, db Database) {
	insert(t, db, of("c", "p-1", "A", 3*time.Second), of("a", "p-1", "A", 2*time.Second), of("b", "p-1", "B", time.Second),
		of("over", "p-1", "A", time.Millisecond), of("d", "p-1", "A", 24*time.Hour))
	endReservations(t, db, ended(of("over", "p-1", "A", 0), protocol.Confirmed))
	wantNextDue(t, db, noon.Add(time.Second))
	wantDue(t, db, noon.Add(time.Second-time.Millisecond), 10)
	wantDue(t, db, noon.Add(time.Second), 10, "b")
	wantDue(t, db, noon.Add(3*time.Second), 10, "b", "a", "c")
	wantDue(t, db, noon.Add(3*time.Second), 2, "b", "a")
	endReservations(t, db, ended(of("b", "p-1", "B", time.Second), protocol.Expired))
	wantNextDue(t, db, noon.Add(2*time.Second))
	wantDue(t, db, noon.Add(48*time.Hour), 10, "a", "c", "d")
}

func findsDecided(t *testing.T, db Database) {
	cancelled := ended(pending("cancelled"), protocol.Cancelled)
	insert(t, db, pending("pending"), pending("cancelled"), pending("confirmed"), pending("not asked for"))
	endReservations(t, db, cancelled, ended(pending("confirmed"), protocol.Confirmed), ended(pending("not asked for"), protocol.Expired))
	got, err := db.Decided(t.Context(), []string{"pending", "cancelled", "unknown", "confirmed"})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b reservation.Reservation) int { return strings.Compare(a.ID, b.ID) })
	want := []reservation.Reservation{
		{
			ID: "cancelled", ProductID: "p-1", StoreID: "MAD-001", Quantity: 3, Status: protocol.Cancelled, Reason: cancelled.Reason,
			Version: 2, UpdatedAt: cancelled.UpdatedAt, UpdatedBy: cancelled.UpdatedBy,
		},
		{
			ID: "confirmed", ProductID: "p-1", StoreID: "MAD-001", Quantity: 3, Status: protocol.Confirmed,
			Version: 2, UpdatedAt: cancelled.UpdatedAt, UpdatedBy: cancelled.UpdatedBy,
		},
		{ID: "unknown"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err := db.Decided(t.Context(), []string{"pending"}); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v; want none", got, err)
	}
}

func givesStatuses(t *testing.T, db Database) {
	insert(t, db, pending("c"), pending("a"), pending("b"), pending("d"))
	endReservations(t, db, ended(pending("b"), protocol.Confirmed))
	a, b := audit.Reservation{ID: "a", Status: "pending"}, audit.Reservation{ID: "b", Status: "confirmed"}
	c, d := audit.Reservation{ID: "c", Status: "pending"}, audit.Reservation{ID: "d", Status: "pending"}
	for _, test := range []struct {
		after string
		limit int
		want  []audit.Reservation
	}{{"", 10, []audit.Reservation{a, b, c, d}}, {"", 2, []audit.Reservation{a, b}}, {"b", 2, []audit.Reservation{c, d}}, {"d", 2, nil}} {
		if got, err := db.Statuses(t.Context(), test.after, test.limit); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%d after %q: %+v, %v; want %+v", test.limit, test.after, got, err, test.want)
		}
	}
}

func wantHistories(t *testing.T, db Database, want ...string) {
	t.Helper()
	err := db.Snapshot(t.Context(), func(s reservation.Snapshot) error {
		got, err := histories(s)
		if !slices.Equal(got, want) {
			t.Errorf("histories %q, want %q", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func histories(s reservation.Snapshot) (list []string, err error) {
	err = s.Histories(func(r reservation.Reservation, history []events.Event) error {
		types := make([]string, len(history))
		for i, e := range history {
			types[i] = fmt.Sprintf("%s@%d", e.Type, e.Version)
		}
		list = append(list, fmt.Sprintf("%s %s@%d:%s", r.ID, r.Status, r.Version, strings.Join(types, ",")))
		return nil
	})
	return list, err
}

func givesHistories(t *testing.T, db Database) {
	confirmed := ended(pending("2"), protocol.Confirmed)
	insert(t, db, pending("3"), pending("2"), pending("1"))
	mustWrite(t, db, func(tx reservation.Tx) error {
		return errors.Join(tx.Append(createdEvent(t, pending("2"))), tx.Append(createdEvent(t, pending("1"))),
			tx.Append(createdEvent(t, pending("stray"))), tx.SetStatus(confirmed), tx.Append(confirmedEvent(t, confirmed)))
	})
	wantHistories(t, db, "1 pending@1:reservation.created@1", "2 confirmed@2:reservation.created@1,reservation.confirmed@2", "3 pending@1:")
	stop := errors.New("stop")
	err := db.Snapshot(t.Context(), func(s reservation.Snapshot) error {
		var strays []string
		err := s.Strays(func(e events.Event) error { strays = append(strays, e.ID); return nil })
		if !slices.Equal(strays, []string{"event-stray-1"}) {
			t.Errorf("strays %q", strays)
		}
		stopped := s.Histories(func(r reservation.Reservation, h []events.Event) error {
			want := pending("1")
			if r.ExpiresAt != want.ExpiresAt || r.ProductID != want.ProductID || r.StoreID != want.StoreID ||
				r.CustomerID != want.CustomerID || r.Quantity != want.Quantity || r.Reason != want.Reason {
				t.Errorf("got %+v, want %+v", r, want)
			}
			if payload, err := events.PayloadAs[inventory.ReservationCreated](h[0]); err != nil || payload.ReservationID != "1" {
				t.Errorf("payload %+v, %v", payload, err)
			}
			return stop
		})
		if strayed := s.Strays(func(events.Event) error { return stop }); !errors.Is(stopped, stop) || !errors.Is(strayed, stop) {
			t.Errorf("got %v and %v, want the error of each", stopped, strayed)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Snapshot(t.Context(), func(reservation.Snapshot) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of read", err)
	}
}

func givesOneMoment(t *testing.T, db Database) {
	insert(t, db, pending("1"))
	err := db.Snapshot(t.Context(), func(s reservation.Snapshot) error {
		before, err := histories(s)
		insert(t, db, pending("2")) // beside the snapshot
		after, afterErr := histories(s)
		if len(before) != 1 || !slices.Equal(before, after) {
			t.Errorf("the snapshot had %q, then %q", before, after)
		}
		return errors.Join(err, afterErr)
	})
	if err != nil {
		t.Error(err)
	}
	wantHistories(t, db, "1 pending@1:", "2 pending@1:")
}

func checksOutbox(t *testing.T, db Database) {
	mustWrite(t, db, func(tx reservation.Tx) error {
		return errors.Join(tx.Append(createdEvent(t, pending("1"))), tx.Append(createdEvent(t, pending("2"))))
	})
	err := db.Snapshot(t.Context(), func(s reservation.Snapshot) error {
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
}
