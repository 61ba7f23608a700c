package system_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/problem"
)

// basket is the body of POST /reservations with lines.
type basket struct {
	CustomerID string       `json:"customer_id"`
	OnShortage string       `json:"on_shortage,omitempty"`
	Sourcing   string       `json:"sourcing,omitempty"`
	TTLSeconds int64        `json:"ttl_seconds,omitempty"`
	Lines      []basketLine `json:"lines"`
}

type basketLine struct {
	ProductID string   `json:"product_id"`
	StoreID   string   `json:"store_id,omitempty"`
	Stores    []string `json:"stores,omitempty"`
	Quantity  int64    `json:"quantity"`
}

// shelf has products with the same units of each in two stores.
type shelf struct {
	products []string
	units    int64 // of each row
}

func (c *client) newShelf(t testing.TB, products int, units int64) shelf {
	t.Helper()
	s := shelf{units: units}
	for range products {
		product := c.newStock(t, units)
		c.addStock(t, product, barcelona, units)
		s.products = append(s.products, product)
	}
	return s
}

// basket returns one to three units of up to five products, in random order. Some
// lines leave the store to the service, and some baskets take a part.
func (s shelf) basket(random *rand.Rand) basket {
	b := basket{CustomerID: "customer", TTLSeconds: 600}
	if random.IntN(4) == 0 {
		b.OnShortage = "partial"
	}
	b.Sourcing = []string{"", "ranked", "single_store", "fewest_stores"}[random.IntN(4)]
	for _, i := range random.Perm(len(s.products))[:1+random.IntN(5)] {
		l := basketLine{ProductID: s.products[i], Quantity: 1 + random.Int64N(3)}
		switch random.IntN(4) {
		case 0:
			l.Stores = []string{madrid, barcelona}
		case 1:
			l.StoreID = barcelona
		default:
			l.StoreID = madrid
		}
		b.Lines = append(b.Lines, l)
	}
	return b
}

// units returns how many units the basket asks for.
func (b basket) units() (n int64) {
	for _, l := range b.Lines {
		n += l.Quantity
	}
	return n
}

// checkGrant returns an error unless the reservation has all units of the basket or,
// if that takes a part, some.
func (b basket) checkGrant(r reservation) error {
	var granted int64
	for _, l := range r.Lines {
		granted += l.Quantity
	}
	if granted == b.units() || b.OnShortage == "partial" && granted > 0 && granted < b.units() {
		return nil
	}
	return fmt.Errorf("%+v was granted %+v", b, r.Lines)
}

// wantsReserved fails the test unless each row has the units reserved that these
// reservations hold.
func (s shelf) wantsReserved(t testing.TB, c *client, all map[string]reservation) {
	t.Helper()
	held := map[rowKey]int64{}
	for _, r := range all {
		for _, l := range r.Lines {
			held[rowKey{l.ProductID, l.StoreID}] += l.Quantity
		}
	}
	for _, product := range s.products {
		for _, store := range []string{madrid, barcelona} {
			r := c.row(t, product, store)
			if r.Quantity != s.units || r.Reserved != held[rowKey{product, store}] {
				t.Errorf("%s in %s has %d units, %d reserved; want %d and %d", product, store, r.Quantity, r.Reserved, s.units, held[rowKey{product, store}])
			}
		}
	}
}

// TestOrders lets 200 clients reserve overlapping baskets in random order at the same
// time, which need more than there is: each basket is granted as a whole or, if its
// caller takes that, in part, and the rows have exactly the granted units.
func TestOrders(t *testing.T) {
	t.Parallel()
	const clients, products, units = 200, 8, 40
	p := serve(t, t.TempDir())
	s := p.newShelf(t, products, units)
	random := newRandom(t)
	baskets := make([]basket, clients)
	for i := range baskets {
		baskets[i] = s.basket(random)
	}

	responses := make([]apiResponse, clients)
	errs := make([]error, clients)
	begin := make(chan struct{})
	var done sync.WaitGroup
	for i := range clients {
		done.Go(func() {
			<-begin
			responses[i], errs[i] = p.send(http.MethodPost, "/api/v1/reservations", baskets[i], once(unique("basket"))...)
		})
	}
	close(begin)
	done.Wait()

	granted := map[string]reservation{}
	for i, a := range responses {
		switch {
		case errs[i] != nil:
			t.Error(errs[i])
		case a.status == http.StatusCreated:
			r := decode[reservation](t, a)
			granted[r.ID] = r
			if err := baskets[i].checkGrant(r); err != nil {
				t.Error(err)
			}
		default:
			a.wantsProblem(t, problem.InsufficientStock)
			refused := decode[struct {
				Lines []struct{ Line, Requested, Available int64 }
			}](t, a)
			for _, l := range refused.Lines {
				if l.Available >= l.Requested || l.Requested != baskets[i].Lines[l.Line].Quantity {
					t.Errorf("%+v is refused for %+v", baskets[i], l)
				}
			}
			if len(refused.Lines) == 0 {
				t.Errorf("%s names no line", a)
			}
		}
	}
	if len(granted) == 0 || len(granted) == clients {
		t.Errorf("%d of %d baskets were granted", len(granted), clients)
	}
	s.wantsReserved(t, p.client, granted)
	p.balanced(t)
	p.audit(t)
}

