package stockdb_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/stock/internal/ledger/ledgertest"
	"inventory.example/services/stock/internal/stockdb"
)

func TestRepository(t *testing.T) {
	for _, rehearse := range []bool{false, true} { // run every change once, or twice
		t.Run(fmt.Sprintf("rehearse=%t", rehearse), func(t *testing.T) {
			ledgertest.RunRepository(t, func(t *testing.T) ledgertest.Database {
				path := filepath.Join(t.TempDir(), "stock.db")
				db, err := stockdb.Open(t.Context(), database.Config{SQLitePath: path, Synchronous: "OFF"},
					database.Deps{Clock: clock.System{}, Rehearse: rehearse})
				if err != nil {
					t.Fatal(err)
				}
				closeDB := func() {
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				}
				t.Cleanup(closeDB)
				return ledgertest.Database{Repository: db, FailWrites: closeDB, FailReads: func() { sqlitetest.Spoil(t, path) }}
			})
		})
	}
}
