package reservation_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/rest"
)

// underWay is a create of the service whose hold request was sent, and the repair of
// the same reservation, which starts during the request.
type underWay struct {
	*desk
	answer   chan reservation.HoldAnswer
	created  chan error
	repaired chan error
	leave    context.CancelFunc // ends the repair's context
}

// duringCreate runs test, in a bubble, during a create.
func duringCreate(t *testing.T, test func(t *testing.T, u *underWay)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		u := &underWay{
			desk: open(t, false), answer: make(chan reservation.HoldAnswer), created: make(chan error, 1), repaired: make(chan error, 1),
		}
		defer u.close(t)
		var asked reservation.Reservation
		u.stock.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
			asked = r
			return <-u.answer, nil
		}
		u.stock.find = func(string) (reservation.Reservation, protocol.Hold, error) { return asked, protocol.HoldHeld, nil }
		go func() {
			_, _, err := u.own.Create(context.Background(), params, idempotency.Request{})
			u.created <- err
		}()
		synctest.Wait()
		var ctx context.Context
		ctx, u.leave = context.WithCancel(context.Background())
		defer u.leave()
		go func() { u.repaired <- u.own.Repair(ctx, asked.ID, start) }()
		synctest.Wait()
		select {
		case err := <-u.repaired:
			t.Errorf("the repair did not wait: %v", err)
		default:
		}
		test(t, u)
	})
}

func TestService_Repair(t *testing.T) {
	t.Run("waits for a create", testServiceRepairWaitsForACreate)
	t.Run("while others write", testServiceRepairWhileOthersWrite)
	t.Run("leaves time to other instances", testServiceRepairLeavesTime)
}

// testServiceRepairLeavesTime gives another instance three seconds to record a hold.
func testServiceRepairLeavesTime(t *testing.T) {
	const leave = 3 * time.Second
	d := open(t, false)
	defer d.close(t)
	var scheduled []time.Time
	own := reservation.New(reservation.Options{
		Repository: d.db, Holder: d.stock, Clock: d.clock, Logger: slog.New(slog.DiscardHandler), NewID: d.newID, Scheduled: func(time.Time) {},
		Saved: rest.SavedReservations(), RepairAfter: leave, RepairScheduled: func(at time.Time) { scheduled = append(scheduled, at) },
	})
	hold := reservation.Reservation{ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, TTLSeconds: 60, ExpiresAt: start.Add(time.Minute)}
	d.stock.find = func(id string) (reservation.Reservation, protocol.Hold, error) {
		r := hold
		r.ID = id
		return r, protocol.HoldHeld, nil
	}
	d.stock.held = map[string]reservation.HeldPage{"": {IDs: []string{"walked"}}}
	recorded := hold
	recorded.ID = "recorded"
	for _, id := range []string{"recorded", "lost"} {
		if err := own.Repair(t.Context(), id, start); err != nil {
			t.Fatal(err)
		}
	}
	d.appear(t, recorded, protocol.Pending)
	w, err := own.Walk(t.Context())
	if err != nil || !w.More || w.Repaired != 0 {
		t.Errorf("walked %+v, %v", w, err)
	}
	more, next, err := own.RepairDue(t.Context())
	if err != nil || more || !next.Equal(start.Add(leave)) || len(scheduled) != 2 || !scheduled[0].Equal(next) {
		t.Errorf("more %t, next %s, %v; scheduled %v", more, next, err, scheduled)
	}
	if found := d.stock.found; len(found) != 1 || found[0] != "walked" {
		t.Errorf("stock was asked about %q", found)
	}
	d.clock.Advance(leave)
	for _, want := range []bool{true, false} {
		if more, next, err = own.RepairDue(t.Context()); err != nil || more != want || !next.IsZero() {
			t.Errorf("more %t, next %s, %v; want more %t", more, next, err, want)
		}
	}
	if w, err = own.Walk(t.Context()); err != nil || w.Repaired != 1 {
		t.Errorf("walked %+v, %v", w, err)
	}
	for _, id := range []string{"lost", "walked"} {
		if r := d.row(t, id); r.Status != protocol.Pending || r.Actor != "reservation" {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if slices.Contains(d.stock.found, "recorded") {
		t.Errorf("stock was asked about %q", d.stock.found)
	}
}

func testServiceRepairWaitsForACreate(t *testing.T) {
	t.Run("and sends no query when it was recorded", func(t *testing.T) {
		duringCreate(t, func(t *testing.T, u *underWay) {
			u.answer <- reservation.HoldAnswer{Outcome: reservation.HoldGranted, ExpiresAt: start.Add(time.Minute)}
			if err := errors.Join(<-u.created, <-u.repaired); err != nil || len(u.stock.found) > 0 {
				t.Errorf("stock was asked about %v, %v", u.stock.found, err)
			}
		})
	})
	t.Run("and asks stock when it was not", func(t *testing.T) {
		duringCreate(t, func(t *testing.T, u *underWay) {
			u.answer <- reservation.HoldAnswer{Outcome: reservation.HoldInsufficient, Short: []reservation.ShortLine{{Requested: 3}}}
			if err := <-u.created; problem.CodeOf(err) != problem.InsufficientStock {
				t.Errorf("create: %v", err)
			}
			if err := <-u.repaired; err != nil || len(u.stock.found) != 1 || u.row(t, u.stock.found[0]).Status != protocol.Pending {
				t.Errorf("stock was asked about %v, %v", u.stock.found, err)
			}
		})
	})
	t.Run("no longer than it may", func(t *testing.T) {
		duringCreate(t, func(t *testing.T, u *underWay) {
			u.leave()
			if err := <-u.repaired; !errors.Is(err, context.Canceled) || len(u.stock.found) > 0 {
				t.Errorf("stock was asked about %v, %v", u.stock.found, err)
			}
			u.answer <- reservation.HoldAnswer{Outcome: reservation.HoldGranted, ExpiresAt: start.Add(time.Minute)}
			if err := <-u.created; err != nil {
				t.Errorf("create: %v", err)
			}
		})
	})
}

// testServiceRepairWhileOthersWrite lets the row appear while stock is
// asked about the hold.
func testServiceRepairWhileOthersWrite(t *testing.T) {
	for _, status := range []protocol.Status{protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired} {
		for _, rehearse := range []bool{false, true} {
			t.Run(string(status), func(t *testing.T) {
				d := open(t, rehearse)
				defer d.close(t)
				r := reservation.Reservation{
					ID: "r-1", ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, TTLSeconds: 60,
					ExpiresAt: start.Add(time.Minute),
				}
				d.stock.find = func(string) (reservation.Reservation, protocol.Hold, error) {
					d.appear(t, r, status)
					return r, protocol.HoldHeld, nil
				}
				scheduled := len(d.scheduled)
				if err := d.own.Repair(t.Context(), r.ID, start); err != nil {
					t.Errorf("repair: %v", err)
				}
				if row := d.row(t, r.ID); row.Status != status || len(d.scheduled) != scheduled+1 { // by the other instance
					t.Errorf("the row is %+v, scheduled %v", row, d.scheduled)
				}
			})
		}
	}
}
