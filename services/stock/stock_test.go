package stock_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // reads the tables beside the service
	"go.uber.org/goleak"

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
	"inventory.example/services/stock"
	"inventory.example/services/stock/internal/ledger/ledgertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

const (
	testKeys   = "k-admin:Admin,k-owner:Owner,k-read:Auditor:read,k-madrid:Store Madrid:MAD-001,k-two:Both:MAD-001|BCN-001"
	admin      = "k-admin"
	serviceKey = "s-internal-0123456789"
	startText  = "2026-08-01T12:00:00.000Z"
)

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// shop is a stock service under test. Every public response is validated against the
// OpenAPI document, and at the end the tables are checked against the invariants.
type shop struct {
	t        testing.TB
	path     string
	clock    *clock.Fake
	patience time.Duration // with catalog
	stores   string        // STORES
	catalog  *catalog
	broker   *eventstest.Recorder
	groups   *eventstest.Fed
	log      *telemetrytest.Log
	service  *stock.Service
	handler  http.Handler
	tables   *sql.DB        // read-only
	handle   events.Handler // once apply was called
}

func openShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{
		t: t, path: filepath.Join(t.TempDir(), "data", "stock.db"), clock: clock.NewFake(start),
		patience: time.Minute, catalog: newCatalog(t), broker: &eventstest.Recorder{}, groups: eventstest.NewFed(), log: &telemetrytest.Log{},
	}
	s.open()
	var err error
	if s.tables, err = sql.Open("sqlite3", "file:"+s.path+"?mode=ro"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func (s *shop) open() {
	s.t.Helper()
	var err error
	if s.service, err = s.another(); err != nil {
		s.t.Fatal(err)
	}
	s.handler = httpapitest.Contract(s.t, s.service.Handler())
}

// another opens a service on the shop's database.
func (s *shop) another() (*stock.Service, error) { return openWith(s.t, s.config(), s.deps()) }

func openWith(t testing.TB, config stock.Config, deps stock.Deps) (*stock.Service, error) {
	return stock.Open(t.Context(), config, deps)
}

// reopen closes the service and opens it again, as after a restart.
func (s *shop) reopen() {
	s.t.Helper()
	if err := s.service.Close(); err != nil {
		s.t.Error(err)
	}
	s.open()
}

func (s *shop) config() stock.Config {
	return stock.Config{
		SQLitePath: s.path, CatalogURL: "http://catalog:8081", CatalogTimeout: s.patience, Stores: s.stores,
		Settings: process.Settings{
			APIKeys: testKeys, ServiceKey: serviceKey, InstanceID: "test-1", ShutdownTimeout: 10 * time.Second, Synchronous: "OFF",
			Limits: httpapi.DefaultLimits(),
		},
	}
}

func (s *shop) deps() stock.Deps {
	return stock.Deps{
		Publisher: s.broker, Subscriber: s.groups, Catalog: s.catalog,
		Deps: backbone.Deps{
			Broker: "recorder", Clock: s.clock, NewID: process.NewID, Logger: slog.New(slog.NewTextHandler(s.log, nil)), Version: "1.2.3",
		},
	}
}

func (s *shop) close() {
	for _, wrong := range ledgertest.New(s.tables, s.eventsAfter).Check(context.Background()) {
		s.t.Error(wrong)
	}
	if err := errors.Join(s.tables.Close(), s.service.Close()); err != nil {
		s.t.Error(err)
	}
}

// run runs the service until the returned function is called, which waits for
// its end.
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

// request sends a request; headers are name, value pairs.
func (s *shop) request(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return httpapitest.Call(s.handler, method, target, body, headers...)
}

// as is request with an API key.
func (s *shop) as(key, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return s.request(method, target, body, append([]string{"X-API-Key", key}, headers...)...)
}

// do is request with the key of the admin.
func (s *shop) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return s.as(admin, method, target, body, headers...)
}

// wantShort expects INSUFFICIENT_STOCK with its two numbers.
func wantShort(t testing.TB, w *httptest.ResponseRecorder, available, requested int64) {
	t.Helper()
	d := httpapitest.WantProblem(t, w, 409, problem.InsufficientStock)
	if d.Available == nil || d.Requested == nil || *d.Available != available || *d.Requested != requested {
		t.Errorf("answer %s, want %d available, %d requested", w.Body, available, requested)
	}
}

// item is a stock row as clients see it.
type item struct {
	ProductID    string `json:"product_id"`
	StoreID      string `json:"store_id"`
	Quantity     int64  `json:"quantity"`
	Reserved     int64  `json:"reserved"`
	Available    int64  `json:"available"`
	MinStock     int64  `json:"min_stock"`
	MaxStock     int64  `json:"max_stock"`
	ReorderPoint int64  `json:"reorder_point"`
	ReorderQty   int64  `json:"reorder_qty"`
	Version      int64  `json:"version"`
	UpdatedAt    string `json:"updated_at"`
	ProductName  string `json:"product_name"`
	ProductSKU   string `json:"product_sku"`
	Incoming     int64  `json:"incoming"`
	Unavailable  struct {
		Damaged        int64 `json:"damaged"`
		QualityControl int64 `json:"quality_control"`
		SafetyStock    int64 `json:"safety_stock"`
		Other          int64 `json:"other"`
	} `json:"unavailable"`
}

// stocked creates a row of a product that catalog then has; more are further
// members of the request, such as `, "reorder_point": 0`.
func (s *shop) stocked(productID, storeID string, quantity int64, more ...string) item {
	s.t.Helper()
	s.catalog.add(productID)
	w := s.do("POST", "/api/v1/stock", createBody(productID, storeID, quantity, more...))
	return httpapitest.Decode[item](s.t, w, 201)
}

func createBody(productID, storeID string, quantity int64, more ...string) string {
	text, err := json.Marshal(map[string]any{"product_id": productID, "store_id": storeID, "initial_quantity": quantity})
	if err != nil {
		panic(err)
	}
	return string(text[:len(text)-1]) + strings.Join(more, "") + "}"
}

// row reads a row.
func (s *shop) row(productID, storeID string) item {
	s.t.Helper()
	return httpapitest.Decode[item](s.t, s.do("GET", "/api/v1/stock/"+productID+"/"+storeID, ""), 200)
}

// wantRow expects the figures of a row.
func (s *shop) wantRow(productID, storeID string, quantity, reserved, version int64) {
	s.t.Helper()
	r := s.row(productID, storeID)
	if r.Quantity != quantity || r.Reserved != reserved || r.Available != quantity-reserved || r.Version != version {
		s.t.Errorf("row %+v, want quantity %d, reserved %d, version %d", r, quantity, reserved, version)
	}
}
