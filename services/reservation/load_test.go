package reservation_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
)

func TestService(t *testing.T) {
	t.Run("serves many clients", testServiceServesManyClients)
}

// testServiceServesManyClients lets clients send all kinds of requests at once while
// requests to stock are refused, lost, late or without a response. Afterwards, when
// every event was delivered, reservations and holds must match one to one, and each
// client must have exactly the reservations of its responses.
func testServiceServesManyClients(t *testing.T) {
	const clients, steps = 50, 20
	d := openDesk(t)
	d.stock.units["p-1 MAD-001"], d.stock.units["p-1 BCN-001"] = 1_000_000, 1_000_000
	random := rand.New(rand.NewPCG(11, 0))
	d.stock.chaos = func() fault { // called with stock's mutex locked
		faults := []fault{lostRequest, lostAnswer, refused, reset, responding(503, problemType, `{}`), answerLost(502, "text/html", "")}
		if n := random.IntN(30); n < len(faults) {
			return faults[n]
		}
		return nil
	}
	stop := d.run()
	handle := (<-d.groups.Joined).Handler
	told := &known{status: map[string]string{}}
	var wait sync.WaitGroup
	for n := range clients {
		wait.Go(func() {
			c := &client{desk: d, name: fmt.Sprintf("c-%d", n), random: rand.New(rand.NewPCG(7, uint64(n))), told: told, handle: handle}
			for range steps {
				c.step(t)
			}
		})
	}
	wait.Wait()
	d.stock.mu.Lock()
	d.stock.chaos = nil
	d.stock.mu.Unlock()
	d.pause()
	for _, h := range d.stock.all() { // the events that the broker would deliver
		if len(h.Lines) == 0 {
			continue // a tombstone was never held
		}
		if err := handle(t.Context(), d.reserved(h.Hold)); err != nil {
			t.Errorf("deliver stock.reserved: %v", err)
		}
	}
	d.settleByEvents()
	stop()
	d.wantOneToOne(told)
}

// testCreateSentManyTimesAtOnce must reserve once, even when the first responses are
// lost.
func testCreateSentManyTimesAtOnce(t *testing.T) {
	const senders = 20
	for name, faults := range map[string][]fault{
		"and served": nil, "and lost": {lostAnswer, lostRequest}, "and refused": {refused}, "and broken": {lostRequest, reset, lostAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			d.stock.fail(stockwire.HoldsPath, faults...)
			got := make([]item, senders)
			var wait sync.WaitGroup
			for n := range senders {
				wait.Go(func() {
					c := &client{desk: d, name: fmt.Sprintf("c-%d", n)}
					w := c.until(t, func() *httptest.ResponseRecorder { return c.do("POST", base, body(3), "Idempotency-Key", "k") })
					if err := json.Unmarshal(w.Body.Bytes(), &got[n]); err != nil || w.Code != 201 {
						t.Errorf("%d %s, %v", w.Code, w.Body, err)
					}
				})
			}
			wait.Wait()
			for _, r := range got {
				if r != got[0] {
					t.Errorf("one got %+v, another %+v", got[0], r)
				}
			}
			d.settleByEvents()
			if live := d.all("pending"); len(live) != 1 || live[0] != got[0] || d.stock.available() != 997 {
				t.Errorf("pending %+v, %d available", live, d.stock.available())
			}
		})
	}
}

// all returns every hold, with its state.
func (s *stock) all() (list []held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.holds {
		list = append(list, *h)
	}
	return list
}

// settleByEvents acts as stock's consumer.
func (d *desk) settleByEvents() {
	d.t.Helper()
	for after := int64(0); ; {
		page := d.events(fmt.Sprintf("&cursor=%d", after))
		if len(page) == 0 {
			return
		}
		for _, e := range page {
			after = e.Seq
			one := stockwire.Settlement{ReservationID: e.AggregateID, Settlement: string(protocol.Release)}
			switch e.Type {
			case inventory.TypeReservationCreated:
				continue
			case inventory.TypeReservationConfirmed:
				one.Settlement = string(protocol.Commit)
			}
			d.stock.mu.Lock()
			d.stock.settle(one)
			d.stock.mu.Unlock()
		}
	}
}

