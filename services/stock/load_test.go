package stock_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
)

func TestService(t *testing.T) {
	t.Run("serves many clients", testServiceServesManyClients)
}

// testServiceServesManyClients lets clients send all kinds of requests at once, on
// few rows, while the service publishes and consumes. No request may fail; no change
// may be lost or counted twice; closing the shop checks the invariants.
func testServiceServesManyClients(t *testing.T) {
	const clients, steps = 50, 30
	s := openShop(t)
	for _, p := range []string{"p-1", "p-2", "p-3"} {
		for _, store := range []string{"MAD-001", "BCN-001"} {
			s.stocked(p, store, 200)
		}
	}
	stop := s.run()
	handle := (<-s.groups.Joined).Handler
	var moved atomic.Int64 // units that came in, less those that went out
	var wait sync.WaitGroup
	for n := range clients {
		wait.Go(func() {
			c := &client{shop: s, handle: handle, name: fmt.Sprintf("c-%d", n), random: rand.New(rand.NewPCG(7, uint64(n))), moved: &moved}
			for range steps {
				c.step(t)
			}
		})
	}
	wait.Wait()
	var total, stored int64
	for _, store := range []string{"MAD-001", "BCN-001", "VLC-001"} {
		for _, r := range s.page("/api/v1/stock/store/" + store + "?limit=100").Items {
			total += r.Quantity
		}
	}
	if want := 6*200 + moved.Load(); total != want {
		t.Errorf("%d units are left, want %d", total, want)
	}
	if err := s.tables.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM events").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	published, err := s.broker.WaitFor(t.Context(), int(stored))
	if err != nil || len(published) != int(stored) {
		t.Errorf("%d of %d events were published: %v", len(published), stored, err)
	}
	stop()
	var pending int
	if err := s.tables.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM events WHERE synced_at IS NULL").Scan(&pending); err != nil || pending > 0 {
		t.Errorf("%d events are pending: %v", pending, err)
	}
}

// client is one of many.
type client struct {
	shop   *shop
	handle events.Handler
	name   string
	random *rand.Rand
	moved  *atomic.Int64
	holds  []stockwire.Hold // granted, not settled
	count  int
}

func (c *client) step(t *testing.T) {
	store := []string{"MAD-001", "BCN-001"}[c.random.IntN(2)]
	product := fmt.Sprintf("p-%d", 1+c.random.IntN(3))
	row := "/api/v1/stock/" + product + "/" + store
	n := 1 + c.random.Int64N(9)
	switch c.random.IntN(9) {
	case 0:
		c.try(t, c.shop.do("POST", row+"/adjust", fmt.Sprintf(`{"adjustment": %d}`, n)), n)
	case 1:
		key := fmt.Sprintf("%s-%d", c.name, c.count)
		for range 2 { // the second one is a repetition
			w := c.shop.do("POST", row+"/adjust", fmt.Sprintf(`{"adjustment": -%d}`, n), "Idempotency-Key", key)
			if w.Header().Get("Idempotency-Replayed") == "" {
				c.try(t, w, -n)
			}
		}
		c.count++
	case 2:
		c.try(t, c.shop.do("POST", "/api/v1/stock/transfer", transferBody(product, store, "VLC-001", n)), 0)
	case 3:
		w := c.shop.do("GET", row, "")
		r := httpapitest.Decode[item](t, w, 200)
		w = c.shop.do("PUT", row, fmt.Sprintf(`{"quantity": %d}`, r.Quantity+n), "If-Match", w.Header().Get("ETag"))
		c.try(t, w, n)
	case 4, 5:
		c.hold(t, product, store, n)
	case 6:
		c.settle(t)
	case 7:
		for _, path := range []string{"/api/v1/stock/product/" + product, "/api/v1/stock/store/" + store, "/api/v1/stock/low-stock"} {
			c.try(t, c.shop.do("GET", path, ""), 0)
		}
	case 8:
		e := productEvent(t, updated, product, "Name of "+c.name, 2+c.random.Int64N(50))
		if err := c.handle(t.Context(), e); err != nil {
			t.Error(err)
		}
		c.shop.clock.Advance(time.Millisecond)
	}
}

// try expects success, which moves n units, or one of the refusals that others
// may have caused.
func (c *client) try(t *testing.T, w *httptest.ResponseRecorder, n int64) {
	switch w.Code {
	case 200, 201:
		c.moved.Add(n)
	case 409, 412:
	default:
		t.Errorf("%s: answer %d %s", c.name, w.Code, w.Body)
	}
}

// hold asks for two holds at once and keeps the granted ones.
func (c *client) hold(t *testing.T, product, store string, n int64) {
	list := make([]stockwire.Hold, 2)
	for i := range list {
		list[i] = holdOf(fmt.Sprintf("%s-%d", c.name, c.count), product, store, n)
		c.count++
	}
	text, err := json.Marshal(stockwire.HoldsRequest{Holds: list})
	if err != nil {
		t.Error(err)
	}
	w := c.shop.request("POST", stockwire.HoldsPath, string(text), httpapi.ServiceKeyHeader, serviceKey)
	var got stockwire.HoldsAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || len(got.Results) != len(list) {
		t.Errorf("%s: holds: %d %s, %v", c.name, w.Code, w.Body, err)
		return
	}
	for i, r := range got.Results {
		if r.Outcome == stockwire.OutcomeGranted {
			c.holds = append(c.holds, list[i])
		}
	}
}

// settle ends all holds of the client, each by the call and by the event at
// the same time.
func (c *client) settle(t *testing.T) {
	for i, h := range c.holds {
		settlement, ended := "commit", events.Body(inventory.ReservationConfirmed{ReservationID: h.ReservationID})
		if i%2 == 1 {
			settlement, ended = "release", inventory.ReservationExpired{ReservationID: h.ReservationID}
		} else {
			c.moved.Add(-h.Lines[0].Quantity)
		}
		e := event(t, events.Meta{}, ended)
		var byEvent sync.WaitGroup
		byEvent.Go(func() {
			if err := c.handle(context.WithoutCancel(t.Context()), e); err != nil {
				t.Error(err)
			}
		})
		w := c.shop.request("POST", stockwire.SettlementsPath,
			fmt.Sprintf(`{"settlements": [{"reservation_id": %q, "settlement": %q, "reason": "expired"}]}`, h.ReservationID, settlement),
			httpapi.ServiceKeyHeader, serviceKey)
		if byEvent.Wait(); w.Code != 204 {
			t.Errorf("%s: settle: %d %s", c.name, w.Code, w.Body)
		}
	}
	c.holds = nil
}
