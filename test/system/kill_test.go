package system_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/problem"
)

// TestKillUnderLoad kills the process while clients write, several times on the
// same data: every acknowledged write survives, and all books agree.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	killUnderLoad(t, 3)
}

// TestKillUnderLoad_postgres does the same with all services on PostgreSQL.
func TestKillUnderLoad_postgres(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		killUnderLoad(t, 1, "DATABASE_URL="+s.Database(t))
	})
}

func killUnderLoad(t *testing.T, rounds int, env ...string) {
	t.Helper()
	const clients = 8
	dir := t.TempDir()
	p := serve(t, dir, env...)
	shop := &shop{}
	for range 4 {
		product := p.newStock(t, 400)
		p.addStock(t, product, barcelona, 400)
		shop.products = append(shop.products, product)
	}
	random := newRandom(t)
	for round := range rounds {
		shop.open(clients, random)
		load := shop.work(p.client)
		// The kill comes at a random point of the load.
		stopAt := shop.responses.Load() + 100 + random.Int64N(400)
		eventually(t, "the load", func() error {
			if n := shop.responses.Load(); n < stopAt {
				return fmt.Errorf("%d responses", n)
			}
			return nil
		})
		p.kill()
		load.Wait()
		p = serve(t, dir, env...)
		shop.sendAgain(t, p.client)
		b := p.balanced(t)
		shop.check(t, p.client, b)
		p.audit(t)
		t.Logf("round %d: %d responses in all, %d reservations, %d rows", round+1, shop.responses.Load(), len(b.reservations), len(b.rows))
		if t.Failed() {
			return
		}
	}
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
}