// wantOneToOne expects the invariants of an idle system.
func (d *desk) wantOneToOne(told *known) {
	d.t.Helper()
	states := map[string]protocol.Hold{}
	taken := int64(0)
	for _, h := range d.stock.all() {
		if states[h.ReservationID] = h.state; h.state == protocol.HoldHeld || h.state == protocol.HoldCommitted {
			taken += h.Lines[0].Quantity
		}
	}
	want := map[string]protocol.Hold{
		"pending": protocol.HoldHeld, "confirmed": protocol.HoldCommitted, "cancelled": protocol.HoldReleased, "expired": protocol.HoldReleased,
	}
	rows, live, ended := 0, 0, 0
	for _, store := range []string{"MAD-001", "BCN-001"} {
		for offset := 0; ; offset += 100 {
			page := httpapitest.Decode[list](d.t, d.do("GET", fmt.Sprintf("%s/product/p-1/store/%s?limit=100&offset=%d", base, store, offset), ""), 200)
			for _, r := range page.Reservations {
				rows++
				if states[r.ID] != want[r.Status] {
					d.t.Errorf("reservation %s is %s, its hold is %q", r.ID, r.Status, states[r.ID])
				}
				if known, was := told.status[r.ID]; was && known != r.Status {
					d.t.Errorf("reservation %s is %s, its client knows %s", r.ID, r.Status, known)
				} else if !was && r.Status != "cancelled" {
					d.t.Errorf("reservation %s is %s, no client knows of it", r.ID, r.Status)
				} else if was {
					ended++
				}
				if r.Status == "pending" || r.Status == "confirmed" {
					live++
				}
			}
			if page.Count < 100 {
				break
			}
		}
	}
	if rows != len(states) || ended != len(told.status) || rows == ended || live == 0 {
		d.t.Errorf("%d reservations and %d holds; clients know %d, of which %d are there", rows, len(states), len(told.status), ended)
	}
	if left := d.stock.units["p-1 MAD-001"] + d.stock.units["p-1 BCN-001"]; left+taken != 2_000_000 {
		d.t.Errorf("%d units are left, %d are taken", left, taken)
	}
}

// known are the responses of the clients about their reservations, by id.
type known struct {
	mu     sync.Mutex
	status map[string]string
}

func (l *known) note(id, status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status[id] = status
}

// client is one of many.
type client struct {
	*desk
	name   string
	random *rand.Rand
	told   *known
	handle events.Handler
	mine   []item // pending
	count  int
}

func (c *client) step(t *testing.T) {
	switch n := c.random.IntN(8); {
	case n < 4 || len(c.mine) == 0:
		c.create(t)
	case n < 6:
		c.finish(t)
	case n == 6:
		for _, path := range []string{base + "/" + c.mine[0].ID, base + "/stats", base + "/store/MAD-001/pending"} {
			if w := c.do("GET", path, ""); w.Code != 200 {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	default:
		h := lostHold() // an event of a recorded reservation, which may come at any time
		h.ReservationID = c.mine[0].ID
		if err := c.handle(t.Context(), c.reserved(h)); err != nil {
			t.Error(err)
		}
	}
}

// create sends a request with a key until it is served, and then once more.
func (c *client) create(t *testing.T) {
	c.count++
	key := fmt.Sprintf("%s-%d", c.name, c.count)
	text := body(1+c.random.Int64N(3), `, "ttl_minutes": 1440`)
	if c.random.IntN(2) == 0 {
		text = strings.Replace(text, "MAD", "BCN", 1)
	}
	w := c.until(t, func() *httptest.ResponseRecorder { return c.do("POST", base, text, "Idempotency-Key", key) })
	var r, again item
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 201 || r.Status != "pending" {
		t.Errorf("%s: create: %d %s, %v", c.name, w.Code, w.Body, err)
		return
	}
	c.told.note(r.ID, "pending")
	c.mine = append(c.mine, r)
	w = c.do("POST", base, text, "Idempotency-Key", key)
	if err := json.Unmarshal(w.Body.Bytes(), &again); err != nil || w.Code != 201 || again != r {
		t.Errorf("%s: create again: %d %s, %v", c.name, w.Code, w.Body, err)
	}
}

// until repeats a request while it gets 503; time passes in between.
func (c *client) until(t *testing.T, send func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	const patience = 200
	for range patience {
		w := send()
		if w.Code != 503 {
			return w
		}
		c.clock.Advance(time.Second)
	}
	t.Errorf("%s: 503 without end", c.name)
	return httptest.NewRecorder()
}

// finish ends a reservation, and fails to end it in the other way.
func (c *client) finish(t *testing.T) {
	r := c.mine[0]
	c.mine = c.mine[1:]
	verb, other, status := "confirm", "cancel", "confirmed"
	if c.random.IntN(2) == 0 {
		verb, other, status = "cancel", "confirm", "cancelled"
	}
	for range 2 {
		if w := c.do("POST", base+"/"+r.ID+"/"+verb, ""); w.Code != 200 {
			t.Errorf("%s: %s: %d %s", c.name, verb, w.Code, w.Body)
		}
	}
	c.told.note(r.ID, status)
	if w := c.do("POST", base+"/"+r.ID+"/"+other, ""); w.Code != 409 {
		t.Errorf("%s: %s after %s: %d %s", c.name, other, verb, w.Code, w.Body)
	}
}
