package reservationdb_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservationdb"
)

// guarded returns a database with a pending and a confirmed reservation.
func guarded(t *testing.T, rehearse bool) (db *reservationdb.DB, pending, confirmed reservation.Reservation) {
	t.Helper()
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "reservation.db"), Synchronous: "OFF", Rehearse: rehearse}
	db, err := reservationdb.Open(t.Context(), o, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	const at = "2026-08-01T12:00:00.000Z"
	pending = reservation.Reservation{
		ID: "pending", ProductID: "p-1", StoreID: "A", CustomerID: "c-1", Quantity: 2, TTLSeconds: 60, Status: protocol.Pending,
		Version: 1, ExpiresAt: at, CreatedAt: at, UpdatedAt: at,
	}
	confirmed = pending
	confirmed.ID = "confirmed"
	err = db.Write(t.Context(), func(tx reservation.Tx) error {
		_, err := tx.Insert(pending)
		_, otherErr := tx.Insert(confirmed)
		ended := confirmed
		ended.Status, ended.Version = protocol.Confirmed, 2
		return errors.Join(err, otherErr, tx.SetStatus(ended))
	})
	if err != nil {
		t.Fatal(err)
	}
	confirmed.Status, confirmed.Version = protocol.Confirmed, 2
	return db, pending, confirmed
}

// TestTx_SetStatus_guard ends a reservation as a change would that had read an
// older state than the database holds: nothing may change, also not what it
// wrote before.
func TestTx_SetStatus_guard(t *testing.T) {
	for name, stale := range map[string]func(pending, confirmed reservation.Reservation) reservation.Reservation{
		"it is over": func(_, r reservation.Reservation) reservation.Reservation {
			r.Status, r.Version = protocol.Cancelled, r.Version+1
			return r
		},
		"it is over, at the version before": func(_, r reservation.Reservation) reservation.Reservation {
			r.Status = protocol.Expired
			return r
		},
		"it is at another version": func(r, _ reservation.Reservation) reservation.Reservation {
			r.Status, r.Version = protocol.Cancelled, r.Version+2
			return r
		},
		"it is not there": func(r, _ reservation.Reservation) reservation.Reservation {
			r.ID, r.Status, r.Version = "unknown", protocol.Cancelled, r.Version+1
			return r
		},
	} {
		for _, rehearse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rehearse %t", name, rehearse), func(t *testing.T) {
				db, pending, confirmed := guarded(t, rehearse)
				err := db.Write(t.Context(), func(tx reservation.Tx) error {
					fresh := pending
					fresh.ID = "fresh"
					if _, err := tx.Insert(fresh); err != nil {
						return err
					}
					return tx.SetStatus(stale(pending, confirmed))
				})
				if !errors.Is(err, reservation.ErrConflict) || problem.CodeOf(err) != problem.Conflict {
					t.Errorf("error %v, want %v", err, reservation.ErrConflict)
				}
				for _, want := range []reservation.Reservation{pending, confirmed} {
					if r, found, err := db.Reservation(t.Context(), want.ID); err != nil || !found || r != want {
						t.Errorf("the database holds %+v, %v; want %+v", r, err, want)
					}
				}
				for _, id := range []string{"fresh", "unknown"} {
					if _, found, err := db.Reservation(t.Context(), id); err != nil || found {
						t.Errorf("reservation %s is there, %v", id, err)
					}
				}
				counts, err := db.CountByStatus(t.Context(), nil)
				if err != nil || counts[protocol.Pending] != 1 || counts[protocol.Confirmed] != 1 || counts[protocol.Cancelled] != 0 ||
					counts[protocol.Expired] != 0 {
					t.Errorf("counts %v, %v", counts, err)
				}
			})
		}
	}
}

func TestTx_SetStatus_ends_what_is_pending(t *testing.T) {
	db, pending, _ := guarded(t, true)
	ended := pending
	ended.Status, ended.Version = protocol.Expired, pending.Version+1
	if err := db.Write(t.Context(), func(tx reservation.Tx) error { return tx.SetStatus(ended) }); err != nil {
		t.Fatal(err)
	}
	if r, _, err := db.Reservation(t.Context(), pending.ID); err != nil || r != ended {
		t.Errorf("the database holds %+v, %v; want %+v", r, err, ended)
	}
}
