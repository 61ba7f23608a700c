package reservation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/pkg/telemetry/telemetrytest"
	"inventory.example/services/reservation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

const (
	testKeys   = "k-admin:Admin,k-owner:Owner,k-read:Auditor:read,k-madrid:Store Madrid:MAD-001,k-two:Both:MAD-001|BCN-001"
	admin      = "k-admin"
	serviceKey = "s-internal-0123456789"
	startText  = "2026-08-01T12:00:00.000Z"
	base       = "/api/v1/reservations"
	// walkInterval differs from the times of all other timers.
	walkInterval = 47 * time.Second
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// desk is a reservation service under test. Every public response is validated against
// the OpenAPI document, and at the end the tables are checked against the invariants.
type desk struct {
	t        testing.TB
	path     string
	database string // address of a PostgreSQL database; empty: SQLite
	clock    *clock.Fake
	timers   chan time.Duration // of the timers that the service sets, once running was called
	patience time.Duration      // with stock
	stock    *stock
	broker   *eventstest.Recorder
	groups   *eventstest.Fed
	log      *telemetrytest.Log
	service  *reservation.Service
	handler  http.Handler
	handle   events.Handler // once deliver was called
}

func openDesk(t testing.TB) *desk {
	t.Helper()
	return openDeskOn(t, "")
}

// openDeskOn opens a desk on a PostgreSQL database, or on SQLite when the address is
// empty.
func openDeskOn(t testing.TB, database string) *desk {
	t.Helper()
	d := &desk{
		t: t, database: database, path: filepath.Join(t.TempDir(), "data", "reservation.db"), clock: clock.NewFake(start), patience: time.Minute,
		stock: newStock(t), broker: &eventstest.Recorder{}, groups: eventstest.NewFed(), log: &telemetrytest.Log{},
	}
	d.open()
	t.Cleanup(d.close)
	return d
}

func (d *desk) open() {
	d.t.Helper()
	var err error
	if d.service, err = d.another(); err != nil {
		d.t.Fatal(err)
	}
	d.handler = httpapitest.Contract(d.t, d.service.Handler())
}

// another opens a service on the desk's database.
func (d *desk) another() (*reservation.Service, error) { return open(d.t, d.config(), d.deps()) }

func open(t testing.TB, config reservation.Config, deps reservation.Deps) (*reservation.Service, error) {
	return reservation.Open(t.Context(), config, deps)
}

// reopen closes the service and opens it again, as after a restart.
func (d *desk) reopen() {
	d.t.Helper()
	if err := d.service.Close(); err != nil {
		d.t.Error(err)
	}
	d.open()
}

func (d *desk) config() reservation.Config {
	return reservation.Config{
		SQLitePath: d.path, StockURLs: []string{"http://stock:8082"}, HoldTimeout: d.patience, SettleTimeout: d.patience,
		HoldWalkInterval: walkInterval, MaxLife: 744 * time.Hour,
		Settings: process.Settings{
			APIKeys: testKeys, ServiceKey: serviceKey, InstanceID: "test-1", ShutdownTimeout: 10 * time.Second, Synchronous: "OFF",
			DatabaseURL: d.database, Limits: httpapi.DefaultLimits(),
		},
	}
}

func (d *desk) deps() reservation.Deps {
	return reservation.Deps{
		Publisher: d.broker, Subscriber: d.groups, Stock: d.stock,
		Deps: backbone.Deps{
			Broker: "recorder", Clock: d.clock, NewID: process.NewID, Logger: slog.New(slog.NewTextHandler(d.log, nil)), Version: "1.2.3",
		},
	}
}

// close checks the invariants of the database, and that stock agrees with it.
func (d *desk) close() {
	w := d.request("GET", audit.Path+"reservation", "", httpapi.ServiceKeyHeader, serviceKey)
	var report audit.Report
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil || len(report.Checks) == 0 {
		d.t.Errorf("audit: %d %s, %v", w.Code, w.Body, err)
	}
	for _, c := range report.Checks {
		if c.ViolationCount > 0 {
			d.t.Errorf("audit: %s: %v", c.Name, c.Violations)
		}
	}
	if err := d.service.Close(); err != nil {
		d.t.Error(err)
	}
}

// run runs the service until the returned function is called, which waits for
// its end.
func (d *desk) run() (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	service := d.service
	go func() { ended <- service.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Error(err)
		}
	}
}

// deliver handles an event as the broker would.
func (d *desk) deliver(e events.Event) error {
	d.t.Helper()
	if d.handle == nil {
		d.t.Cleanup(d.run())
		d.handle = (<-d.groups.Joined).Handler
	}
	return d.handle(context.WithoutCancel(d.t.Context()), e)
}

// request sends a request; headers are name, value pairs.
func (d *desk) request(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return httpapitest.Call(d.handler, method, target, body, headers...)
}

// as is call with an API key.
func (d *desk) as(key, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return d.request(method, target, body, append([]string{"X-API-Key", key}, headers...)...)
}

// do is call with the key of the admin.
func (d *desk) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return d.as(admin, method, target, body, headers...)
}

// wantUnavailable expects a 503 that says when to come back.
func wantUnavailable(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	if httpapitest.WantProblem(t, w, 503, problem.StockUnavailable); w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
}

// item is a reservation as clients see it.
type item struct {
	ID         string `json:"id"`
	ProductID  string `json:"product_id"`
	StoreID    string `json:"store_id"`
	CustomerID string `json:"customer_id"`
	Quantity   int64  `json:"quantity"`
	Status     string `json:"status"`
	Actor      string `json:"actor"`
	UpdatedBy  string `json:"updated_by"`
	ExpiresAt  string `json:"expires_at"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
}

// body asks for units of p-1 in MAD-001; more are further members, such as
// `, "ttl_seconds": 5`.
func body(quantity int64, more ...string) string {
	return fmt.Sprintf(`{"product_id": "p-1", "store_id": "MAD-001", "customer_id": "c-1", "quantity": %d%s}`,
		quantity, strings.Join(more, ""))
}

// reserve creates a reservation.
func (d *desk) reserve(quantity int64, more ...string) item {
	d.t.Helper()
	return httpapitest.Decode[item](d.t, d.do("POST", base, body(quantity, more...)), 201)
}

func (d *desk) get(id string) item {
	d.t.Helper()
	return httpapitest.Decode[item](d.t, d.do("GET", base+"/"+id, ""), 200)
}

func (d *desk) wantStatus(id, status string) {
	d.t.Helper()
	if r := d.get(id); r.Status != status {
		d.t.Errorf("reservation %+v, want %s", r, status)
	}
}

// list is a page of reservations.
type list struct {
	Status       *string `json:"status"`
	Reservations []item  `json:"reservations"`
	Count        int     `json:"count"`
	Total        int64   `json:"total"`
	Limit        int     `json:"limit"`
	Offset       int     `json:"offset"`
}

// all returns the reservations of p-1 in MAD-001 that have a status; "" for
// all.
func (d *desk) all(status string) []item {
	d.t.Helper()
	return httpapitest.Decode[list](d.t, d.do("GET", base+"/product/p-1/store/MAD-001?limit=100&status="+status, ""), 200).Reservations
}

// errTimeout is the error of a request without a response in time.
var errTimeout = errors.New("no answer in time")
