package reservation_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
)

// wantAborted expects that a create under an id was given up for good: in the
// row, in the event, in stock.
func (d *desk) wantAborted(id string) {
	d.t.Helper()
	d.wantStatus(id, "cancelled")
	list := d.events("&aggregate_id=" + id)
	if len(list) != 1 || list[0].Type != inventory.TypeReservationCancelled || list[0].Version != 1 ||
		!strings.Contains(string(list[0].Payload), `"reason":"aborted","aborted":true`) {
		d.t.Errorf("events %+v", list)
	}
	if told := d.stock.settlements(); !slices.Contains(told, id+" release aborted") {
		d.t.Errorf("stock was told %v, not to release %s", told, id)
	}
	if state := d.stock.state(id); state != protocol.HoldReleased {
		d.t.Errorf("the hold is %q", state)
	}
}

// pause lets the time pass in which stock is left alone after a failure.
func (d *desk) pause() { d.clock.Advance(time.Second) }

func TestCreate(t *testing.T) {
	t.Run("usual case", testCreateUsualCase)
	t.Run("refuses", testCreateRefuses)
	t.Run("with a key", testCreateWithAKey)
	t.Run("with a key that is free again", testCreateWithAKeyThatIsFreeAgain)
	t.Run("refuses a key that is none", testCreateRefusesAKeyThatIsNone)
	t.Run("after a crash", testCreateAfterACrash)
	t.Run("follows the protocol", testCreateFollowsTheProtocol)
	t.Run("sent many times at once", testCreateSentManyTimesAtOnce)
	t.Run("with an unknown outcome", testCreateWithAnUnknownOutcome)
	t.Run("without a key and an unknown outcome", testCreateWithoutAKeyAndAnUnknownOutcome)
	t.Run("hold arrives late", testCreateHoldArrivesLate)
	t.Run("whose release is lost", testCreateWhoseReleaseIsLost)
	t.Run("after several unknown outcomes", testCreateAfterSeveralUnknownOutcomes)
	t.Run("whose client leaves", testCreateWhoseClientLeaves)
	t.Run("while stock refuses connections", testCreateWhileStockRefusesConnections)
	t.Run("that stock refuses as such", testCreateThatStockRefusesAsSuch)
}

