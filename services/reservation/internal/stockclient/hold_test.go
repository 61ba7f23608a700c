package stockclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/services/reservation/internal/reservation"
)

func TestClient_Hold(t *testing.T) {
	t.Run("gathers", testClientHoldGathers)
	t.Run("whose caller leaves", testClientHoldWhoseCallerLeaves)
	t.Run("fails", testClientHoldFails)
	t.Run("after the clock is set back", testClientHoldAfterTheClockIsSetBack)
	t.Run("malformed time", testClientHoldMalformedTime)
	t.Run("outcomes", testClientHoldOutcomes)
}

func testClientHoldGathers(t *testing.T) {
	ask(t, func(t *testing.T, a *asking) {
		first := a.hold(t.Context(), "r-0")
		onTheWay := a.arrives()
		const callers = stockwire.MaxBatch + 100
		var others []<-chan outcome
		for n := range callers {
			others = append(others, a.hold(t.Context(), fmt.Sprintf("r-%d", n+1)))
		}
		a.wantNone()
		onTheWay.grant()
		wantGranted(t, first, "r-0")
		for _, want := range []int{stockwire.MaxBatch, callers - stockwire.MaxBatch} {
			r := a.arrives()
			if len(r.ids) != want || r.path != stockwire.HoldsPath {
				t.Errorf("%s: %d holds in one request, want %d", r.path, len(r.ids), want)
			}
			a.wantNone()
			r.grant()
		}
		for n, done := range others {
			wantGranted(t, done, fmt.Sprintf("r-%d", n+1))
		}
		a.wantNone()
	})
}

func testClientHoldWhoseCallerLeaves(t *testing.T) {
	t.Run("the queue, was not asked", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			first := a.hold(t.Context(), "r-0")
			onTheWay := a.arrives()
			before := a.hold(t.Context(), "r-1")
			ctx, leave := context.WithCancel(t.Context())
			left := a.hold(ctx, "r-2")
			behind := a.hold(t.Context(), "r-3")
			leave()
			wantNothingDone(t, left, true)
			onTheWay.grant()
			wantGranted(t, first, "r-0")
			next := a.arrives()
			if strings.Join(next.ids, " ") != "r-1 r-3" {
				t.Errorf("then %v were asked for", next.ids)
			}
			next.grant()
			wantGranted(t, before, "r-1")
			wantGranted(t, behind, "r-3")
		})
	})
	t.Run("later, does not know", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			ctx, leave := context.WithCancel(t.Context())
			left := a.hold(ctx, "r-1")
			onTheWay := a.arrives()
			leave()
			wantNothingDone(t, left, false)
			next := a.hold(t.Context(), "r-2") // the request continues, and causes no pause
			onTheWay.grant()
			a.arrives().grant()
			wantGranted(t, next, "r-2")
		})
	})
}

