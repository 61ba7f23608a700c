package reservationtest

import (
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/paging/pagingtest"
	"inventory.example/services/reservation/internal/reservation"
)

// basket returns a pending reservation that expires after d, of one unit of each row;
// a row is a product and a store.
func basket(id string, d time.Duration, rows ...[2]string) reservation.Reservation {
	r := of(id, "", "", d)
	lines := make([]reservation.Line, len(rows))
	for i, row := range rows {
		lines[i] = reservation.Line{Line: protocol.Line{ProductID: row[0], StoreID: row[1], Quantity: 1}, Requested: 1}
	}
	return r.WithLines(lines)
}

// insertBaskets records a reservation of one line, and several of more: "first" has its
// first line in p-1 A, "other" another one, and each "twice" two lines in one store.
func insertBaskets(t *testing.T, db Database) []reservation.Reservation {
	t.Helper()
	list := []reservation.Reservation{
		of("single", "p-1", "A", 3*time.Minute),
		basket("first", 2*time.Minute, [2]string{"p-1", "A"}, [2]string{"p-2", "B"}),
		basket("other", 4*time.Minute, [2]string{"p-2", "B"}, [2]string{"p-3", "C"}, [2]string{"p-1", "A"}),
		basket("twice A", time.Minute, [2]string{"p-1", "A"}, [2]string{"p-2", "A"}),
		basket("B and twice A", 5*time.Minute, [2]string{"p-3", "B"}, [2]string{"p-1", "A"}, [2]string{"p-2", "A"}),
	}
	insert(t, db, list...)
	return list
}

// listsBaskets reads the lists of stores and rows, with all stores and as the key of some
// stores.
func listsBaskets(t *testing.T, db Database) {
	all := insertBaskets(t, db)
	pendingOf := func(store string, within []string, want ...string) {
		t.Helper()
		pagingtest.WantList(t, func(p paging.Page) (paging.List[reservation.Reservation], error) {
			return db.Pending(t.Context(), store, within, p)
		}, idOf, want...)
	}
	row := func(product, store string, status protocol.Status, within []string, want ...string) {
		t.Helper()
		wantRow(t, db, reservation.RowFilter{ProductID: product, StoreID: store, Status: status, Stores: within}, want...)
	}
	pendingOf("A", nil, "twice A", "first", "single", "other", "B and twice A")
	pendingOf("A", []string{"A", "D"}, "twice A", "single")
	pendingOf("A", []string{"A", "B"}, "twice A", "first", "single", "B and twice A")
	pendingOf("B", nil, "first", "other", "B and twice A")
	pendingOf("B", []string{"B"})
	pendingOf("C", []string{"A", "B", "C"}, "other")
	row("p-1", "A", protocol.Absent, nil, "single", "first", "other", "twice A", "B and twice A")
	row("p-1", "A", protocol.Pending, []string{"A", "C"}, "single", "twice A")
	row("p-2", "B", protocol.Absent, nil, "first", "other")
	row("p-2", "A", protocol.Pending, []string{"A", "B"}, "twice A", "B and twice A")
	wantReservations(t, db, all...)

	endReservations(t, db, ended(all[0], protocol.Confirmed), ended(all[2], protocol.Confirmed), ended(all[3], protocol.Expired))
	pendingOf("A", nil, "first", "B and twice A")
	pendingOf("C", nil)
	row("p-1", "A", protocol.Absent, nil, "single", "first", "other", "twice A", "B and twice A")
	row("p-1", "A", protocol.Absent, []string{"A"}, "single", "twice A")
	row("p-1", "A", protocol.Confirmed, nil, "single", "other")
	row("p-1", "A", protocol.Confirmed, []string{"A", "B"}, "single")
	row("p-1", "A", protocol.Confirmed, []string{"A", "B", "C"}, "single", "other")
	row("p-2", "A", protocol.Expired, []string{"A"}, "twice A")
}

// countsBaskets counts each reservation once for any set of stores, and only those of
// which all stores are in it.
func countsBaskets(t *testing.T, db Database) {
	all := insertBaskets(t, db)
	count := func(pending, confirmed, expired int64) map[protocol.Status]int64 {
		counts := map[protocol.Status]int64{}
		for status, n := range map[protocol.Status]int64{protocol.Pending: pending, protocol.Confirmed: confirmed, protocol.Expired: expired} {
			if n > 0 {
				counts[status] = n
			}
		}
		return counts
	}
	wantCounts(t, db, nil, count(5, 0, 0))
	wantCounts(t, db, []string{"A"}, count(2, 0, 0))
	wantCounts(t, db, []string{"A", "B"}, count(4, 0, 0))
	endReservations(t, db, ended(all[1], protocol.Confirmed), ended(all[2], protocol.Confirmed), ended(all[3], protocol.Expired))
	wantCounts(t, db, nil, count(2, 2, 1))
	wantCounts(t, db, []string{"A"}, count(1, 0, 1))
	wantCounts(t, db, []string{"B", "A"}, count(2, 1, 1))
	wantCounts(t, db, []string{"C", "B", "A"}, count(2, 2, 1))
	wantCounts(t, db, []string{"B", "C"}, nil)
}
