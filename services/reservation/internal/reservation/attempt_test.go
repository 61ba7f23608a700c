package reservation_test

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/rest"
)

// countingReader counts the look-ups of creates outside transactions.
type countingReader struct {
	reservation.Repository
	lookups int
}

// Reservation implements reservation.Reader.
func (r *countingReader) Reservation(ctx context.Context, id string) (reservation.Reservation, bool, error) {
	r.lookups++
	return r.Repository.Reservation(ctx, id)
}

// FindResult implements reservation.Reader.
func (r *countingReader) FindResult(ctx context.Context, once idempotency.Request) (idempotency.Saved, bool, error) {
	r.lookups++
	return r.Repository.FindResult(ctx, once)
}

// Attempt implements reservation.Reader.
func (r *countingReader) Attempt(ctx context.Context, once idempotency.Request) (int, error) {
	r.lookups++
	return r.Repository.Attempt(ctx, once)
}

// testServiceCreateAfterManyAttempts looks up no more than after one.
func testServiceCreateAfterManyAttempts(t *testing.T) {
	unknown := func(reservation.Reservation) (reservation.HoldAnswer, error) {
		return reservation.HoldAnswer{}, errUnknown
	}
	for _, rehearse := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearse %t", rehearse), func(t *testing.T) {
			d := open(t, rehearse)
			defer d.close(t)
			reader := &countingReader{Repository: d.db}
			d.own = reservation.New(reservation.Options{
				Repository: reader, Holder: d.stock, Clock: d.clock, Logger: slog.New(slog.DiscardHandler),
				NewID: d.newID, Scheduled: func(time.Time) {}, Saved: rest.SavedReservations(),
			})
			lookups := map[int]int{}
			d.stock.hold = unknown
			const many = 50
			for n := range many {
				reader.lookups = 0
				if _, _, err := d.own.Create(t.Context(), params, once); err == nil {
					t.Fatal("a create whose outcome is unknown succeeds")
				}
				lookups[n] = reader.lookups
			}
			if lookups[many-1] != lookups[1] {
				t.Errorf("%d look-ups after one attempt, %d after %d", lookups[1], lookups[many-1], many-1)
			}
			d.stock.hold = granted
			r, replayed, err := d.own.Create(t.Context(), params, once)
			if err != nil || replayed || r.Status != protocol.Pending || len(d.stock.asked) != many+1 {
				t.Errorf("created %+v, replayed %t, %v; stock was asked %d times", r, replayed, err, len(d.stock.asked))
			}
			seen := map[string]bool{}
			for _, id := range d.stock.asked {
				seen[id] = true
			}
			if len(seen) != many+1 {
				t.Errorf("%d ids in %d attempts", len(seen), many+1)
			}
		})
	}
}

// testServiceCreateWhoseKeyIsFreeAgain gives the key a new reservation, whichever
// status the old one has, and never before results may have expired.
func testServiceCreateWhoseKeyIsFreeAgain(t *testing.T) {
	for _, status := range []protocol.Status{protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired} {
		for _, age := range []time.Duration{idempotency.Promised - time.Millisecond, idempotency.Promised} {
			t.Run(fmt.Sprintf("%s, %v old", status, age), func(t *testing.T) {
				d := open(t, false)
				defer d.close(t)
				var first reservation.Reservation
				d.stock.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
					first = r
					d.appear(t, r, status) // by the repair, so no result is saved
					return reservation.HoldAnswer{}, reservation.ErrNothingDone
				}
				if _, _, err := d.own.Create(t.Context(), params, once); err == nil {
					t.Fatal("the create succeeds")
				}
				d.stock.hold = granted
				row := d.row(t, first.ID)
				d.clock.Advance(age - d.clock.Now().Sub(start))
				r, replayed, err := d.own.Create(t.Context(), params, once)
				if err != nil || replayed {
					t.Fatalf("replayed %t, %v", replayed, err)
				}
				if adopts := protocol.Choose(false, age == idempotency.Promised, status) == protocol.ChooseAdopt; adopts && !reflect.DeepEqual(r, row) ||
					!adopts && (r.ID == row.ID || r.Status != protocol.Pending) {
					t.Errorf("created %+v, the first is %+v", r, row)
				}
				if now := d.row(t, first.ID); !reflect.DeepEqual(now, row) {
					t.Errorf("the first is %+v, was %+v", now, row)
				}
				if again, replayed, err := d.own.Create(t.Context(), params, once); err != nil || !replayed || !reflect.DeepEqual(again, r) {
					t.Errorf("again: %+v, replayed %t, %v", again, replayed, err)
				}
			})
		}
	}
}
