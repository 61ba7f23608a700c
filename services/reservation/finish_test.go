package reservation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi/eventsapitest"
	"inventory.example/pkg/problem"
)

// beginnings lead a reservation of ten minutes to each state that a confirm or
// cancel may find.
var beginnings = map[string]func(d *desk, id string){
	"pending":        func(*desk, string) {},
	"in its last ms": func(d *desk, _ string) { d.clock.Advance(10*time.Minute - time.Millisecond) },
	"past its time":  func(d *desk, _ string) { d.clock.Advance(10 * time.Minute) }, // no worker has run
	"confirmed":      func(d *desk, id string) { httpapitest.Decode[item](d.t, d.do("POST", base+"/"+id+"/confirm", ""), 200) },
	"confirmed, later": func(d *desk, id string) {
		httpapitest.Decode[item](d.t, d.do("POST", base+"/"+id+"/confirm", ""), 200)
		d.clock.Advance(time.Hour)
	},
	"cancelled": func(d *desk, id string) { httpapitest.Decode[item](d.t, d.do("POST", base+"/"+id+"/cancel", ""), 200) },
	"cancelled, later": func(d *desk, id string) {
		httpapitest.Decode[item](d.t, d.do("POST", base+"/"+id+"/cancel", ""), 200)
		d.clock.Advance(time.Hour)
	},
	"expired": func(d *desk, id string) { d.expire(id) },
}

func TestFinish(t *testing.T) {
	t.Run("usual case", testFinishUsualCase)
	t.Run("returns the outcome", testFinishReturnsTheOutcome)
	t.Run("refuses", testFinishRefuses)
	t.Run("while stock is away", testFinishWhileStockIsAway)
	t.Run("with a key", testFinishWithAKey)
}

func testFinishUsualCase(t *testing.T) {
	const ok, over, wrong = "", problem.ReservationExpired, problem.InvalidState
	for name, want := range map[string]struct{ confirm, cancel problem.Code }{
		"pending": {ok, ok}, "in its last ms": {ok, ok}, "past its time": {over, over}, "expired": {over, over},
		"confirmed": {ok, wrong}, "confirmed, later": {ok, wrong}, "cancelled": {wrong, ok}, "cancelled, later": {wrong, ok},
	} {
		for verb, code := range map[string]problem.Code{"confirm": want.confirm, "cancel": want.cancel} {
			t.Run(verb+" what is "+name, func(t *testing.T) {
				d := openDesk(t)
				r := d.reserve(3)
				beginnings[name](d, r.ID)
				before, told, written := d.get(r.ID), d.stock.settlements(), len(d.events(""))
				w := d.do("POST", base+"/"+r.ID+"/"+verb, "")
				after := d.get(r.ID)
				if code != ok {
					httpapitest.WantProblem(t, w, 409, code)
					if after != before || !slices.Equal(d.stock.settlements(), told) || len(d.events("")) != written {
						t.Errorf("a refusal changed %+v to %+v, stock was told %v", before, after, d.stock.settlements())
					}
					return
				}
				status := map[string]string{"confirm": "confirmed", "cancel": "cancelled"}[verb]
				settled := map[string]string{"confirm": " commit", "cancel": " release cancelled"}[verb]
				if got := httpapitest.Decode[item](t, w, 200); got != after || got.Status != status || w.Header().Get("ETag") != `"2"` {
					t.Errorf("answered %+v, read %+v", got, after)
				}
				// A repetition also calls stock: the first call may have been lost.
				if all := d.stock.settlements(); len(all) != len(told)+1 || all[len(told)] != r.ID+settled {
					t.Errorf("stock was told %v", all)
				}
				if repeated := before.Status == status; repeated && (after != before || len(d.events("")) != written) {
					t.Errorf("a repetition changed %+v to %+v", before, after)
				}
			})
		}
	}
}

