package stockclient_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/stockclient"
)

var errRefused = &net.OpError{Op: "dial", Err: errors.New("refused")}

// several is a client of several instances under test.
type several struct{ *asking }

func askSeveral(t *testing.T, hosts []string, test func(t *testing.T, a *several)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := &several{asking: &asking{t: t, stock: &stock{make(chan *request, 1000)}, log: &strings.Builder{}}}
		a.client = newClient(a.stock, hosts)
		defer a.client.Close()
		test(t, a)
	})
}

func newClient(transport http.RoundTripper, hosts []string) *stockclient.Client {
	var bases []string
	for _, host := range hosts {
		bases = append(bases, "http://"+host)
	}
	return stockclient.New(stockclient.Options{
		BaseURLs: bases, Transport: transport, ServiceKey: func() string { return "s" }, HoldTimeout: holdTimeout,
		SettleTimeout: settleTimeout, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler),
	})
}

// at returns the request that arrived, and its host.
func (a *several) at() (string, *request) {
	a.t.Helper()
	r := a.arrives()
	return r.host, r
}

// preferred is a transport that refuses every connection and notes the first host.
type preferred struct{ host string }

// RoundTrip implements http.RoundTripper.
func (p *preferred) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.host == "" {
		p.host = r.URL.Host
	}
	return nil, errRefused
}

// routes returns the instance to which the holds of each of n products go.
func routes(t *testing.T, n int, hosts ...string) []string {
	t.Helper()
	list := make([]string, n)
	for at := range list {
		p := &preferred{}
		client := newClient(p, hosts)
		r := draft("r-1")
		r.ProductID = fmt.Sprintf("p-%d", at)
		if _, err := client.Hold(t.Context(), r, nil); !errors.Is(err, reservation.ErrNothingDone) {
			t.Fatalf("hold at instances that refuse connections: %v", err)
		}
		client.Close()
		list[at] = p.host
	}
	return list
}

// Each product has one instance in any order of the list, and a new instance
// takes its share from all others and nothing else.
func TestClient_Routes(t *testing.T) {
	const products = 600
	three := routes(t, products, "a:1", "b:1", "c:1")
	if !slices.Equal(routes(t, products, "c:1", "a:1", "b:1"), three) {
		t.Error("another order of the list has other routes")
	}
	share := func(list []string, host string) int {
		n := 0
		for _, h := range list {
			if h == host {
				n++
			}
		}
		return n
	}
	for _, host := range []string{"a:1", "b:1", "c:1"} {
		if n := share(three, host); n < products/4 || n > products*5/12 {
			t.Errorf("%s has %d of %d products, want about a third", host, n, products)
		}
	}
	four, from := routes(t, products, "a:1", "b:1", "c:1", "d:1"), map[string]int{}
	for at := range four {
		if four[at] == three[at] {
			continue
		}
		if from[three[at]]++; four[at] != "d:1" {
			t.Errorf("p-%d went from %s to %s", at, three[at], four[at])
		}
	}
	if n := share(four, "d:1"); n < products/5 || n > products*3/10 || len(from) != 3 {
		t.Errorf("the new instance has %d of %d products, from %v; want about a quarter, from each", n, products, from)
	}
}

