package notifierdb_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/notifier/internal/notifierdb"
	"inventory.example/services/notifier/internal/repositorytest"
)

func TestRepositories(t *testing.T) {
	for _, rehearse := range []bool{false, true} { // run every change once, or twice
		t.Run(fmt.Sprintf("rehearse=%t", rehearse), func(t *testing.T) {
			repositorytest.Run(t, func(t *testing.T) repositorytest.Database {
				path := filepath.Join(t.TempDir(), "notifier.db")
				db, err := notifierdb.Open(t.Context(), database.Config{SQLitePath: path, Synchronous: "OFF"},
					database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), Rehearse: rehearse})
				if err != nil {
					t.Fatal(err)
				}
				closeDB := func() {
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				}
				t.Cleanup(closeDB)
				return repositorytest.Database{
					Feed: db, Entries: db, Webhooks: notifierdb.Webhooks{DB: db}, Alerts: notifierdb.Alerts{DB: db}, Results: db,
					FailWrites: closeDB, FailReads: func() { sqlitetest.Spoil(t, path) },
				}
			})
		})
	}
}
