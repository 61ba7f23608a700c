package reservationpg_test

import (
	"fmt"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/reservation/internal/reservation"
)

// A program that writes without the write token, while a change runs, causes a
// repetition of the change: no update is lost.
func TestDB_Write(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		db := open(t, s.URL(), schema, database.Deps{})
		at := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
		r := reservation.Reservation{
			ID: "r-1", ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 1, TTLSeconds: 60, Status: protocol.Pending,
			Version: 1, ExpiresAt: at, CreatedAt: at, UpdatedAt: at,
		}
		needs := reservation.Needs{Reservations: []string{r.ID}}
		if err := db.Write(t.Context(), needs, func(tx reservation.Tx) error { _, err := tx.Insert(r); return err }); err != nil {
			t.Fatal(err)
		}
		var versions []int64
		err := db.Write(t.Context(), needs, func(tx reservation.Tx) error {
			stored, _, err := tx.Reservation(r.ID)
			if err != nil {
				return err
			}
			if versions = append(versions, stored.Version); len(versions) == 1 {
				s.Exec(t, `UPDATE `+schema+`.reservations SET version = 2`)
			}
			stored.Status, stored.Version = protocol.Confirmed, stored.Version+1
			return tx.SetStatus(stored)
		})
		after, _, readErr := db.Reservation(t.Context(), r.ID)
		if err != nil || readErr != nil || fmt.Sprint(versions) != "[1 2]" || after.Status != protocol.Confirmed || after.Version != 3 {
			t.Errorf("the change read the versions %v, %v; the reservation is %+v, %v", versions, err, after, readErr)
		}
	})
}