func testClientHoldFails(t *testing.T) {
	for name, c := range map[string]struct {
		end         func(*request)
		nothingDone bool
		paused      bool // a stock that did not respond gets no requests
	}{
		"by a refused connection": {func(r *request) { r.fail(&net.OpError{Op: "dial", Err: errors.New("refused")}) }, true, true},
		"by a broken connection":  {func(r *request) { r.fail(&net.OpError{Op: "read", Err: errors.New("reset")}) }, false, true},
		"by a lost answer":        {func(r *request) { r.fail(io.ErrUnexpectedEOF) }, false, true},
		"by a time-out":           {func(*request) { time.Sleep(holdTimeout) }, false, true},
		"by 503":                  {func(r *request) { r.reply(503, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`) }, true, false},
		"by 500":                  {func(r *request) { r.reply(500, `{"code": "INTERNAL_ERROR", "status": 500}`) }, false, false},
		"by an answer that is cut": {func(r *request) {
			r.reply(200, `{"results": [{"outcome": "granted"}, {"outc`)
		}, false, false},
		"by an answer for others": {func(r *request) { r.reply(200, `{"results": [{"outcome": "granted"}]}`) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			ask(t, func(t *testing.T, a *asking) {
				first := a.hold(t.Context(), "r-0")
				onTheWay := a.arrives()
				second, third := a.hold(t.Context(), "r-1"), a.hold(t.Context(), "r-2")
				onTheWay.grant()
				wantGranted(t, first, "r-0")
				c.end(a.arrives()) // for both
				wantNothingDone(t, second, c.nothingDone)
				wantNothingDone(t, third, c.nothingDone)

				if c.paused {
					time.Sleep(pause - time.Millisecond)
					wantNothingDone(t, a.hold(t.Context(), "r-3"), true)
					a.wantNone()
					time.Sleep(time.Millisecond)
				}
				again := a.hold(t.Context(), "r-4")
				a.arrives().grant()
				wantGranted(t, again, "r-4")
			})
		})
	}
	t.Run("when it is closed", func(t *testing.T) {
		ask(t, func(t *testing.T, a *asking) {
			left, queued := a.hold(t.Context(), "r-0"), a.hold(t.Context(), "r-1")
			a.client.Close()
			wantNothingDone(t, left, false)
			if o := <-queued; o.err == nil {
				t.Errorf("answer %+v", o.answer)
			}
			wantNothingDone(t, a.hold(t.Context(), "r-2"), true)
		})
	})
}

// A clock that is set back does not make the pause after a failure longer.
func testClientHoldAfterTheClockIsSetBack(t *testing.T) {
	now := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
	askAt(t, now, func(t *testing.T, a *asking) {
		lost := a.hold(t.Context(), "r-1")
		a.arrives().fail(io.ErrUnexpectedEOF)
		wantNothingDone(t, lost, false)
		now.Advance(time.Minute) // stock has been responding for long
		now.Advance(-time.Hour)
		done := a.hold(t.Context(), "r-2")
		a.arrives().grant()
		wantGranted(t, done, "r-2")
	})
}

var noon = time.Date(2026, 8, 1, 12, 0, 0, 7_000_000, time.UTC)

// A time that cannot be read leaves the outcome unknown: stock may have granted
// the hold.
func testClientHoldMalformedTime(t *testing.T) {
	ask(t, func(t *testing.T, a *asking) {
		done := a.hold(t.Context(), "r-1")
		a.arrives().reply(200, `{"results": [{"outcome": "granted", "expires_at": "noon"}]}`)
		wantNothingDone(t, done, false)
	})
}

func testClientHoldOutcomes(t *testing.T) {
	short := func(available int64) []reservation.ShortLine {
		r := draft("r-1")
		return []reservation.ShortLine{{ProductID: r.ProductID, StoreID: r.StoreID, Requested: r.Quantity, Available: available}}
	}
	for text, want := range map[string]reservation.HoldAnswer{
		`"granted", "expires_at": "2026-08-01T12:00:00.007Z"`: {Outcome: reservation.HoldGranted, ExpiresAt: noon},
		`"settled"`:                         {Outcome: reservation.HoldSettled},
		`"mismatch"`:                        {Outcome: reservation.HoldMismatch},
		`"no_row"`:                          {Outcome: reservation.HoldNoRow},
		`"no_row", "product_deleted": true`: {Outcome: reservation.HoldProductDeleted},
		`"no_row", "unknown_store": "A", "nearest_store": "B"`: {Outcome: reservation.HoldNoRow, UnknownStore: "A", NearestStore: "B"},
		`"insufficient", "available": 5, "requested": 6`:       {Outcome: reservation.HoldInsufficient, Short: short(5)},
		`"insufficient", "requested": 6`:                       {Outcome: reservation.HoldInsufficient, Short: short(0)},
	} {
		ask(t, func(t *testing.T, a *asking) {
			done := a.hold(t.Context(), "r-1")
			a.arrives().reply(200, `{"results": [{"outcome": `+text+`}]}`)
			if o := <-done; o.err != nil || !reflect.DeepEqual(o.answer, want) {
				t.Errorf("%s: %+v, %v", text, o.answer, o.err)
			}
		})
	}
}

// testClientAcceptsResponsesOfANewerStock: unknown fields do not make a response fail.
func testClientAcceptsResponsesOfANewerStock(t *testing.T) {
	ask(t, func(t *testing.T, a *asking) {
		done := a.hold(t.Context(), "r-1")
		a.arrives().reply(200, `{"results": [{"outcome": "granted", "expires_at": "`+clock.Text(expiryOf("r-1"))+`", "new": {"a": 1}}], "new": []}`)
		wantGranted(t, done, "r-1")

		go func() {
			(<-a.stock.arrived).reply(200, `{"reservation_id": "r-1", "customer_id": "c-1", "ttl_seconds": 60, "expires_at": "2026-08-01T12:00:00.007Z",
				"state": "held", "new": 1, "lines": [{"product_id": "p-1", "store_id": "MAD-001", "quantity": 1, "new": "x"}]}`)
		}()
		want := draft("r-1")
		want.ExpiresAt, want.Actor = noon, ""
		if r, state, err := a.client.FindHold(t.Context(), "r-1"); err != nil || state != protocol.HoldHeld || !reflect.DeepEqual(r, want) {
			t.Errorf("%+v %s, %v", r, state, err)
		}
	})
}
