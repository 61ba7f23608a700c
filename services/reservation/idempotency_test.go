package reservation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/problem"
)

func testCreateWithAKey(t *testing.T) {
	t.Run("repeats its first response", func(t *testing.T) {
		d := openDesk(t)
		first := d.do("POST", base, body(3), "Idempotency-Key", "k")
		r := httpapitest.Decode[item](t, first, 201)
		httpapitest.Decode[item](t, d.do("POST", base+"/"+r.ID+"/confirm", ""), 200)
		d.reopen()
		d.clock.Advance(24 * time.Hour)
		again := d.do("POST", base, body(3), "Idempotency-Key", "k")
		if again.Code != 201 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" ||
			first.Header().Get("Reservation-Status") != "" || again.Header().Get("Reservation-Status") != "confirmed" ||
			again.Header().Get("ETag") != `"1"` || again.Header().Get("Location") != first.Header().Get("Location") {
			t.Errorf("again: %d %s %v", again.Code, again.Body, again.Header())
		}
		if n := len(d.stock.requests()); n != 1 {
			t.Errorf("stock was asked %d times", n)
		}
	})
	t.Run("refuses another body", func(t *testing.T) {
		d := openDesk(t)
		httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
		httpapitest.WantProblem(t, d.do("POST", base, body(4), "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
		if len(d.all("")) != 1 || d.stock.available() != 997 {
			t.Errorf("%d reservations, %d available", len(d.all("")), d.stock.available())
		}
	})
	t.Run("keeps callers apart", func(t *testing.T) {
		d := openDesk(t)
		first := httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
		second := httpapitest.Decode[item](t, d.as("k-owner", "POST", base, body(4), "Idempotency-Key", "k"), 201)
		if first.ID == second.ID || len(d.all("pending")) != 2 {
			t.Errorf("created %+v and %+v", first, second)
		}
	})
	t.Run("reaches the same reservation after any loss", func(t *testing.T) {
		d := openDesk(t)
		d.stock.units["p-1 MAD-001"] = 0
		var ids []string
		for range 3 { // refused for lack of stock: nothing is saved
			httpapitest.WantProblem(t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 409, problem.InsufficientStock)
			d.clock.Advance(time.Minute)
			d.reopen()
		}
		d.stock.units["p-1 MAD-001"] = 3
		r := httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
		ids = d.stock.requests()
		if ids[0] != ids[1] || ids[1] != ids[2] || ids[3] != ids[0] || r.ID != ids[0] {
			t.Errorf("asked for %v, created %s", ids, r.ID)
		}
		if id, err := uuid.Parse(r.ID); err != nil || id.Version() != 5 {
			t.Errorf("id %s: %v", r.ID, err)
		}
	})
	t.Run("keeps keys apart that would spell the same", func(t *testing.T) {
		d := openDesk(t)
		seen := map[string]string{}
		for _, key := range []string{"1", "11", "k", "k1", "k:1", "1:k", "5:Admin", "K", " k"} {
			r := httpapitest.Decode[item](t, d.do("POST", base, body(1), "Idempotency-Key", key), 201)
			if other, taken := seen[r.ID]; taken {
				t.Errorf("%q and %q lead to %s", key, other, r.ID)
			}
			seen[r.ID] = key
		}
	})
}

// testCreateWithAKeyThatIsFreeAgain creates a new reservation once the result has
// expired, whichever status the old reservation has.
func testCreateWithAKeyThatIsFreeAgain(t *testing.T) {
	d := openDesk(t)
	first := httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
	httpapitest.Decode[item](t, d.do("POST", base+"/"+first.ID+"/confirm", ""), 200)
	for _, days := range []int{1, 2, 3} { // of the first reservation's life; the key is free on the third
		d.clock.Advance(24 * time.Hour)
		if days == 3 {
			break
		}
		w := d.do("POST", base, body(3), "Idempotency-Key", "k")
		if r := httpapitest.Decode[item](t, w, 201); r.ID != first.ID || w.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("after %d days: %+v", days, r)
		}
	}
	defer d.run()() // purges
	var second item
	for deadline := time.Now().Add(10 * time.Second); ; {
		w := d.do("POST", base, body(4), "Idempotency-Key", "k") // another body: of another request
		if w.Code == 201 {
			second = httpapitest.Decode[item](t, w, 201)
			break
		}
		httpapitest.WantProblem(t, w, 422, problem.IdempotencyKeyReused) // not purged yet
		if time.Now().After(deadline) {
			t.Fatal("the key is not free after three days")
		}
	}
	if second.ID == first.ID || second.Status != "pending" || second.Quantity != 4 || d.stock.state(second.ID) != protocol.HoldHeld {
		t.Errorf("created %+v, the key had %+v", second, first)
	}
	d.wantStatus(first.ID, "confirmed")
	if w := d.do("POST", base, body(4), "Idempotency-Key", "k"); httpapitest.Decode[item](t, w, 201) != second {
		t.Errorf("again: %s", w.Body)
	}
}

func testCreateRefusesAKeyThatIsNone(t *testing.T) {
	d := openDesk(t)
	for _, key := range []string{"", "é", strings.Repeat("k", 256)} {
		httpapitest.WantInvalid(t, d.do("POST", base, body(1), "Idempotency-Key", key), "Idempotency-Key")
	}
	if len(d.stock.requests()) > 0 {
		t.Error("stock was asked")
	}
}

// derived returns the first attempt's request of a key, which was refused.
func (d *desk) derived(key string, quantity int64) stockwire.Hold {
	d.t.Helper()
	have := d.stock.units["p-1 MAD-001"]
	d.stock.units["p-1 MAD-001"] = 0
	httpapitest.WantProblem(d.t, d.do("POST", base, body(quantity), "Idempotency-Key", key), 409, problem.InsufficientStock)
	d.stock.units["p-1 MAD-001"] = have
	return d.stock.last()
}

// testCreateAfterACrash finds the hold of an earlier try, which was not
// recorded.
func testCreateAfterACrash(t *testing.T) {
	t.Run("takes the existing hold, with its time", func(t *testing.T) {
		d := openDesk(t)
		h := d.derived("k", 3)
		d.stock.set(h, protocol.HoldHeld)
		d.clock.Advance(time.Minute)
		r := httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
		if r.ID != h.ReservationID || r.ExpiresAt != h.ExpiresAt || d.stock.available() != 1000 {
			t.Errorf("created %+v, hold %+v", r, h)
		}
	})
	t.Run("refuses another body under the key", func(t *testing.T) {
		for _, state := range []protocol.Hold{protocol.HoldHeld, protocol.HoldReleased} {
			d := openDesk(t)
			h := d.derived("k", 3)
			d.stock.set(h, state)
			httpapitest.WantProblem(t, d.do("POST", base, body(4), "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
			if len(d.all("")) > 0 || len(d.stock.settlements()) > 0 || d.stock.state(h.ReservationID) != state {
				t.Errorf("reservations %v, stock was told %v", d.all(""), d.stock.settlements())
			}
		}
	})
	t.Run("goes on after each id that is used up", func(t *testing.T) {
		d := openDesk(t)
		for range 20 {
			h := d.derived("k", 3)
			d.stock.set(h, protocol.HoldReleased)
		}
		d.reopen()
		before := len(d.stock.requests())
		httpapitest.Decode[item](t, d.do("POST", base, body(3), "Idempotency-Key", "k"), 201)
		if n := len(d.stock.requests()) - before; n != 3 || d.stock.available() != 997 { // the first, the last recorded, the new
			t.Errorf("asked %d times, %d available", n, d.stock.available())
		}
	})
}

// statuses lead a pending reservation to each status.
var statuses = map[protocol.Status]func(d *desk, id string){
	protocol.Absent:    nil,
	protocol.Pending:   func(*desk, string) {},
	protocol.Confirmed: func(d *desk, id string) { httpapitest.Decode[item](d.t, d.do("POST", base+"/"+id+"/confirm", ""), 200) },
	protocol.Cancelled: func(d *desk, id string) { httpapitest.Decode[item](d.t, d.do("POST", base+"/"+id+"/cancel", ""), 200) },
	protocol.Expired:   func(d *desk, id string) { d.expire(id) },
}

var states = []protocol.Hold{protocol.HoldAbsent, protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased}

// next is the step of a create with a key, by the protocol, when it finds a
// reservation in that status and stock the hold in that state, and no result is
// saved: insert, adopt or go on with the next attempt.
func next(status protocol.Status, state protocol.Hold) string {
	_, grant := protocol.RequestHold(state)
	choice := protocol.Choose(false, false, status)
	switch {
	case choice != protocol.ChooseAsk:
		return map[protocol.Choice]string{protocol.ChooseAdopt: "adopt", protocol.ChooseNext: "next"}[choice]
	case grant == protocol.GrantSettled:
		return map[protocol.Recourse]string{
			protocol.RecourseAdopt: "adopt", protocol.RecourseNext: "next",
		}[protocol.Refused(false, false, status)]
	default:
		return map[protocol.Recording]string{
			protocol.RecordInsert: "insert", protocol.RecordAdopt: "adopt", protocol.RecordNext: "next",
		}[protocol.Granted(false, status)]
	}
}

// testCreateFollowsTheProtocol lets a request with a key find, under its
// id, a row in each status and a hold in each state.
func testCreateFollowsTheProtocol(t *testing.T) {
	for status, end := range statuses {
		for _, state := range states {
			t.Run(fmt.Sprintf("row %s, hold %s", status, state), func(t *testing.T) {
				d := openDesk(t)
				h := d.derived("k", 3)
				var row item
				if end != nil {
					d.repair(h)
					end(d, h.ReservationID)
					row = d.get(h.ReservationID)
				}
				d.stock.set(h, state)
				asked := len(d.stock.requests())
				if status.Live() { // an ended reservation prevents nothing
					other := strings.Replace(body(3), "c-1", "c-2", 1)
					httpapitest.WantProblem(t, d.do("POST", base, other, "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
				}
				w := d.do("POST", base, body(3), "Idempotency-Key", "k")
				r := httpapitest.Decode[item](t, w, 201)
				asked = len(d.stock.requests()) - asked
				switch step := next(status, state); step {
				case "adopt":
					if r != row || asked > 0 {
						t.Errorf("got %+v, stock was asked %d times", r, asked)
					}
				case "insert":
					if r.ID != h.ReservationID || r.Status != "pending" || asked != 1 {
						t.Errorf("got %+v, stock was asked %d times", r, asked)
					}
				case "next":
					if r.ID == h.ReservationID || r.Status != "pending" || d.stock.state(r.ID) != protocol.HoldHeld {
						t.Errorf("got %+v, stock was asked %d times", r, asked)
					}
				default:
					t.Errorf("unexpected step %q", step)
				}
				if w.Header().Get("Idempotency-Replayed") != "" || d.stock.state(h.ReservationID) != state && state != protocol.HoldAbsent {
					t.Errorf("headers %v, the hold is %s", w.Header(), d.stock.state(h.ReservationID))
				}
			})
		}
	}
}

func testFinishWithAKey(t *testing.T) {
	for _, verb := range []string{"confirm", "cancel"} {
		t.Run(verb, func(t *testing.T) {
			d := openDesk(t)
			r, other := d.reserve(3), d.reserve(4)
			d.stock.fail(stockwire.SettlementsPath, lostRequest)
			first := d.do("POST", base+"/"+r.ID+"/"+verb, "", "Idempotency-Key", "k")
			httpapitest.Decode[item](t, first, 200)
			d.pause()
			again := d.do("POST", base+"/"+r.ID+"/"+verb, "", "Idempotency-Key", "k")
			if again.Code != 200 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" ||
				again.Header().Get("ETag") != `"2"` {
				t.Errorf("again: %d %s %v", again.Code, again.Body, again.Header())
			}
			if state := d.stock.state(r.ID); state == protocol.HoldHeld {
				t.Error("the repetition did not tell stock, which the first request could not reach")
			}
			httpapitest.WantProblem(t, d.do("POST", base+"/"+other.ID+"/"+verb, "", "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
			httpapitest.WantProblem(t, d.do("POST", base, body(1), "Idempotency-Key", "k"), 422, problem.IdempotencyKeyReused)
			d.wantStatus(other.ID, "pending")
			if len(d.all("")) != 2 {
				t.Errorf("reservations %+v", d.all(""))
			}
		})
	}
}
