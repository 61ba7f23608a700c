package reservationdb_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservationdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// grantingStock grants every hold, or none and does not say so.
type grantingStock struct{ silent bool }

// Hold implements reservation.Holder.
func (s *grantingStock) Hold(_ context.Context, r reservation.Reservation, _ *reservation.Request) (reservation.HoldAnswer, error) {
	if s.silent {
		return reservation.HoldAnswer{}, errors.New("no answer")
	}
	return reservation.HoldAnswer{Outcome: reservation.HoldGranted, ExpiresAt: r.ExpiresAt}, nil
}

// FindHold implements reservation.Holder.
func (*grantingStock) FindHold(context.Context, string) (reservation.Reservation, protocol.Hold, error) {
	return reservation.Reservation{}, protocol.HoldAbsent, nil
}

// CheckReturn implements reservation.Holder.
func (*grantingStock) CheckReturn(context.Context, string, []string) error { return nil }

// Settle implements reservation.Holder.
func (*grantingStock) Settle(context.Context, []reservation.Reservation) error { return nil }

// Held implements reservation.Holder.
func (*grantingStock) Held(context.Context, string) (reservation.HeldPage, error) {
	return reservation.HeldPage{}, nil
}

// TakesTotals implements reservation.Holder.
func (*grantingStock) TakesTotals() bool { return true }

