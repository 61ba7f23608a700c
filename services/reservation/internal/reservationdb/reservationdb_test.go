package reservationdb_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservation/reservationtest"
	"inventory.example/services/reservation/internal/reservationdb"
)

// open opens a database that runs every change twice, or once.
func open(t *testing.T, rehearse bool) (db *reservationdb.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "reservation.db")
	db, err := reservationdb.Open(t.Context(), database.Config{SQLitePath: path, Synchronous: "OFF"},
		database.Deps{Clock: clock.System{}, Rehearse: rehearse})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, path
}

func TestRepository(t *testing.T) {
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse=%t", rehearse), func(t *testing.T) {
			reservationtest.RunRepository(t, func(t *testing.T) reservationtest.Database {
				db, path := open(t, rehearse)
				return reservationtest.Database{
					Repository: db,
					FailWrites: func() {
						if err := db.Close(); err != nil {
							t.Error(err)
						}
					},
					FailReads: func() { sqlitetest.Spoil(t, path) },
				}
			})
		})
	}
}

func TestDB_NextDue(t *testing.T) {
	t.Run("malformed", testDBNextDueMalformed)
}

// A time that is not one makes the expiry fail, and its log names it.
func testDBNextDueMalformed(t *testing.T) {
	db, path := open(t, false)
	err := db.Write(t.Context(), reservation.Needs{}, func(tx reservation.Tx) error {
		_, err := tx.Insert(reservation.Reservation{ID: "r-1", Status: "pending", Quantity: 1, TTLSeconds: 1, Version: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sqlitetest.Damage(t, path, `UPDATE reservations SET expires_at = '0000'`)
	if next, err := db.NextDue(t.Context()); err == nil || !strings.Contains(err.Error(), "0000") {
		t.Errorf("got %s, %v", next, err)
	}
}
