package reservationdb

import (
	"path/filepath"
	"testing"

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
		"pending":               listOfPending("MAD-001"),
		"of a row":              listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001"}),
		"expired ones of a row": listOfRow(reservation.RowFilter{ProductID: "p-1", StoreID: "MAD-001", Status: protocol.Expired}),
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
	// Counting the pending reservations of all stores reads only their index.
	sqlitetest.NoScan(t, db.Reader(), "stats", sqlCountByStatus, "ix_reservations_expires_at")
	for name, query := range map[string]string{
		"reservation": sqlReservation, "due": sqlDue, "stats of stores": sqlCountByStatusIn,
	} {
		sqlitetest.NoScan(t, db.Reader(), name, query)
	}
}