// auditedReservations has one reservation of each kind, by the name of the
// kind: pending, confirmed, cancelled, expired, aborted, parts, of which a unit was
// sold and returned and another one is held.
func auditedReservations(t *testing.T) (service *reservation.Service, ids map[string]string, path string) {
	t.Helper()
	now := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
	path = filepath.Join(t.TempDir(), "reservation.db")
	db, err := reservationdb.Open(t.Context(), database.Config{SQLitePath: path, Synchronous: "OFF"}, database.Deps{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	made := 0
	stock := &grantingStock{}
	service = reservation.New(reservation.Options{
		Repository: db, Holder: stock, Clock: now, Logger: slog.New(slog.DiscardHandler), Scheduled: func(time.Time) {},
		Saved: idempotency.JSON[reservation.Reservation]{},
		NewID: func() string { made++; return fmt.Sprintf("id-%02d", made) },
	})
	ids = map[string]string{}
	create := func(kind string, ttl time.Duration) error {
		ids[kind] = fmt.Sprintf("id-%02d", made+1)
		_, _, err := service.Create(t.Context(), reservation.CreateParams{
			ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 2, TTL: ttl,
		}, idempotency.Request{})
		return err
	}
	stock.silent = true
	if err := create("aborted", time.Minute); err == nil {
		t.Fatal("a create without answer succeeds")
	}
	stock.silent = false
	err = errors.Join(create("expired", time.Second), create("pending", time.Hour), create("confirmed", time.Hour),
		create("cancelled", time.Hour), create("parts", time.Hour))
	_, _, confirmErr := service.Confirm(t.Context(), ids["confirmed"], nil, false, idempotency.Request{})
	_, _, cancelErr := service.Cancel(t.Context(), ids["cancelled"], nil, "too dear", idempotency.Request{})
	units := []protocol.Units{{ProductID: "p-1", StoreID: "MAD-001", Quantity: 1}}
	_, _, partErr := service.Confirm(t.Context(), ids["parts"], units, true, idempotency.Request{})
	_, _, returnErr := service.Return(t.Context(), reservation.ReturnParams{ID: ids["parts"], Units: units, Restock: true, ToStoreID: "BCN-001"}, idempotency.Request{})
	_, _, extendErr := service.Extend(t.Context(), ids["parts"], 2*time.Hour, idempotency.Request{})
	now.Advance(time.Second)
	_, _, expireErr := service.Expire(t.Context())
	if err := errors.Join(err, confirmErr, cancelErr, expireErr, partErr, returnErr, extendErr); err != nil {
		t.Fatal(err)
	}
	return service, ids, path
}

func TestService_Audit(t *testing.T) {
	t.Run("passes", testServiceAuditPasses)
	t.Run("finds", testServiceAuditFinds)
}

func testServiceAuditPasses(t *testing.T) {
	service, ids, _ := auditedReservations(t)
	report, err := service.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]int64{}
	for _, c := range report.Checks {
		checked[strconv.Itoa(c.Invariant)+c.Part] = c.Checked
		if c.ViolationCount != 0 {
			t.Errorf("%s: %q", c.Name, c.Violations)
		}
	}
	if checked["3b"] != 1 || checked["4b"] != 6 || checked["5a"] != 12 || checked["5c"] != 12 || report.Service != "reservation" {
		t.Errorf("got %+v", report)
	}
	want := []audit.Reservation{{ID: ids["aborted"], Status: "cancelled"}, {ID: ids["expired"], Status: "expired"}}
	if page, err := service.Statuses(t.Context(), "", 2); err != nil || !reflect.DeepEqual(page, want) {
		t.Errorf("got %v, %v, want %v", page, err, want)
	}
	want = []audit.Reservation{{ID: ids["cancelled"], Status: "cancelled"}, {ID: ids["parts"], Status: "pending", Lines: []audit.Line{
		{ProductID: "p-1", StoreID: "BCN-001", Restocked: 1},
		{ProductID: "p-1", StoreID: "MAD-001", Quantity: 2, Committed: 1, Returned: 1},
	}}}
	if page, err := service.Statuses(t.Context(), ids["confirmed"], 2); err != nil || !reflect.DeepEqual(page, want) {
		t.Errorf("got %v, %v, want %v", page, err, want)
	}
}

func testServiceAuditFinds(t *testing.T) {
	for name, test := range map[string]struct {
		kind   string // of the reservation that is damaged
		damage string // ? is its id
		fails  string
		says   string // about it
	}{
		"a changed status": {
			"pending", `UPDATE reservations SET status = 'confirmed' WHERE id = ?`, "5a",
			"is confirmed at version 1; its events are: reservation.created at version 1",
		},
		"a changed version": {
			"confirmed", `UPDATE reservations SET version = 3 WHERE id = ?`, "5a",
			"is confirmed at version 3; its events are: reservation.created at version 1, reservation.confirmed at version 2",
		},
		"a lost first event": {
			"expired", `DELETE FROM outbox WHERE event_type = 'reservation.created' AND aggregate_id = ?`, "5a 5c",
			"is expired at version 2; its events are: reservation.expired at version 2",
		},
		"lost events":       {"aborted", `DELETE FROM outbox WHERE aggregate_id = ?`, "5a 5c", "is cancelled at version 1; its events are: none"},
		"a lost row":        {"pending", `DELETE FROM reservations WHERE id = ?`, "5a", "does not exist"},
		"a changed product": {"expired", `UPDATE reservations SET product_id = 'p-2' WHERE id = ?`, "4b", "it differs from the record"},
		"a changed reason": {
			"cancelled", `UPDATE reservations SET reason = 'aborted' WHERE id = ?`, "4b", "it differs from the record",
		},
		"a changed customer": {
			"pending", `UPDATE reservations SET customer_id = 'c-2' WHERE id = ?`, "4b", "it differs from the record",
		},
		"units of nobody": {
			"parts", `UPDATE reservations SET quantity = 1 WHERE id = ?`, "3b 4b", "is pending with the lines",
		},
		"a changed total": {
			"parts", `UPDATE reservations SET confirmed = 2, released = 0 WHERE id = ?`, "3b 4b", "is pending with the lines",
		},
		"a return that no event has": {
			"parts", `UPDATE reservation_lines SET restocked = 2, returned = 0 WHERE reservation_id = ?`, "3b 4b", "is pending with the lines",
		},
		"a changed time": {
			"parts", `UPDATE reservations SET expires_at = '2026-08-01T13:00:00.000Z' WHERE id = ?`, "4b", "it differs from the record",
		},
		"a lost update": {
			"parts", `DELETE FROM outbox WHERE event_type = 'reservation.updated' AND aggregate_id = ?`, "5a 5c", "is pending at version 4",
		},
		"an event's wrong version": {
			"confirmed", `UPDATE outbox SET version = 3 WHERE event_type = 'reservation.confirmed' AND aggregate_id = ?`, "5a",
			"reservation.created at version 1, reservation.confirmed at version 3",
		},
		"an event that cannot be read": {
			"pending", `UPDATE outbox SET payload = '[' WHERE aggregate_id = ?`, "4b", "malformed event",
		},
	} {
		t.Run(name, func(t *testing.T) {
			service, ids, path := auditedReservations(t)
			sqlitetest.Damage(t, path, test.damage, ids[test.kind])
			report, err := service.Audit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var fails, violations []string
			for _, c := range report.Checks {
				if c.ViolationCount > 0 {
					fails = append(fails, strconv.Itoa(c.Invariant)+c.Part)
					violations = append(violations, c.Violations...)
				}
			}
			if strings.Join(fails, " ") != test.fails || !strings.Contains(violations[0], ids[test.kind]) ||
				!strings.Contains(violations[0], test.says) {
				t.Errorf("%s fail, want %s: %q, want %q", fails, test.fails, violations, test.says)
			}
		})
	}
}
