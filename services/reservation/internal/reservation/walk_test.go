package reservation_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/reservation/internal/reservation"
)

// lists makes stock list holds as held, in pages of two.
func (h *holder) lists(ids ...string) {
	h.held = map[string]reservation.HeldPage{}
	after := ""
	for page := range slices.Chunk(ids, 2) {
		next := page[len(page)-1]
		h.held[after] = reservation.HeldPage{IDs: page, Next: next}
		after = next
	}
	h.held[after] = reservation.HeldPage{}
}

func (d *desk) wantWalked(t *testing.T, want reservation.Walked) {
	t.Helper()
	if got, err := d.own.Walk(t.Context()); err != nil || got != want {
		t.Errorf("walked %+v, %v; want %+v", got, err, want)
	}
}

func TestService_Walk(t *testing.T) {
	t.Run("follows the protocol", testServiceWalkFollowsTheProtocol)
	t.Run("skips a call in progress", testServiceWalkSkipsACallInProgress)
	t.Run("skips a create in progress", testServiceWalkSkipsACreateInProgress)
	t.Run("during a create of another process", testServiceWalkDuringACreateOfAnotherProcess)
	t.Run("in pages", testServiceWalkInPages)
}

// testServiceWalkFollowsTheProtocol lets stock list the hold of a
// reservation in each status.
func testServiceWalkFollowsTheProtocol(t *testing.T) {
	for _, status := range []protocol.Status{protocol.Absent, protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired} {
		for _, rehearse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rehearse %t", status, rehearse), func(t *testing.T) {
				d := open(t, rehearse)
				defer d.close(t)
				r := reservation.Reservation{
					ID: "r-1", ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, TTLSeconds: 60,
					ExpiresAt: start.Add(time.Minute),
				}
				d.appear(t, r, status)
				d.clock.Advance(time.Second)
				d.stock.find = func(string) (reservation.Reservation, protocol.Hold, error) { return r, protocol.HoldHeld, nil }
				d.stock.lists("r-1")
				before := d.row(t, "r-1")
				switch protocol.Walk(status) {
				case protocol.WalkRepair:
					d.wantWalked(t, reservation.Walked{Held: 1, Repaired: 1})
					if row := d.row(t, "r-1"); row.Status != protocol.Pending {
						t.Errorf("the row is %+v", row)
					}
				case protocol.WalkSettle:
					d.wantWalked(t, reservation.Walked{Held: 1, Settled: 1})
					if want := "r-1 " + string(status.Settling()); !slices.Equal(d.stock.settled, []string{want}) || !reflect.DeepEqual(d.row(t, "r-1"), before) {
						t.Errorf("stock was told %v, want %s", d.stock.settled, want)
					}
				default:
					d.wantWalked(t, reservation.Walked{Held: 1})
					if len(d.stock.settled)+len(d.stock.found) > 0 || !reflect.DeepEqual(d.row(t, "r-1"), before) {
						t.Errorf("stock was told %v and asked about %v", d.stock.settled, d.stock.found)
					}
				}
			})
		}
	}
}

// testServiceWalkSkipsACallInProgress: a reservation that ended
// less than a second ago is settled by its own call.
func testServiceWalkSkipsACallInProgress(t *testing.T) {
	d := open(t, false)
	defer d.close(t)
	r, _, err := d.own.Create(t.Context(), params, idempotency.Request{})
	_, _, endErr := d.own.Confirm(t.Context(), r.ID, nil, false, idempotency.Request{})
	if err := errors.Join(err, endErr); err != nil {
		t.Fatal(err)
	}
	d.stock.lists(r.ID)
	d.clock.Advance(999 * time.Millisecond)
	d.wantWalked(t, reservation.Walked{Held: 1, More: true})
	d.clock.Advance(time.Millisecond)
	d.wantWalked(t, reservation.Walked{Held: 1, Settled: 1})
	d.clock.Advance(-time.Hour) // it ended in the future
	d.wantWalked(t, reservation.Walked{Held: 1, Settled: 1})
}

// testServiceWalkSkipsACreateInProgress: its hold is listed before
// its row is there.
func testServiceWalkSkipsACreateInProgress(t *testing.T) {
	d := open(t, false)
	defer d.close(t)
	d.stock.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
		d.stock.lists(r.ID)
		d.wantWalked(t, reservation.Walked{Held: 1, More: true})
		return granted(r)
	}
	r, _, err := d.own.Create(t.Context(), params, idempotency.Request{})
	if err != nil || len(d.stock.found)+len(d.stock.settled) > 0 || !reflect.DeepEqual(d.row(t, r.ID), r) {
		t.Errorf("created %+v, %v; stock was asked about %v and told %v", r, err, d.stock.found, d.stock.settled)
	}
	d.wantWalked(t, reservation.Walked{Held: 1})
}

// testServiceWalkDuringACreateOfAnotherProcess repairs a hold whose create goes on
// in another process: the create takes the row that is there.
func testServiceWalkDuringACreateOfAnotherProcess(t *testing.T) {
	for name, answer := range map[string]func(reservation.Reservation) (reservation.HoldAnswer, error){
		"granted": granted,
		"unknown": func(reservation.Reservation) (reservation.HoldAnswer, error) {
			return reservation.HoldAnswer{}, errUnknown
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, false)
			defer d.close(t)
			d.elsewhere.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
				d.stock.lists(r.ID)
				d.stock.find = func(string) (reservation.Reservation, protocol.Hold, error) { return r, protocol.HoldHeld, nil }
				d.wantWalked(t, reservation.Walked{Held: 1, Repaired: 1})
				return answer(r)
			}
			r, _, err := d.other.Create(context.Background(), params, once)
			if err != nil || r.Status != protocol.Pending || !reflect.DeepEqual(d.row(t, r.ID), r) || len(d.elsewhere.settled) > 0 {
				t.Errorf("created %+v, %v; stock was told %v", r, err, d.elsewhere.settled)
			}
		})
	}
}

func testServiceWalkInPages(t *testing.T) {
	d := open(t, false)
	defer d.close(t)
	var ids, want []string
	for range 5 {
		r, _, err := d.own.Create(t.Context(), params, idempotency.Request{})
		_, _, endErr := d.own.Cancel(t.Context(), r.ID, nil, "", idempotency.Request{})
		if err := errors.Join(err, endErr); err != nil {
			t.Fatal(err)
		}
		ids, want = append(ids, r.ID), append(want, r.ID+" release")
	}
	d.clock.Advance(time.Second)
	d.stock.settled = nil
	d.stock.lists(ids...)
	d.wantWalked(t, reservation.Walked{Held: 5, Settled: 5})
	slices.Sort(d.stock.settled)
	if slices.Sort(want); !slices.Equal(d.stock.settled, want) {
		t.Errorf("stock was told %v, want %v", d.stock.settled, want)
	}
	t.Run("fails when stock does not return a page", func(t *testing.T) {
		delete(d.stock.held, ids[3])
		if w, err := d.own.Walk(t.Context()); !errors.Is(err, errUnknown) || w.Settled != 4 {
			t.Errorf("walked %+v, %v", w, err)
		}
	})
	t.Run("fails when stock does not take a settlement", func(t *testing.T) {
		d.stock.settleErr = errUnknown
		if w, err := d.own.Walk(t.Context()); !errors.Is(err, errUnknown) || w.Settled != 0 {
			t.Errorf("walked %+v, %v", w, err)
		}
	})
}
