package rest_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/rest"
)

// Documents as the release before documents had a version saved them, of a
// create and of a cancellation: both must be read for two days after an upgrade.
const (
	createdBefore = `{"id":"r-1","product_id":"p-1","store_id":"MAD-001","customer_id":"c-1","quantity":3,"ttl_seconds":600,` +
		`"status":"pending","version":1,"expires_at":"2026-08-01T12:10:00.007Z","created_at":"2026-08-01T12:00:00.007Z",` +
		`"updated_at":"2026-08-01T12:00:00.007Z"}`
	cancelledBefore = `{"id":"r-1","product_id":"p-1","store_id":"MAD-001","customer_id":"c-1","quantity":3,"ttl_seconds":600,` +
		`"status":"cancelled","reason":"too dear","version":2,"actor":"Ada","updated_by":"Bob","expires_at":"2026-08-01T12:10:00.007Z",` +
		`"created_at":"2026-08-01T12:00:00.007Z","updated_at":"2026-08-01T12:01:00.000Z"}`
)

// now returns a document of a release before as it is saved today.
func now(before string) string { return strings.Replace(before, "{", `{"format":1,`, 1) }

func TestSavedReservations(t *testing.T) {
	t.Run("usual case", testSavedReservationsUsualCase)
	t.Run("refuses", testSavedReservationsRefuses)
}

func testSavedReservationsUsualCase(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)
	created := reservation.Reservation{
		ID: "r-1", ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, TTLSeconds: 600, Status: protocol.Pending,
		Version: 1, ExpiresAt: noon.Add(10 * time.Minute), CreatedAt: noon, UpdatedAt: noon,
	}
	cancelled := created
	cancelled.Status, cancelled.Reason, cancelled.Version, cancelled.Actor, cancelled.UpdatedBy = protocol.Cancelled, "too dear", 2, "Ada", "Bob"
	cancelled.UpdatedAt = time.Date(2026, 8, 1, 12, 1, 0, 0, time.UTC)
	for before, want := range map[string]reservation.Reservation{createdBefore: created, cancelledBefore: cancelled} {
		encoded, err := rest.SavedReservations().Encode(want)
		if err != nil || string(encoded) != now(before) {
			t.Errorf("saved %s, %v; want %s", encoded, err, now(before))
		}
		for _, document := range []string{before, now(before)} {
			if got, err := rest.SavedReservations().Decode([]byte(document)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v, %v; want %+v", document, got, err, want)
			}
		}
	}
}

// TestSavedReservations_lines saves a reservation of which the status does not say
// everything.
func TestSavedReservations_lines(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	want := reservation.Reservation{
		ID: "r-1", ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Reference: "order-1001", Quantity: 3, TTLSeconds: 600,
		Status: protocol.Confirmed, EndedBy: protocol.Expired, Version: 3, ExpiresAt: noon, CreatedAt: noon, UpdatedAt: noon,
		Lines: []reservation.Line{
			{
				Line:      protocol.Line{ProductID: "p-1", StoreID: "MAD-001", Quantity: 3, Totals: protocol.Totals{Committed: 2, Released: 1, Returned: 2, Restocked: 1}},
				Requested: 4,
			},
			{Line: protocol.Line{ProductID: "p-1", StoreID: "BCN-001", Totals: protocol.Totals{Restocked: 1}}},
		},
	}
	encoded, err := rest.SavedReservations().Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rest.SavedReservations().Decode(encoded); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func testSavedReservationsRefuses(t *testing.T) {
	for _, document := range []string{`{"format":2}`, `{"expires_at":"x"}`, `{"created_at":"x"}`, `{"updated_at":"x"}`} {
		if got, err := rest.SavedReservations().Decode([]byte(document)); err == nil {
			t.Errorf("%s: got %+v and no error", document, got)
		}
	}
}