func testCreateWithAnUnknownOutcome(t *testing.T) {
	const granted = `{"results": [{"outcome": "granted", "expires_at": "2026-08-01T12:10:00.000Z"}]}`
	for name, f := range map[string]fault{
		"the request was lost":        lostRequest,
		"the answer was lost":         lostAnswer,
		"the connection broke":        reset,
		"stock hangs":                 hanging,
		"a proxy answers 503":         answerLost(503, "text/html", `<html>`),
		"a proxy answers 502":         answerLost(502, "text/html", `<html>`),
		"stock answers 500, and held": answerLost(500, problemType, `{"code": "INTERNAL_ERROR", "status": 500}`),
		"a proxy answers 404":         answerLost(404, "text/html", `<html>`),
		"the answer breaks off":       answerLost(200, "application/json", granted[:20]),
		"the answer is too short":     answerLost(200, "application/json", `{"results": []}`),
		"the answer is too long":      answerLost(200, "application/json", strings.Replace(granted, "[", `[{"outcome": "granted"},`, 1)),
		"the answer is not known":     answerLost(200, "application/json", `{"results": [{"outcome": "perhaps"}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			if name == "stock hangs" {
				d.patience = time.Millisecond
				d.reopen()
			}
			d.stock.fail(stockwire.HoldsPath, f)
			wantUnavailable(t, d.do("POST", base, body(3), "Idempotency-Key", "k"))
			d.patience = time.Minute
			d.reopen()
			all := d.all("")
			if len(all) != 1 {
				t.Fatalf("reservations %+v", all)
			}
			if d.wantStatus(all[0].ID, "cancelled"); name == "stock hangs" {
				d.settleByEvents() // the direct release may have come too late as well
			} else {
				d.wantAborted(all[0].ID)
			}
			if d.stock.available() != 1000 {
				t.Errorf("%d available", d.stock.available())
			}

			d.pause()
			w := d.do("POST", base, body(3), "Idempotency-Key", "k")
			again := httpapitest.Decode[item](t, w, 201)
			if again.ID == all[0].ID || again.Status != "pending" || w.Header().Get("Idempotency-Replayed") != "" || d.stock.available() != 997 {
				t.Errorf("the retry created %+v, %d available", again, d.stock.available())
			}
			w = d.do("POST", base, body(3), "Idempotency-Key", "k")
			if third := httpapitest.Decode[item](t, w, 201); third != again || w.Header().Get("Idempotency-Replayed") != "true" {
				t.Errorf("the third request got %+v", third)
			}
		})
	}
}

func testCreateWithoutAKeyAndAnUnknownOutcome(t *testing.T) {
	d := openDesk(t)
	d.stock.fail(stockwire.HoldsPath, lostAnswer)
	wantUnavailable(t, d.do("POST", base, body(3)))
	d.wantAborted(d.stock.last().ReservationID)
	d.pause()
	if r := d.reserve(3); r.ID == d.stock.requests()[0] || d.stock.available() != 997 {
		t.Errorf("created %+v, %d available", r, d.stock.available())
	}
}

// testCreateHoldArrivesLate lets the hold arrive after everything
// was decided.
func testCreateHoldArrivesLate(t *testing.T) {
	d := openDesk(t)
	var arrive func() *http.Response
	d.stock.fail(stockwire.HoldsPath, func(_ *http.Request, apply func() *http.Response) (*http.Response, error) {
		arrive = apply
		return nil, errTimeout
	})
	wantUnavailable(t, d.do("POST", base, body(3), "Idempotency-Key", "k"))
	d.pause()
	r := httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
	arrive()
	late := d.stock.last().ReservationID
	d.wantAborted(late)
	if d.stock.state(r.ID) != protocol.HoldHeld || d.stock.available() != 997 || late == r.ID {
		t.Errorf("%d available", d.stock.available())
	}
}

// testCreateWhoseReleaseIsLost too: the event settles the hold.
func testCreateWhoseReleaseIsLost(t *testing.T) {
	d := openDesk(t)
	d.stock.fail(stockwire.HoldsPath, lostAnswer)
	d.stock.fail(stockwire.SettlementsPath, lostRequest)
	wantUnavailable(t, d.do("POST", base, body(3)))
	if len(d.stock.settlements()) > 0 || d.log.Count("settle left to the event") != 1 {
		t.Errorf("stock was told %v", d.stock.settlements())
	}
	d.wantEvents("", `reservation.cancelled MAD-001 1 {"reservation_id":"ID","product_id":"p-1","store_id":"MAD-001","quantity":3,`+
		`"reason":"aborted","aborted":true,"customer_id":"c-1",`+stateOf("cancelled", 3)+`}`)
}

func testCreateAfterSeveralUnknownOutcomes(t *testing.T) {
	d := openDesk(t)
	const unknown = 30
	for range unknown {
		d.stock.fail(stockwire.HoldsPath, lostAnswer)
		wantUnavailable(t, d.do("POST", base, body(3), "Idempotency-Key", "k"))
		d.pause()
	}
	d.reopen()
	httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
	ids := d.stock.requests()
	if slices.Sort(ids); len(slices.Compact(ids)) != unknown+1 || d.stock.available() != 997 {
		t.Errorf("asked for %v, %d available", ids, d.stock.available())
	}
}

// testCreateWhoseClientLeaves decides although no client waits for the response.
func testCreateWhoseClientLeaves(t *testing.T) {
	d := openDesk(t)
	ctx, leave := context.WithCancel(t.Context())
	answered := make(chan struct{})
	arrives := sync.OnceFunc(func() { close(answered) })
	defer arrives()
	d.stock.fail(stockwire.HoldsPath, func(_ *http.Request, apply func() *http.Response) (*http.Response, error) {
		leave()
		<-answered
		return apply(), nil
	})
	r := httptest.NewRequestWithContext(ctx, "POST", base, strings.NewReader(body(3)))
	r.Header.Set("X-API-Key", admin)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	wantUnavailable(t, w)
	arrives()
	if err := d.service.Close(); err != nil { // waits for the request that is under way
		t.Error(err)
	}
	d.open()
	all := d.all("")
	if len(all) != 1 {
		t.Fatalf("reservations %+v", all)
	}
	d.wantAborted(all[0].ID)
	if d.stock.available() != 1000 {
		t.Errorf("%d available", d.stock.available())
	}
}

func testCreateWhileStockRefusesConnections(t *testing.T) {
	d := openDesk(t)
	d.stock.fail(stockwire.HoldsPath, refused)
	wantUnavailable(t, d.do("POST", base, body(3), "Idempotency-Key", "k"))
	d.clock.Advance(499 * time.Millisecond)
	wantUnavailable(t, d.do("POST", base, body(3), "Idempotency-Key", "k")) // at once, without a call
	if len(d.all("")) > 0 || len(d.events("")) > 0 || len(d.stock.requests()) > 0 || len(d.stock.settlements()) > 0 {
		t.Errorf("reservations %v, stock was asked %v and told %v", d.all(""), d.stock.requests(), d.stock.settlements())
	}
	d.clock.Advance(time.Millisecond)
	w := d.do("POST", base, body(3), "Idempotency-Key", "k")
	if r := httpapitest.Decode[item](t, w, 201); w.Header().Get("Idempotency-Replayed") != "" || d.stock.state(r.ID) != protocol.HoldHeld {
		t.Errorf("created %+v", r)
	}
}

// testCreateThatStockRefusesAsSuch uses up no attempt's id: stock says that
// it did nothing.
func testCreateThatStockRefusesAsSuch(t *testing.T) {
	for name, f := range map[string]fault{
		"401": responding(401, problemType, `{"code": "UNAUTHORIZED", "status": 401}`),
		"429": responding(429, problemType, `{"code": "RATE_LIMITED", "status": 429}`),
		"503": responding(503, problemType, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`),
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			var first string
			d.stock.fail(stockwire.HoldsPath, func(r *http.Request, _ func() *http.Response) (*http.Response, error) {
				var request stockwire.HoldsRequest
				d.stock.read(r, &request)
				first = request.Holds[0].ReservationID
				return f(r, nil)
			})
			wantUnavailable(t, d.do("POST", base, body(3), "Idempotency-Key", "k"))
			if len(d.all("")) > 0 || len(d.events("")) > 0 || len(d.stock.settlements()) > 0 {
				t.Errorf("reservations %v, stock was told %v", d.all(""), d.stock.settlements())
			}
			r := httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
			if r.ID != first || d.stock.state(r.ID) != protocol.HoldHeld {
				t.Errorf("created %+v, the first request asked for %s", r, first)
			}
		})
	}
}

func TestReads(t *testing.T) {
	t.Run("while stock is down", testReadsWhileStockIsDown)
}

func testReadsWhileStockIsDown(t *testing.T) {
	d := openDesk(t)
	r := d.reserve(3)
	for range 3 {
		d.stock.fail(stockwire.HoldsPath, refused)
		d.stock.fail(stockwire.SettlementsPath, refused)
	}
	wantUnavailable(t, d.do("POST", base, body(3)))
	if got := d.get(r.ID); got != r || len(d.all("")) != 1 {
		t.Errorf("read %+v", got)
	}
	httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
	d.wantStatus(r.ID, "confirmed")
}
