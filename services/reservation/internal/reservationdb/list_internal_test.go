package reservationdb

import (
	"path/filepath"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/reservation/internal/reservation"
)

// lists are all lists with all their filters.
func lists() map[string]sqlite.ListQuery {
	return map[string]sqlite.ListQuery{
		"pending":               listOfPending("MAD-001", nil),
		"pending, of a key":     listOfPending("MAD-001", []string{"MAD-001"}),
		"of a row, of a key":    listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001", Stores: []string{"MAD-001"}}),
		"of a row":              listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001"}),
		"expired ones of a row": listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001", Status: protocol.Expired}),
	}
}

// searches are filters that read each index, with and without other conditions.
func searches() map[string]reservation.SearchFilter {
	customer, reference, product, store, expired := "Ada", "order-1", "p-0", "S-0", protocol.Expired
	from, to := time.Date(2026, 1, 1, 0, 5, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)
	return map[string]reservation.SearchFilter{
		"all":                    {},
		"of a time":              {From: &from, To: &to},
		"expired":                {Status: &expired},
		"of a row":               {ProductID: &product, StoreID: &store},
		"of a key's stores":      {Stores: []string{"S-0", "S-7"}},
		"of a customer":          {CustomerID: &customer},
		"of a customer, expired": {CustomerID: &customer, Status: &expired, From: &from},
		"of a reference":         {Reference: &reference},
		"of a reference in all fields": {
			CustomerID: &customer, Reference: &reference, Status: &expired, ProductID: &product, StoreID: &store, From: &from, To: &to, Stores: []string{"S-0"},
		},
	}
}

func TestLists(t *testing.T) {
	t.Run("plans", testListsPlans)
}

func testListsPlans(t *testing.T) {
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "reservation.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for name, q := range lists() {
		for kind, query := range q.Statements() {
			sqlitetest.NoScan(t, db.Reader(), name+" "+kind, query)
		}
	}
	for name, f := range searches() {
		s := searchOf(f, nil)
		sqlitetest.NoScan(t, db.Reader(), name+": page", s.page())
		sqlitetest.NoScan(t, db.Reader(), name+": end", s.pageEnd())
	}
	// Counting the pending reservations of all stores reads only their index.
	sqlitetest.NoScan(t, db.Reader(), "stats", sqlCountByStatus, "ix_reservations_expires_at")
	for name, query := range map[string]string{
		"reservation": sqlReservation, "due": sqlDue, "stats of stores": sqlCountByStatusIn,
	} {
		sqlitetest.NoScan(t, db.Reader(), name, query)
	}
}