func TestClient_SeveralInstances(t *testing.T) {
	hosts := []string{"a:1", "b:1"}
	t.Run("a basket goes to the instance of its first product", func(t *testing.T) {
		askSeveral(t, hosts, func(t *testing.T, a *several) {
			for _, product := range []string{"p-1", "p-2", "p-3", "p-4", "p-5"} {
				want := routes(t, 6, hosts...)[product[2]-'0']
				asked := &reservation.Request{Lines: []reservation.RequestLine{
					{ProductID: product, StoreID: "MAD-001", Quantity: 1}, {ProductID: "p-0", StoreID: "MAD-001", Quantity: 1},
				}}
				done := a.request("r-1", asked)
				host, r := a.at()
				if host != want {
					t.Errorf("%s: went to %s, want %s", product, host, want)
				}
				r.grant()
				wantGranted(t, done, "r-1")
			}
		})
	})
	for name, c := range map[string]struct {
		end func(*request)
		// After an unknown outcome only a hold that is there is a response.
		unknown bool
	}{
		"refused connection": {func(r *request) { r.fail(errRefused) }, false},
		"broken connection":  {func(r *request) { r.fail(io.ErrUnexpectedEOF) }, true},
		"503":                {func(r *request) { r.reply(503, `{"code": "STORAGE_UNAVAILABLE", "status": 503}`) }, false},
		"cut response":       {func(r *request) { r.reply(200, `{"results": [{"outc`) }, true},
	} {
		t.Run("asks the next one after a "+name, func(t *testing.T) {
			askSeveral(t, hosts, func(t *testing.T, a *several) {
				done := a.hold(t.Context(), "r-1")
				first, r := a.at()
				c.end(r)
				second, r := a.at()
				if first == second || r.ids[0] != "r-1" {
					t.Fatalf("%s, then %s with %v", first, second, r.ids)
				}
				r.grant()
				wantGranted(t, done, "r-1")
			})
			askSeveral(t, hosts, func(t *testing.T, a *several) {
				done := a.hold(t.Context(), "r-1")
				_, r := a.at()
				c.end(r)
				_, r = a.at()
				r.reply(200, `{"results": [{"outcome": "insufficient", "requested": 1}]}`)
				if o := <-done; (o.err != nil) != c.unknown || errors.Is(o.err, reservation.ErrNothingDone) {
					t.Errorf("then refused: %+v, %v", o.answer, o.err)
				}
			})
			askSeveral(t, hosts, func(t *testing.T, a *several) {
				done := a.hold(t.Context(), "r-1")
				_, r := a.at()
				c.end(r)
				_, r = a.at()
				r.fail(errRefused)
				wantNothingDone(t, done, !c.unknown)
			})
		})
	}
	t.Run("avoids one that does not respond until it is healthy", testClientAvoidsAnInstance)
	t.Run("settles and reads at the next one", func(t *testing.T) {
		askSeveral(t, hosts, func(t *testing.T, a *several) {
			ended := draft("r-1")
			ended.Status = protocol.Confirmed
			done := make(chan error, 1)
			go func() { done <- a.client.Settle(t.Context(), []reservation.Reservation{ended}) }()
			_, r := a.at()
			r.fail(io.ErrUnexpectedEOF)
			_, r = a.at()
			r.reply(204, "")
			if err := <-done; err != nil || r.ids[0] != "r-1" {
				t.Errorf("settle %v: %v", r.ids, err)
			}
		})
		askSeveral(t, hosts, func(t *testing.T, a *several) {
			done := make(chan error, 1)
			go func() {
				_, err := a.client.Held(t.Context(), "")
				done <- err
			}()
			_, r := a.at()
			r.fail(errRefused)
			_, r = a.at()
			r.reply(200, `{"reservation_ids": []}`)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	})
}

func testClientAvoidsAnInstance(t *testing.T) {
	askSeveral(t, []string{"a:1", "b:1"}, func(t *testing.T, a *several) {
		states := func() (list []bool) {
			for _, i := range a.client.Instances() {
				list = append(list, i.Available)
			}
			return list
		}
		lost := a.hold(t.Context(), "r-1")
		first, _ := a.at()
		waiting := a.hold(t.Context(), "r-2") // for the same instance
		wantNothingDone(t, lost, false)       // it does not respond in time
		second, r := a.at()
		if second == first {
			t.Fatalf("both went to %s", first)
		}
		r.grant()
		wantGranted(t, waiting, "r-2")
		if want := []bool{first != "a:1", first != "b:1"}; !slices.Equal(states(), want) {
			t.Errorf("available: %v, want %v", states(), want)
		}
		for _, healthy := range []int{503, 200} {
			time.Sleep(pause)
			done := a.hold(t.Context(), "r-3") // it waits for no instance that failed
			got := map[string]*request{}
			for range 2 {
				host, r := a.at()
				got[host] = r
			}
			if got[first] == nil || got[second] == nil || got[first].path != "/health" || len(got[second].ids) != 1 {
				t.Fatalf("after the pause: %+v", got)
			}
			got[second].grant()
			wantGranted(t, done, "r-3")
			got[first].reply(healthy, "{}")
			synctest.Wait()
		}
		done := a.hold(t.Context(), "r-4")
		host, r := a.at()
		if host != first {
			t.Errorf("a healthy instance is still avoided")
		}
		r.grant()
		wantGranted(t, done, "r-4")
		if !slices.Equal(states(), []bool{true, true}) {
			t.Errorf("available: %v", states())
		}
	})
}
