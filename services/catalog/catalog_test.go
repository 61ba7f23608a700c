package catalog_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/outbox/eventsapi/eventsapitest"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

const (
	testKeys = "k-admin:Admin,k-owner:Owner,k-read:Auditor:read,k-madrid:Store Madrid:MAD-001"
	admin    = "k-admin"

	serviceKey  = "0123456789abcdef"
	traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

const startText = "2026-08-01T12:00:00.000Z"

// shop is a catalog under test; every response is validated against the OpenAPI
// document.
type shop struct {
	t       testing.TB
	path    string
	clock   *clock.Fake
	broker  *eventstest.Recorder
	stock   *stock
	change  []func(*catalog.Config)
	service *catalog.Service
	handler http.Handler
}

func openShop(t testing.TB, change ...func(*catalog.Config)) *shop {
	t.Helper()
	s := &shop{
		t: t, path: filepath.Join(t.TempDir(), "data", "catalog.db"), clock: clock.NewFake(start), broker: &eventstest.Recorder{}, stock: &stock{}, change: change,
	}
	s.open()
	t.Cleanup(func() { s.shut() })
	return s
}

func (s *shop) open() {
	s.t.Helper()
	var err error
	s.service, err = catalog.Open(s.t.Context(), s.config(), s.deps())
	if err != nil {
		s.t.Fatal(err)
	}
	s.handler = httpapitest.Contract(s.t, s.service.Handler())
}

func (s *shop) config() catalog.Config {
	c := catalog.Config{SQLitePath: s.path, StockURL: "http://stock:8082", StockTimeout: time.Minute, Settings: process.Settings{
		APIKeys: testKeys, ServiceKey: serviceKey, InstanceID: "test-1", ShutdownTimeout: 10 * time.Second, Synchronous: "NORMAL",
	}}
	for _, f := range s.change {
		f(&c)
	}
	return c
}

func (s *shop) deps() catalog.Deps {
	return catalog.Deps{
		Publisher: s.broker, Stock: s.stock,
		Deps: backbone.Deps{
			Broker: "recorder", Clock: s.clock, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "1.2.3",
		},
	}
}

func (s *shop) shut() {
	s.t.Helper()
	if err := s.service.Close(); err != nil {
		s.t.Error(err)
	}
}

// run runs the service until the caller calls the returned function, which waits
// for its end.
func (s *shop) run() (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.service.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

// published waits until the service has published count events.
func (s *shop) published(count int) []events.Event {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute) // only reached by a failure
	defer cancel()
	list, err := s.broker.WaitFor(ctx, count)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// request sends a request; headers are name, value pairs.
func (s *shop) request(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return httpapitest.Call(s.handler, method, target, body, headers...)
}

// write is request with the key of the admin.
func (s *shop) write(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return s.request(method, target, body, append([]string{"X-API-Key", admin}, headers...)...)
}

type item struct {
	ID          string      `json:"id"`
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Price       json.Number `json:"price"`
	Version     int64       `json:"version"`
	CreatedAt   string      `json:"created_at"`
	UpdatedAt   string      `json:"updated_at"`
}

// mustCreate creates a product from a body.
func (s *shop) mustCreate(body string) item {
	s.t.Helper()
	return httpapitest.Decode[item](s.t, s.write("POST", "/api/v1/products", body), 201)
}

// wantInvalid expects a ValidationError with one message, about one field.
func wantInvalid(t testing.TB, w *httptest.ResponseRecorder, field, message string) {
	t.Helper()
	d := httpapitest.WantProblem(t, w, 400, problem.ValidationError)
	if len(d.Errors) != 1 || d.Errors[0].Field != field || d.Errors[0].Message != message {
		t.Errorf("errors %+v, want %s %s", d.Errors, field, message)
	}
}

// events returns the events that match a query such as "?aggregate_id=…".
func (s *shop) events(query string) []eventsapitest.Event {
	s.t.Helper()
	return httpapitest.Decode[eventsapitest.Page](s.t, s.write("GET", "/api/v1/events/catalog"+query, ""), 200).Events
}

// wantEvents expects these events of a product, each named by its type.
func (s *shop) wantEvents(id string, types ...events.Type) []eventsapitest.Event {
	s.t.Helper()
	list := s.events("?aggregate_id=" + id)
	if len(list) != len(types) {
		s.t.Fatalf("%d events of %s, want %d: %+v", len(list), id, len(types), list)
	}
	for i, e := range list {
		if e.Type != types[i] || e.AggregateType != "product" || e.AggregateID != id || e.Version != int64(i+1) {
			s.t.Errorf("event %d is %+v, want %s", i+1, e, types[i])
		}
	}
	return list
}
