package reservation_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/reservation/internal/reservation"
)

var errUnknown = errors.New("no answer in time")

// appear gives the reservation under the id of r a status while the other instance
// works on it.
func (d *desk) appear(t *testing.T, r reservation.Reservation, status protocol.Status) {
	t.Helper()
	if status == protocol.Absent {
		return
	}
	d.elsewhere.find = func(string) (reservation.Reservation, protocol.Hold, error) { return r, protocol.HoldHeld, nil }
	err := d.other.Repair(context.Background(), r.ID, start)
	switch status {
	case protocol.Confirmed:
		_, _, endErr := d.other.Confirm(context.Background(), r.ID, nil, false, idempotency.Request{})
		err = errors.Join(err, endErr)
	case protocol.Cancelled:
		_, _, endErr := d.other.Cancel(context.Background(), r.ID, nil, "", idempotency.Request{})
		err = errors.Join(err, endErr)
	case protocol.Expired:
		d.clock.Advance(params.TTL)
		_, _, endErr := d.other.Expire(context.Background())
		err = errors.Join(err, endErr)
	}
	if err != nil {
		t.Error(err)
	}
}

// step is the step of a create after stock's response, according to the protocol.
type step string

const (
	insert      step = "insert"
	adopt       step = "adopt"
	nextAttempt step = "next attempt"
	abort       step = "abort"
	giveUp      step = "give up"
)

func TestService_Create(t *testing.T) {
	t.Run("after many attempts", testServiceCreateAfterManyAttempts)
	t.Run("whose key is free again", testServiceCreateWhoseKeyIsFreeAgain)
	t.Run("follows the protocol", testServiceCreateFollowsTheProtocol)
	t.Run("beside a request with its key", testServiceCreateBesideARequestWithItsKey)
	t.Run("whose key is used for something else", testServiceCreateWhoseKeyIsUsedForSomethingElse)
	t.Run("schedules the expiry of a recorded reservation", testServiceCreateSchedulesTheExpiryOfARecordedReservation)
}

// testServiceCreateFollowsTheProtocol runs creates with each status of the
// reservation while stock is asked, and each response of stock; in a rehearsed
// database every change runs twice.
func testServiceCreateFollowsTheProtocol(t *testing.T) {
	answers := map[string]struct {
		hold func(r reservation.Reservation) (reservation.HoldAnswer, error)
		step func(row protocol.Status) step
	}{
		"granted": {granted, func(row protocol.Status) step {
			return map[protocol.Recording]step{
				protocol.RecordInsert: insert, protocol.RecordAdopt: adopt, protocol.RecordNext: nextAttempt,
			}[protocol.Granted(false, row)]
		}},
		"settled": {
			func(reservation.Reservation) (reservation.HoldAnswer, error) {
				return reservation.HoldAnswer{Outcome: reservation.HoldSettled}, nil
			},
			func(row protocol.Status) step {
				return map[protocol.Recourse]step{
					protocol.RecourseAdopt: adopt, protocol.RecourseNext: nextAttempt,
				}[protocol.Refused(false, false, row)]
			},
		},
		"unknown": {
			func(reservation.Reservation) (reservation.HoldAnswer, error) {
				return reservation.HoldAnswer{}, errUnknown
			},
			func(row protocol.Status) step {
				return map[protocol.Decision]step{
					protocol.DecideAbort: abort, protocol.DecideAdopt: adopt, protocol.DecideGiveUp: giveUp,
				}[protocol.TimedOut(row)]
			},
		},
	}
	for name, answer := range answers {
		for _, status := range []protocol.Status{protocol.Absent, protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired} {
			for _, rehearse := range []bool{false, true} {
				t.Run(fmt.Sprintf("row %s, hold %s, rehearse %t", status, name, rehearse), func(t *testing.T) {
					d := open(t, rehearse)
					defer d.close(t)
					d.stock.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
						d.stock.hold = granted // of the next attempt
						d.appear(t, r, status)
						return answer.hold(r)
					}
					r, replayed, err := d.own.Create(t.Context(), params, once)
					first := d.stock.asked[0]
					if step := answer.step(status); step != abort && step != giveUp {
						if err != nil || replayed {
							t.Fatalf("created %+v, replayed %t, %v", r, replayed, err)
						}
						d.wantCreated(t, step, r, first, status)
						return
					}
					d.wantGivenUp(t, err, first, status)
				})
			}
		}
	}
}

