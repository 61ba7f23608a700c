package system_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/notifier"
)

// street is the services of a cluster on addresses of their own, and a notifier
// without a proxy in front of it.
type street struct {
	*cluster

	notifier *client
	houses   map[string]*httptest.Server // by the name of the service
	direct   *client                     // each path at the service's own address
}

func newStreet(t *testing.T) *street {
	t.Helper()
	s := &street{cluster: newCluster(t), houses: map[string]*httptest.Server{}}
	for _, n := range []*node{s.catalog, s.stock, s.reservation} {
		s.houses[n.name] = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if l := n.enter(); l != nil {
				defer l.calls.Done()
				l.service.Handler().ServeHTTP(w, r)
			}
		}))
		t.Cleanup(s.houses[n.name].Close)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	config := notifier.Config{
		SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), StreamMaxReaders: 10, WebhookTimeout: time.Second, WebhookPorts: "1-65535", FeedRetention: time.Hour,
		CatalogURL: s.houses["catalog"].URL, StockURL: s.houses["stock"].URL, ReservationURL: s.houses["reservation"].URL,
		Settings: process.Settings{
			APIKeys: apiKeys, InstanceID: "test", ShutdownTimeout: within, Synchronous: "FULL", Limits: httpapi.DefaultLimits(),
		},
	}
	service, err := notifier.Open(t.Context(), config, notifier.Deps{
		Subscriber: s.broker.Subscriber, Catalog: transport, Stock: transport, Reservation: transport, PassOn: true,
		Deps: backbone.Deps{
			Broker: s.broker.Name, Inspector: s.broker.Inspector, Clock: s.clock, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "test",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	server := httptest.NewServer(service.Handler())
	t.Cleanup(func() {
		server.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	s.notifier = &client{base: server.URL, key: keyAll, http: &http.Client{Transport: transport}}
	s.direct = &client{base: "http://direct", key: keyAll, http: &http.Client{Transport: s.toHouse(transport)}}
	return s
}

// toHouse sends each request to the service's own address.
func (s *street) toHouse(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		name := "stock"
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/api/v1/products"), path == "/api/v1/events/catalog":
			name = "catalog"
		case strings.HasPrefix(path, "/api/v1/reservations"), path == "/api/v1/events/reservation":
			name = "reservation"
		}
		home, err := url.Parse(s.houses[name].URL)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL.Host, r.Host = home.Host, home.Host
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNotifierPort(t *testing.T) {
	t.Run("usual case", testNotifierPortUsualCase)
	t.Run("changes nothing", testNotifierPortChangesNothing)
}

// testNotifierPortUsualCase sends the requests of the live page to notifier's own
// address.
func testNotifierPortUsualCase(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	page := s.notifier.get(t, "/").wants(t, http.StatusOK)
	if !strings.Contains(string(page.body), "<html") {
		t.Errorf("the page is %.100s", page.body)
	}
	product := s.notifier.newStock(t, 10)
	first := s.notifier.reserved(t, orderOf(product, 2), "order-1")
	again, err := s.notifier.reserve(orderOf(product, 2), "order-1")
	if err != nil || again.header.Get("Idempotency-Replayed") != "true" || decode[reservation](t, again).ID != first.ID {
		t.Errorf("%v, %v", again, err)
	}
	s.notifier.wantsRow(t, product, 10, 2)
	s.notifier.confirm(t, first.ID)
	s.notifier.rowBecomes(t, product, 8, 0)
	path := "/api/v1/stock/" + product + "/" + madrid
	tag := s.notifier.get(t, path).header.Get("ETag")
	change := map[string]any{"adjustment": 5, "reason": "found"}
	s.notifier.do(t, http.MethodPost, path+"/adjust", change, "If-Match", tag).wants(t, http.StatusOK)
	s.notifier.do(t, http.MethodPost, path+"/adjust", change, "If-Match", tag).wantsProblem(t, problem.VersionMismatch)

	s.passing(t, time.Second, "all services healthy, nothing pending, no lag", func() error {
		system := decode[struct {
			Services []struct {
				Service, Status, Database string
				PendingEvents             int `json:"pending_events"`
			}
			Groups []struct {
				Group string
				Lag   int
			}
		}](t, s.notifier.get(t, "/api/v1/system").wants(t, http.StatusOK))
		names := []string{}
		for _, one := range system.Services {
			if names = append(names, one.Service); one.Status != "healthy" || one.Database != "healthy" || one.PendingEvents != 0 {
				return fmt.Errorf("%+v", system)
			}
		}
		for _, group := range system.Groups {
			if group.Lag != 0 {
				return fmt.Errorf("%+v", system)
			}
		}
		if want := []string{"catalog", "stock", "reservation", "notifier"}; !slices.Equal(names, want) || len(system.Groups) < 3 {
			return fmt.Errorf("%+v", system)
		}
		return nil
	})

	s.houses["stock"].Close()
	away := s.notifier.get(t, path).wantsProblem(t, problem.StorageUnavailable)
	if away.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.notifier.get(t, "/api/v1/products/"+product).wants(t, http.StatusOK)
	s.passing(t, time.Second, "stock shown as unreachable", func() error {
		state := s.notifier.get(t, "/api/v1/system").wants(t, http.StatusOK)
		if !strings.Contains(string(state.body), `{"service":"stock","status":"unreachable"`) {
			return fmt.Errorf("%s", state)
		}
		return nil
	})
}

// testNotifierPortChangesNothing compares the responses of the services with the
// responses to the same requests through notifier.
func testNotifierPortChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	product := s.newStock(t, 10)
	s.do(t, http.MethodPost, "/api/v1/products", map[string]any{"sku": "a/b c%?", "name": "Odd", "price": 1}).wants(t, http.StatusCreated)
	id := s.reserved(t, orderOf(product, 1), "order-1").ID
	s.clock.Advance(time.Second)
	s.passing(t, 100*time.Millisecond, "the stamps of the events, which are compared", s.drained)
	for _, test := range []struct {
		method, path string
		body         string
		header       []string
	}{
		{"GET", "/api/v1/products?limit=1&q=Product", "", nil},
		{"GET", "/api/v1/products/sku/a%2Fb%20c%25%3F", "", nil},
		{"GET", "/api/v1/products/" + product, "", nil},
		{"GET", "/api/v1/products/none", "", nil},
		{"GET", "/api/v1/products?limit=x&limit=%zz&a;b", "", nil},
		{"GET", "/api/v1/stock/low-stock?threshold=100", "", nil},
		{"GET", "/api/v1/stock/" + product + "/" + madrid + "/movements", "", nil},
		{"GET", "/api/v1/stock/" + product + "/" + madrid, "", []string{"X-API-Key", "wrong"}},
		{"GET", "/api/v1/stock/product/" + product, "", []string{"X-API-Key", keyMadrid}},
		{"GET", "/api/v1/reservations/" + id, "", nil},
		{"GET", "/api/v1/reservations/store/" + madrid + "/pending", "", nil},
		{"GET", "/api/v1/events/catalog", "", nil},
		{"GET", "/api/v1/events/stock?event_type=stock.created", "", nil},
		{"GET", "/api/v1/events/reservation?limit=0", "", nil},
		{"DELETE", "/api/v1/reservations/" + id, "", nil},
		{"POST", "/api/v1/reservations", `{"typo":1}`, nil},
		{"POST", "/api/v1/reservations/" + id + "/confirm", "", []string{"X-API-Key", keyRead}},
		{"POST", "/api/v1/products", strings.Repeat("x", 1<<20+1), nil},
		{"PUT", "/api/v1/products/" + product, `{"sku":"x","name":"y","price":1}`, []string{"If-Match", `"9"`}},
	} {
		header := append([]string{"X-Request-Id", "the-same"}, test.header...)
		want := s.direct.do(t, test.method, test.path, []byte(test.body), header...)
		got := s.notifier.do(t, test.method, test.path, []byte(test.body), header...)
		want.header.Del("Date")
		got.header.Del("Date")
		if got.status != want.status || !bytes.Equal(got.body, want.body) || fmt.Sprint(got.header) != fmt.Sprint(want.header) {
			t.Errorf("got  %.300s %v\nwant %.300s %v", got, got.header, want, want.header)
		}
	}
}