func testFinishReturnsTheOutcome(t *testing.T) {
	d := openDesk(t)
	one := func(verb, text string) {
		t.Helper()
		r := d.reserve(3)
		d.clock.Advance(time.Second)
		httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/"+verb, text), 200)
	}
	one("confirm", "")
	one("cancel", "")
	one("cancel", `{"reason": "Too late.\r\nSorry"}`) // the caller's own words
	for _, none := range []string{`null`, `{}`, `{"reason": null}`, `{"reason": ""}`} {
		one("cancel", none)
	}
	one("confirm", "null")
	const row = `"reservation_id":"ID","product_id":"p-1","store_id":"MAD-001","quantity":3`
	confirmed := `,"customer_id":"c-1",` + stateOf("confirmed", 3) + "}"
	d.wantEvents("&event_type=reservation.confirmed",
		`reservation.confirmed MAD-001 2 {`+row+`,"confirmed_at":"2026-08-01T12:00:01.000Z"`+confirmed,
		`reservation.confirmed MAD-001 2 {`+row+`,"confirmed_at":"2026-08-01T12:00:08.000Z"`+confirmed)
	cancelled := `,"customer_id":"c-1",` + stateOf("cancelled", 3) + "}"
	manual := `reservation.cancelled MAD-001 2 {` + row + `,"reason":"manual_cancellation"` + cancelled
	d.wantEvents("&event_type=reservation.cancelled",
		manual, `reservation.cancelled MAD-001 2 {`+row+`,"reason":"Too late.\nSorry"`+cancelled, manual, manual, manual, manual)
	for _, told := range d.stock.settlements()[1:7] {
		if !strings.HasSuffix(told, " release cancelled") {
			t.Errorf("stock was told %s", told)
		}
	}
}

func testFinishRefuses(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(3)
	for _, verb := range []string{"confirm", "cancel"} {
		httpapitest.WantProblem(t, d.do("POST", base+"/0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a99/"+verb, ""), 404, problem.NotFound)
		httpapitest.WantInvalid(t, d.do("POST", base+"/"+r.ID+"/"+verb, `{"note": "x"}`), "note")
		httpapitest.WantInvalid(t, d.do("POST", base+"/"+r.ID+"/"+verb, `[]`), "body")
	}
	for _, reason := range []string{"sale", "transfer", "initial_stock", "expired", "return", "aborted", `a\u0000`, strings.Repeat("x", 201)} {
		httpapitest.WantInvalid(t, d.do("POST", base+"/"+r.ID+"/cancel", fmt.Sprintf(`{"reason": "%s"}`, reason)), "reason")
	}
	d.wantStatus(r.ID, "pending")
	if told := d.stock.settlements(); len(told) > 0 {
		t.Errorf("stock was told %v", told)
	}
}

// testFinishWhileStockIsDown: the request succeeds; the event settles the hold, and
// so does a repetition.
func testFinishWhileStockIsAway(t *testing.T) {
	for name, f := range map[string]fault{"refused": refused, "lost": lostRequest, "503": responding(503, problemType, `{}`)} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			r := d.reserve(3)
			d.stock.fail(stockwire.SettlementsPath, f)
			httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
			if state := d.stock.state(r.ID); state != protocol.HoldHeld {
				t.Errorf("the hold is %s", state)
			}
			if got := eventsapitest.Types(d.events("")); got != "reservation.created reservation.confirmed" {
				t.Errorf("events %s", got)
			}
			d.pause()
			httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
			if state := d.stock.state(r.ID); state != protocol.HoldCommitted {
				t.Errorf("the hold is %s after the repetition", state)
			}
		})
	}
	t.Run("hanging", func(t *testing.T) {
		d := openDesk(t)
		r := d.reserve(3)
		d.patience = time.Millisecond
		d.reopen()
		d.stock.fail(stockwire.SettlementsPath, hanging)
		httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/cancel", ""), 200)
		d.wantStatus(r.ID, "cancelled")
	})
}
