package stockdb

import (
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// The movements of a row, and those of one actor, begin at the page in an index
// of their own.
func TestMovements_plans(t *testing.T) {
	db, err := Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "stock.db"), Synchronous: "OFF"}, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for query, want := range map[string]string{
		sqlMovements:        "ix_movements_product_id_store_id_created_at (product_id=? AND store_id=?)",
		sqlCountMovements:   "ix_movements_product_id_store_id_created_at (product_id=? AND store_id=?)",
		sqlMovementsBy:      "ix_movements_product_id_store_id_actor_created_at (product_id=? AND store_id=? AND actor=?)",
		sqlCountMovementsBy: "ix_movements_product_id_store_id_actor_created_at (product_id=? AND store_id=? AND actor=?)",
	} {
		plan := sqlitetest.Plan(t, db.Reader(), query)
		if len(plan) != 1 || !strings.HasSuffix(plan[0], want) {
			t.Errorf("%s: %q, want %s", query, plan, want)
		}
	}
}