// TestOrders_kill kills the process while clients reserve baskets with keys, and lets
// them send again the requests that got no response: each is reserved exactly once.
func TestOrders_kill(t *testing.T) {
	t.Parallel()
	const rounds, clients, products, units = 3, 8, 6, 2000
	dir := t.TempDir()
	p := serve(t, dir)
	s := p.newShelf(t, products, units)
	random := newRandom(t)
	granted := map[string]reservation{}
	for range rounds {
		buyers := make([]*buyer, clients)
		var responses atomic.Int64
		var working sync.WaitGroup
		for i := range buyers {
			buyers[i] = &buyer{shelf: s, random: rand.New(rand.NewPCG(random.Uint64(), 0)), responses: &responses}
			working.Go(func() {
				for buyers[i].buy(p.client) {
				}
			})
		}
		stopAt := 50 + random.Int64N(200)
		eventually(t, "the load", func() error {
			if n := responses.Load(); n < stopAt {
				return fmt.Errorf("%d responses", n)
			}
			return nil
		})
		p.kill()
		working.Wait()
		p = serve(t, dir)
		for _, b := range buyers {
			b.sendAgain(t, p.client, granted)
		}
		books := p.balanced(t)
		s.wantsReserved(t, p.client, granted)
		pending := 0
		for id, r := range books.reservations {
			if r.status != "pending" {
				continue
			}
			if pending++; granted[id].ID == "" {
				t.Errorf("reservation %s was never acknowledged", id)
			}
		}
		if pending != len(granted) {
			t.Errorf("%d reservations, %d were acknowledged", pending, len(granted))
		}
		p.audit(t)
		if t.Failed() {
			return
		}
	}
}

// buyer is a client that reserves baskets. Only its own goroutine touches it while it
// works.
type buyer struct {
	shelf     shelf
	random    *rand.Rand
	responses *atomic.Int64

	acknowledged []reservation
	last         basket   // the request under way
	key          string   // of last
	wrong        []string // unexpected responses
}

// buy reserves one basket and reports whether it got a response.
func (b *buyer) buy(api *client) bool {
	b.last, b.key = b.shelf.basket(b.random), unique("basket")
	a, err := api.send(http.MethodPost, "/api/v1/reservations", b.last, once(b.key)...)
	if err != nil {
		return false
	}
	b.responses.Add(1)
	b.note(a)
	return true
}

func (b *buyer) note(a apiResponse) {
	if a.status != http.StatusCreated {
		if code, err := a.problem(); err != nil || code != problem.InsufficientStock {
			b.wrong = append(b.wrong, a.String())
		}
		return
	}
	var r reservation
	err := json.Unmarshal(a.body, &r)
	if err = errors.Join(err, b.last.checkGrant(r)); err != nil {
		b.wrong = append(b.wrong, err.Error())
		return
	}
	b.acknowledged = append(b.acknowledged, r)
}

// sendAgain repeats the request that got no response, twice, and adds all reservations
// of the buyer to granted.
func (b *buyer) sendAgain(t testing.TB, api *client, granted map[string]reservation) {
	t.Helper()
	for range 2 {
		b.note(api.do(t, http.MethodPost, "/api/v1/reservations", b.last, once(b.key)...))
	}
	for _, wrong := range b.wrong {
		t.Error(wrong)
	}
	for _, r := range b.acknowledged {
		granted[r.ID] = r
	}
}