// wantCreated expects the state after a create that ended in a step.
func (d *desk) wantCreated(t *testing.T, does step, r reservation.Reservation, first string, status protocol.Status) {
	t.Helper()
	want := protocol.Pending
	switch does {
	case insert:
	case adopt:
		want = status
	case nextAttempt:
		if len(d.stock.asked) != 2 || r.ID != d.stock.asked[1] || d.row(t, first).Status != status {
			t.Errorf("asked for %v, created %+v, the first is %q", d.stock.asked, r, d.row(t, first).Status)
		}
		first = r.ID
	default:
		t.Errorf("unexpected step %q", does)
	}
	if r.ID != first || r.Status != want || !reflect.DeepEqual(r, d.row(t, first)) || len(d.stock.settled) > 0 {
		t.Errorf("created %+v, the row is %+v, stock was told %v", r, d.row(t, first), d.stock.settled)
	}
	again, replayed, err := d.own.Create(t.Context(), params, once)
	if err != nil || !replayed || !reflect.DeepEqual(again, r) {
		t.Errorf("again: %+v, replayed %t, %v", again, replayed, err)
	}
}

// wantGivenUp expects the state after a create with an unknown outcome.
func (d *desk) wantGivenUp(t *testing.T, err error, first string, status protocol.Status) {
	t.Helper()
	row := d.row(t, first)
	if problem.CodeOf(err) != problem.StockUnavailable || !errors.Is(err, errUnknown) {
		t.Errorf("error %v", err)
	}
	if status == protocol.Absent {
		if row.Status != protocol.Cancelled || row.Reason != "aborted" || len(d.stock.settled) != 1 || d.stock.settled[0] != first+" release" {
			t.Errorf("the row is %+v, stock was told %v", row, d.stock.settled)
		}
	} else if row.Status != status || row.Reason == "aborted" || len(d.stock.settled) > 0 {
		t.Errorf("the row is %+v, stock was told %v", row, d.stock.settled)
	}
	r, replayed, err := d.own.Create(t.Context(), params, once)
	if err != nil || replayed || r.ID == first || r.Status != protocol.Pending {
		t.Errorf("the retry created %+v, replayed %t, %v", r, replayed, err)
	}
}

