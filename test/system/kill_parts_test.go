package system_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/problem"
)

// TestKillParts kills the process while clients sell, give back and return units of
// their reservations in parts. Each request has a key and is sent again after the
// restart, so the totals of each reservation are exactly those of the successful
// responses, and the hold has the same.
func TestKillParts(t *testing.T) {
	t.Parallel()
	const rounds, clients = 2, 6
	dir := t.TempDir()
	p := serve(t, dir)
	product := p.newStock(t, 100_000)
	random := newRandom(t)
	var responses atomic.Int64
	orders := make([]*partOrder, clients)
	for i := range orders {
		orders[i] = &partOrder{
			product: product, responses: &responses, random: rand.New(rand.NewPCG(random.Uint64(), random.Uint64())),
		}
	}
	for range rounds {
		var working sync.WaitGroup
		for _, o := range orders {
			working.Go(func() {
				for o.send(p.client) {
				}
			})
		}
		stopAt := responses.Load() + 100 + random.Int64N(200)
		eventually(t, "the load", func() error {
			if n := responses.Load(); n < stopAt {
				return fmt.Errorf("%d responses", n)
			}
			return nil
		})
		p.kill()
		working.Wait()
		p = serve(t, dir)
		for _, o := range orders {
			if !o.send(p.client) { // again
				t.Error("no response after the restart")
			}
		}
		p.balanced(t)
		for _, o := range orders {
			o.check(t, p.client)
		}
		p.audit(t)
		if t.Failed() {
			return
		}
	}
}

// partOrder is a client with one reservation after the other.
type partOrder struct {
	product   string
	random    *rand.Rand
	responses *atomic.Int64

	id      string
	want    reservedLine   // the totals by the responses
	ended   []reservedLine // of earlier reservations, with their ids as the product
	request *request       // without a response
	add     reservedLine   // the units of request
	wrong   []string
}

// send sends a request, or again the one that got no response, and reports whether
// there is a response.
func (o *partOrder) send(api *client) bool {
	if o.request == nil {
		o.choose()
	}
	a, err := api.send(http.MethodPost, o.request.path, o.request.body, once(o.request.key)...)
	if err != nil {
		return false
	}
	o.responses.Add(1)
	o.request = nil
	var body reservation
	switch code, _ := a.problem(); {
	case a.status/100 == 2 && json.Unmarshal(a.body, &body) == nil:
		o.id = body.ID
		o.want.Confirmed += o.add.Confirmed
		o.want.Released += o.add.Released
		o.want.Returned += o.add.Returned
	case a.status == http.StatusConflict && code == problem.InvalidState: // fewer units are left
	default:
		o.wrong = append(o.wrong, a.String())
	}
	if o.want.Confirmed+o.want.Released == o.want.Quantity && o.want.Returned == o.want.Confirmed {
		o.want.ProductID = o.id
		o.ended, o.id = append(o.ended, o.want), ""
	}
	return true
}

// choose makes the next request: the create of a reservation, or a part of its end.
func (o *partOrder) choose() {
	o.add = reservedLine{}
	if o.id == "" {
		const units = 8
		o.want = reservedLine{Quantity: units}
		o.request = &request{path: "/api/v1/reservations", key: unique("parts"), body: orderOf(o.product, units)}
		return
	}
	units := 1 + o.random.Int64N(3)
	body := partOf(o.product, units)
	verb := []string{"confirm", "cancel", "return"}[o.random.IntN(3)]
	switch verb {
	case "confirm":
		body["remainder"] = "keep"
		o.add.Confirmed = units
	case "cancel":
		o.add.Released = units
	default:
		o.add.Returned = units
		body["restock"] = o.random.IntN(2) == 0
	}
	o.request = &request{path: "/api/v1/reservations/" + o.id + "/" + verb, key: unique("parts"), body: body}
}

// check compares the reservations with the successful responses.
func (o *partOrder) check(t *testing.T, api *client) {
	t.Helper()
	for _, wrong := range o.wrong {
		t.Error(wrong)
	}
	all := o.ended
	if o.id != "" {
		now := o.want
		now.ProductID = o.id
		all = append(all[:len(all):len(all)], now)
	}
	for _, want := range all {
		var got reservation
		if err := json.Unmarshal(api.get(t, "/api/v1/reservations/"+want.ProductID).body, &got); err != nil || len(got.Lines) != 1 {
			t.Fatalf("got %+v, %v", got, err)
		}
		l := got.Lines[0]
		if l.Confirmed != want.Confirmed || l.Released != want.Released || l.Returned != want.Returned {
			t.Errorf("reservation %s has %+v, the responses say %+v", want.ProductID, l, want)
		}
	}
}
