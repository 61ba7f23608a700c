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

	"inventory.example/pkg/problem"
)

// TestKillUnderLoad kills the process while clients write, several times on the
// same data: what was answered is there afterwards, and all books agree.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	const rounds, clients = 3, 8
	dir := t.TempDir()
	p := serve(t, dir)
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
		// A random moment, told by the progress of the load.
		stopAt := shop.answered.Load() + 100 + random.Int64N(400)
		eventually(t, "the load", func() error {
			if n := shop.answered.Load(); n < stopAt {
				return fmt.Errorf("%d requests answered", n)
			}
			return nil
		})
		p.kill()
		load.Wait()
		p = serve(t, dir)
		shop.sendAgain(t, p.client)
		b := p.balanced(t)
		shop.check(t, p.client, b)
		p.audit(t)
		t.Logf("round %d: %d answers in all, %d reservations, %d rows", round+1, shop.answered.Load(), len(b.reservations), len(b.rows))
		if t.Failed() {
			return
		}
	}
	if code := p.terminate(); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
}

// newRandom returns a source of randomness and tells its seed.
func newRandom(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// shop is the clients' side of a load: what they asked for, and what they were
// told.
type shop struct {
	products []string
	clients  []*customer
	full     bool         // 503 is a right answer
	closed   atomic.Bool  // the customers leave
	answered atomic.Int64 // requests
	refused  atomic.Int64 // of them, with 503
}

// customer is one client. Only its own goroutine touches it while it works.
type customer struct {
	shop   *shop
	random *rand.Rand

	told       map[string]string    // reservation id → the status that was answered last
	open       []string             // pending, as far as the customer knows
	changes    map[rowVersion]int64 // versions of rows that were answered, and what they changed
	refused    *request             // with 503, to be sent again
	unanswered []request            // sent, and no answer came
	wrong      []string             // answers that must not be
}

// request is a POST, which may be sent again when it has a key.
type request struct {
	path, key string
	body      any
}

// open lets new customers in, who know what those before them were told.
func (s *shop) open(n int, random *rand.Rand) {
	for len(s.clients) < n {
		s.clients = append(s.clients, &customer{shop: s, told: map[string]string{}, changes: map[rowVersion]int64{}})
	}
	for _, c := range s.clients {
		c.random = rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		c.refused, c.unanswered = nil, nil
	}
}

// work lets every customer send requests until the system does not answer.
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

// act sends one request and reports whether it was answered.
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
		if r.key != "" { // otherwise it could happen twice
			c.unanswered = append(c.unanswered, r)
		}
		return false
	}
	c.shop.answered.Add(1)
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

// note keeps what an answer promises.
func (c *customer) note(r request, a answer) {
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
		c.told[body.ID] = body.Status
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

// sendAgain repeats the requests that were not answered, as a client should.
// Those without a key it cannot: what they left behind is the system's concern.
func (s *shop) sendAgain(t testing.TB, api *client) {
	t.Helper()
	for _, c := range s.clients {
		if c.refused != nil {
			c.unanswered = append(c.unanswered, *c.refused)
		}
		for _, r := range c.unanswered {
			a := api.do(t, http.MethodPost, r.path, r.body, once(r.key)...)
			c.note(r, a)
		}
	}
}

// check compares what the clients were told with what is there.
func (s *shop) check(t testing.TB, api *client, b *books) {
	t.Helper()
	for _, c := range s.clients {
		for _, wrong := range c.wrong {
			t.Error(wrong)
		}
		for id, told := range c.told {
			switch r := b.reservations[id]; {
			case r == nil:
				t.Errorf("reservation %s was answered as %s and is lost", id, told)
			case told != "pending" && r.status != told:
				t.Errorf("reservation %s was answered as %s and is %s", id, told, r.status)
			}
		}
		for version, change := range c.changes {
			if got, found := b.changes[version]; !found || got != change {
				t.Errorf("%v was answered to change %d units; it changed %d (there: %v)", version, change, got, found)
			}
		}
	}
}