// newRandom returns a source of randomness and logs its seed.
func newRandom(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// shop is the clients' side of a load: their requests, and the acknowledged writes.
type shop struct {
	products  []string
	clients   []*customer
	full      bool        // 503 is an expected response
	closed    atomic.Bool // the customers leave
	responses atomic.Int64
	refused   atomic.Int64 // of these, with 503
}

// customer is one client. Only its own goroutine touches it while it works.
type customer struct {
	shop   *shop
	random *rand.Rand

	acknowledged   map[string]string    // reservation id → the last acknowledged status
	open           []string             // pending, as far as the customer knows
	changes        map[rowVersion]int64 // acknowledged versions of rows, and their changes of the quantity
	refused        *request             // with 503, to be repeated
	unacknowledged []request            // sent, without a response
	wrong          []string             // unexpected responses
}

// request is a POST, which may be sent again when it has a key.
type request struct {
	path, key string
	body      any
}

// open prepares n customers for the next load. Earlier customers keep their record
// of acknowledged writes.
func (s *shop) open(n int, random *rand.Rand) {
	for len(s.clients) < n {
		s.clients = append(s.clients, &customer{shop: s, acknowledged: map[string]string{}, changes: map[rowVersion]int64{}})
	}
	for _, c := range s.clients {
		c.random = rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		c.refused, c.unacknowledged = nil, nil
	}
}

// work lets every customer send requests until a request gets no response.
func (s *shop) work(api *client) *sync.WaitGroup {
	var working sync.WaitGroup
	for _, c := range s.clients {
		working.Go(func() {
			for c.act(api) {
			}
		})
	}
	return &working
}

// act sends one request and reports whether it got a response.
func (c *customer) act(api *client) bool {
	var r request
	switch {
	case c.shop.closed.Load():
		return false
	case c.refused != nil:
		r = *c.refused
	default:
		r = c.choose()
	}
	a, err := api.send(http.MethodPost, r.path, r.body, once(r.key)...)
	if err != nil {
		if r.key != "" { // without a key the repetition could take effect twice
			c.unacknowledged = append(c.unacknowledged, r)
		}
		return false
	}
	c.shop.responses.Add(1)
	c.refused = nil
	c.note(r, a)
	return true
}

func (c *customer) choose() request {
	product := c.shop.products[c.random.IntN(len(c.shop.products))]
	from, to := madrid, barcelona
	if c.random.IntN(2) == 0 {
		from, to = to, from
	}
	key := ""
	if c.random.IntN(2) == 0 {
		key = unique("load")
	}
	switch n := c.random.IntN(10); {
	case n < 3 && len(c.open) > 0:
		i := c.random.IntN(len(c.open))
		id := c.open[i]
		c.open = append(c.open[:i], c.open[i+1:]...)
		return request{path: "/api/v1/reservations/" + id + "/" + []string{"confirm", "cancel"}[c.random.IntN(2)], key: key}
	case n == 3:
		return request{path: "/api/v1/stock/" + product + "/" + from + "/adjust", key: key, body: map[string]any{
			"adjustment": cmp.Or(c.random.Int64N(21)-10, 1),
		}}
	case n == 4:
		return request{path: "/api/v1/stock/transfer", key: key, body: map[string]any{
			"product_id": product, "from_store_id": from, "to_store_id": to, "quantity": 1 + c.random.Int64N(5),
		}}
	default:
		o := order{ProductID: product, StoreID: from, CustomerID: "customer", Quantity: 1 + c.random.Int64N(3), TTLSeconds: 600}
		if c.random.IntN(4) == 0 {
			o.TTLSeconds = 1
		}
		return request{path: "/api/v1/reservations", key: key, body: o}
	}
}

// note records the promise of a response.
func (c *customer) note(r request, a apiResponse) {
	if a.status/100 != 2 {
		code, err := a.problem()
		if c.shop.full && a.status == http.StatusServiceUnavailable {
			c.shop.refused.Add(1)
			if r.key != "" {
				c.refused = &r
			}
			return
		}
		expected := code == problem.InsufficientStock || code == problem.ReservationExpired
		if err != nil || !expected {
			c.wrong = append(c.wrong, a.String())
		}
		return
	}
	var body struct {
		reservation
		Version  int64
		From, To *stockRow
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		c.wrong = append(c.wrong, a.String()+": "+err.Error())
		return
	}
	switch {
	case body.Status != "":
		c.acknowledged[body.ID] = body.Status
		if body.Status == "pending" {
			c.open = append(c.open, body.ID)
		}
	case body.From != nil && body.To != nil:
		c.changes[rowVersion{rowKey{body.From.ProductID, body.From.StoreID}, body.From.Version}] = -body.Quantity
		c.changes[rowVersion{rowKey{body.To.ProductID, body.To.StoreID}, body.To.Version}] = body.Quantity
	default:
		adjustment := r.body.(map[string]any)["adjustment"].(int64)
		c.changes[rowVersion{rowKey{body.ProductID, body.StoreID}, body.Version}] = adjustment
	}
}

// sendAgain repeats the requests without a response, as a client should. It cannot
// repeat requests without a key: their outcome stays unknown.
func (s *shop) sendAgain(t testing.TB, api *client) {
	t.Helper()
	for _, c := range s.clients {
		if c.refused != nil {
			c.unacknowledged = append(c.unacknowledged, *c.refused)
		}
		for _, r := range c.unacknowledged {
			a := api.do(t, http.MethodPost, r.path, r.body, once(r.key)...)
			c.note(r, a)
		}
	}
}

// check compares the acknowledged writes with the books.
func (s *shop) check(t testing.TB, api *client, b *books) {
	t.Helper()
	for _, c := range s.clients {
		for _, wrong := range c.wrong {
			t.Error(wrong)
		}
		for id, status := range c.acknowledged {
			switch r := b.reservations[id]; {
			case r == nil:
				t.Errorf("reservation %s was acknowledged as %s and is lost", id, status)
			case status != "pending" && r.status != status:
				t.Errorf("reservation %s was acknowledged as %s and is %s", id, status, r.status)
			}
		}
		for version, change := range c.changes {
			if got, found := b.changes[version]; !found || got != change {
				t.Errorf("%v was acknowledged with a change of %d units; it changed %d (found: %v)", version, change, got, found)
			}
		}
	}
}
