// Package reservationtest checks that a repository of reservations keeps the promises
// of the ports of package reservation, through the ports alone.
package reservationtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencytest"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

// Database is a repository, new and empty, that a test has opened.
type Database struct {
	reservation.Repository
	// FailWrites and FailReads make the database unable to write and to read from
	// then on. nil: the adapter's test cannot do that.
	FailWrites, FailReads func()
}

// RunRepository checks the repositories that open returns. Each of them is closed
// when its test ends.
func RunRepository(t *testing.T, open func(t *testing.T) Database) {
	t.Run("changes", func(t *testing.T) {
		idempotencytest.Run(t, func(t *testing.T) idempotencytest.Repository {
			db := open(t)
			return idempotencytest.Repository{
				Write: func(ctx context.Context, change func(idempotency.Store) error) error {
					return db.Write(ctx, reservation.Needs{}, func(tx reservation.Tx) error { return change(tx) })
				},
				FindResult: db.FindResult, Conflict: reservation.ErrConflict,
			}
		})
	})
	for name, check := range map[string]func(*testing.T, Database){
		"finds nothing when it is new":     isEmpty,
		"keeps every field":                keepsFields,
		"keeps lines":                      keepsLines,
		"inserts once":                     insertsOnce,
		"ends pending reservations":        endsPending,
		"guards the end":                   guardsEnd,
		"sets references":                  setsReference,
		"moves the expiry":                 movesExpiry,
		"sets totals":                      setsTotals,
		"guards totals":                    guardsTotals,
		"remembers returns":                remembersReturns,
		"knows whether stock takes totals": knowsTotals,
		"records attempts":                 recordsAttempts,
		"undoes a change that fails":       undoesFailure,
		"ends a reservation once":          endsOnce,
		"lists pending reservations":       listsPending,
		"lists a stock row":                listsRow,
		"lists baskets":                    listsBaskets,
		"counts baskets":                   countsBaskets,
		"searches":                         searches,
		"searches far":                     searchesFar,
		"counts by status":                 countsByStatus,
		"finds due reservations":           findsDue,
		"finds decided reservations":       findsDecided,
		"gives statuses":                   givesStatuses,
		"gives histories":                  givesHistories,
		"gives one moment":                 givesOneMoment,
		"checks the table of events":       checksOutbox,
		"reports failing writes":           reportsFailingWrites,
		"reports failing reads":            reportsFailingReads,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)

// pending returns a reservation that has every field which a pending one has.
func pending(id string) reservation.Reservation {
	return reservation.Reservation{
		ID: id, ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, TTLSeconds: 600, Status: protocol.Pending,
		Version: 1, Actor: "Ada", UpdatedBy: "Ada", ExpiresAt: noon.Add(10 * time.Minute), CreatedAt: noon, UpdatedAt: noon,
	}
}

// ended returns a pending reservation after its end.
func ended(r reservation.Reservation, status protocol.Status) reservation.Reservation {
	r.Status, r.UpdatedBy, r.Version, r.UpdatedAt = status, "Bob", r.Version+1, noon.Add(time.Minute)
	if status == protocol.Cancelled {
		r.Reason = "too dear"
	}
	return r
}

func mustWrite(t *testing.T, db Database, change func(tx reservation.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), reservation.Needs{}, change); err != nil {
		t.Fatal(err)
	}
}

// insert records reservations, each of which must be new.
func insert(t *testing.T, db Database, list ...reservation.Reservation) {
	t.Helper()
	mustWrite(t, db, func(tx reservation.Tx) error {
		for _, r := range list {
			if inserted, err := tx.Insert(r); err != nil || !inserted {
				return fmt.Errorf("insert %s: inserted %t: %w", r.ID, inserted, err)
			}
		}
		return nil
	})
}

// endReservations ends reservations.
func endReservations(t *testing.T, db Database, list ...reservation.Reservation) {
	t.Helper()
	mustWrite(t, db, func(tx reservation.Tx) error {
		for _, r := range list {
			if err := tx.SetStatus(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantReservations requires each reservation to be found, in a change and
// outside.
func wantReservations(t *testing.T, db Database, list ...reservation.Reservation) {
	t.Helper()
	for _, want := range list {
		got, found, err := db.Reservation(t.Context(), want.ID)
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, found %t, %v; want %+v", got, found, err, want)
		}
		mustWrite(t, db, func(tx reservation.Tx) error {
			if got, found, err = tx.Reservation(want.ID); !reflect.DeepEqual(got, want) || !found {
				t.Errorf("in a change: got %+v, found %t; want %+v", got, found, want)
			}
			return err
		})
	}
}

func wantNone(t *testing.T, db Database, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if got, found, err := db.Reservation(t.Context(), id); err != nil || found || !reflect.DeepEqual(got, reservation.Reservation{}) {
			t.Errorf("%s: got %+v, found %t, %v; want none", id, got, found, err)
		}
	}
}

func wantConflict(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, reservation.ErrConflict) || problem.CodeOf(err) != problem.Conflict {
		t.Errorf("got %v, want %v", err, reservation.ErrConflict)
	}
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if problem.CodeOf(err) != problem.StorageUnavailable {
		t.Errorf("got %v, want a StorageUnavailable problem", err)
	}
}

// createdEvent returns the event of a reservation's creation, confirmedEvent that
// of its confirmation.
func createdEvent(t *testing.T, r reservation.Reservation) events.Event {
	t.Helper()
	return newEvent(t, r, 1, inventory.ReservationCreated{
		ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, CustomerID: r.CustomerID,
		ExpiresAt: clock.Text(r.ExpiresAt),
	})
}

func confirmedEvent(t *testing.T, r reservation.Reservation) events.Event {
	t.Helper()
	return newEvent(t, r, 2, inventory.ReservationConfirmed{
		ReservationID: r.ID, ProductID: r.ProductID, StoreID: r.StoreID, Quantity: r.Quantity, ConfirmedAt: clock.Text(r.UpdatedAt),
	})
}

func newEvent(t *testing.T, r reservation.Reservation, version int64, body events.Body) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: fmt.Sprintf("event-%s-%d", r.ID, version), At: noon, Version: version, Actor: "Ada"}, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