// testServiceCreateBesideARequestWithItsKey lets another request with
// the same key succeed, on another instance, while stock is asked.
func testServiceCreateBesideARequestWithItsKey(t *testing.T) {
	unknown := func(reservation.Reservation) (reservation.HoldAnswer, error) {
		return reservation.HoldAnswer{}, errUnknown
	}
	settled := func(reservation.Reservation) (reservation.HoldAnswer, error) {
		return reservation.HoldAnswer{Outcome: reservation.HoldSettled}, nil
	}
	mismatch := func(reservation.Reservation) (reservation.HoldAnswer, error) {
		return reservation.HoldAnswer{Outcome: reservation.HoldMismatch}, nil
	}
	another, anotherOnce := params, once
	another.CustomerID, anotherOnce.Fingerprint = "c-2", "f-2"
	for name, c := range map[string]struct {
		params reservation.CreateParams
		once   idempotency.Request
		second bool // the other request succeeds under the second attempt's id
		hold   func(reservation.Reservation) (reservation.HoldAnswer, error)
		code   problem.Code // "" for the other's reservation
	}{
		"the same, granted":               {params, once, false, granted, ""},
		"the same, unknown":               {params, once, false, unknown, ""},
		"the same, settled":               {params, once, false, settled, ""}, // confirmed by now, say
		"the same, second id, settled":    {params, once, true, settled, ""},
		"the same, second id, unknown":    {params, once, true, unknown, ""},
		"another, mismatch":               {another, anotherOnce, false, mismatch, problem.IdempotencyKeyReused},
		"another, unknown":                {another, anotherOnce, false, unknown, problem.IdempotencyKeyReused},
		"another, second id, settled":     {another, anotherOnce, true, settled, problem.IdempotencyKeyReused},
		"another, second id, unknown":     {another, anotherOnce, true, unknown, problem.IdempotencyKeyReused},
		"the same in other words, either": {params, anotherOnce, false, granted, problem.IdempotencyKeyReused},
	} {
		for _, rehearse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rehearse %t", name, rehearse), func(t *testing.T) {
				d := open(t, rehearse)
				defer d.close(t)
				var theirs reservation.Reservation
				d.stock.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
					if c.second {
						d.elsewhere.hold = unknown
						if _, _, err := d.other.Create(context.Background(), c.params, c.once); !errors.Is(err, errUnknown) {
							t.Errorf("the other request: %v", err)
						}
						d.elsewhere.hold = granted
					}
					var err error
					if theirs, _, err = d.other.Create(context.Background(), c.params, c.once); err != nil || (theirs.ID != r.ID) != c.second {
						t.Errorf("the other request created %+v, %v", theirs, err)
					}
					return c.hold(r)
				}
				r, replayed, err := d.own.Create(t.Context(), params, once)
				if problem.CodeOf(err) != c.code {
					t.Errorf("error %v, want %q", err, c.code)
				}
				if c.code == "" && (!reflect.DeepEqual(r, theirs) || !replayed) {
					t.Errorf("got %+v, replayed %t; the other request got %+v", r, replayed, theirs)
				}
				if row := d.row(t, theirs.ID); !reflect.DeepEqual(row, theirs) || len(d.stock.settled) > 0 || len(d.stock.asked) != 1 {
					t.Errorf("their row is %+v, stock was told %v", row, d.stock.settled)
				}
			})
		}
	}
}

// testServiceCreateWhoseKeyIsUsedForSomethingElse during the create: the client gets
// an error, and yet no hold may be left without an end.
func testServiceCreateWhoseKeyIsUsedForSomethingElse(t *testing.T) {
	for name, hold := range map[string]func(r reservation.Reservation) (reservation.HoldAnswer, error){
		"unknown": func(reservation.Reservation) (reservation.HoldAnswer, error) {
			return reservation.HoldAnswer{}, errUnknown
		},
		"granted": granted,
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, false)
			defer d.close(t)
			otherUse := once
			otherUse.Fingerprint = "f-2"
			var asked reservation.Reservation
			d.stock.hold = func(r reservation.Reservation) (reservation.HoldAnswer, error) {
				asked = r
				second, _, err := d.other.Create(context.Background(), params, idempotency.Request{})
				_, _, endErr := d.other.Confirm(context.Background(), second.ID, nil, false, otherUse)
				if err := errors.Join(err, endErr); err != nil {
					t.Error(err)
				}
				return hold(r)
			}
			if _, _, err := d.own.Create(t.Context(), params, once); problem.CodeOf(err) != problem.IdempotencyKeyReused {
				t.Errorf("error %v", err)
			}
			if name == "unknown" {
				if row := d.row(t, asked.ID); row.Reason != "aborted" || len(d.stock.settled) != 1 {
					t.Errorf("the row is %+v, stock was told %v", row, d.stock.settled)
				}
				return
			}
			d.stock.find = func(string) (reservation.Reservation, protocol.Hold, error) { return asked, protocol.HoldHeld, nil }
			if err := d.own.Repair(t.Context(), asked.ID, start); err != nil || d.row(t, asked.ID).Status != protocol.Pending {
				t.Errorf("the repair left %+v, %v", d.row(t, asked.ID), err)
			}
		})
	}
}

func testServiceCreateSchedulesTheExpiryOfARecordedReservation(t *testing.T) {
	d := open(t, false)
	defer d.close(t)
	r, _, err := d.own.Create(t.Context(), params, once)
	if err != nil || len(d.scheduled) != 1 || d.scheduled[0] != r.ExpiresAt {
		t.Errorf("scheduled %v, %v", d.scheduled, err)
	}
	if _, _, err := d.own.Create(t.Context(), params, once); err != nil || len(d.scheduled) != 1 {
		t.Errorf("a repetition scheduled %v, %v", d.scheduled, err)
	}
}
