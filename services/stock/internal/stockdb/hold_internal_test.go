package stockdb

import (
	"path/filepath"
	"slices"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite/sqlitetest"
)

func TestHeld(t *testing.T) {
	t.Run("plan", testHeldPlan)
}

// A page of the holds that are held reads nothing but its part of the index,
// however many are over.
func testHeldPlan(t *testing.T) {
	db, err := Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "stock.db"), Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	want := []string{
		"SEARCH h USING COVERING INDEX ix_holds_held ((created_at,reservation_id)<(?,?))", "CORRELATED SCALAR SUBQUERY 1",
		"SEARCH p USING COVERING INDEX ix_holds_in_part (reservation_id=? AND committed>?)",
	}
	if plan := sqlitetest.Plan(t, db.Reader(), sqlHeld); !slices.Equal(plan, want) {
		t.Errorf("%q, want %q", plan, want)
	}
}
