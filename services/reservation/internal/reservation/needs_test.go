package reservation_test

import (
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

// TestNeeds runs each use case with an Idempotency-Key. On PostgreSQL a record that
// is read without having been named fails the test.
func TestNeeds(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		d := openPostgres(t, s, false)
		defer d.close(t)
		ctx := t.Context()
		request := func(key string) idempotency.Request {
			return idempotency.Request{Caller: "Ada", Key: key, Fingerprint: "f"}
		}
		create := func(service *reservation.Service, key string) (string, error) {
			r, _, err := service.Create(ctx, params, request(key))
			return r.ID, err
		}
		d.stock.hold = func(reservation.Reservation) (reservation.HoldAnswer, error) {
			return reservation.HoldAnswer{}, errUnknown
		}
		if _, err := create(d.own, "k-1"); problem.CodeOf(err) != problem.StockUnavailable {
			t.Errorf("a create whose outcome is unknown: %v", err)
		}
		d.stock.hold = granted
		var ids []string
		for _, service := range []*reservation.Service{d.other, d.own} { // the second one repeats the request
			for _, key := range []string{"k-1", "k-2", "k-3", "k-4"} {
				id, err := create(service, key)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
		}
		if ids[0] != ids[4] || ids[3] != ids[7] {
			t.Errorf("the repeated requests have the reservations %q", ids)
		}
		for _, service := range []*reservation.Service{d.own, d.other} {
			if r, _, err := service.Confirm(ctx, ids[0], nil, false, request("confirm")); err != nil || r.Status != protocol.Confirmed {
				t.Errorf("confirmed: %+v, %v", r, err)
			}
			if r, _, err := service.Cancel(ctx, ids[1], nil, "", request("cancel")); err != nil || r.Status != protocol.Cancelled {
				t.Errorf("cancelled: %+v, %v", r, err)
			}
			if _, _, err := service.Extend(ctx, ids[2], time.Hour, request("extend")); err != nil {
				t.Error(err)
			}
		}
		d.elsewhere.find = func(id string) (reservation.Reservation, protocol.Hold, error) {
			r := d.row(t, ids[3])
			r.ID = id
			return r, protocol.HoldHeld, nil
		}
		if err := d.other.Repair(ctx, "lost", start); err != nil || d.row(t, "lost").Status != protocol.Pending {
			t.Errorf("repaired: %+v, %v", d.row(t, "lost"), err)
		}
		d.clock.Advance(2 * time.Minute)
		for range 2 { // the second instance finds nothing to expire
			d.own, d.other = d.other, d.own
			if _, _, err := d.own.Expire(ctx); err != nil {
				t.Error(err)
			}
		}
		if r := d.row(t, ids[3]); r.Status != protocol.Expired || r.Version != 2 {
			t.Errorf("expired: %+v", r)
		}
	})
}
