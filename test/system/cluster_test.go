package system_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/catalog"
	stockservice "inventory.example/services/stock"

	reservationservice "inventory.example/services/reservation"
)

// cluster is all services in the test's process, each with its own database and
// address, connected by the embedded broker. The clock moves only when the test
// advances it.
type cluster struct {
	stores  string // STORES of stock, from its next start on
	*client        // of all services at one base URL

	t           testing.TB
	clock       *clock.Fake
	broker      *broker.Broker
	outage      *outage
	seen        *recorder // every event, as a consumer group of its own gets it
	wire        *wire     // from reservation to stock
	catalog     *node
	stock       *node
	reservation *node
	log         *logText
}

// newCluster opens a cluster; each change adjusts the settings of all services.
func newCluster(t testing.TB, changes ...func(*process.Settings)) *cluster {
	t.Helper()
	c := &cluster{
		t: t, clock: clock.NewFake(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)), seen: &recorder{}, log: &logText{},
	}
	t.Cleanup(func() { c.log.check(t) })
	logger := slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	dir := t.TempDir()
	var err error
	c.broker, err = broker.Open(t.Context(), broker.Config{
		Name: broker.Embedded, SQLitePath: filepath.Join(dir, "broker.db"), Retention: 24 * time.Hour,
	}, c.clock, logger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.broker.Close(); err != nil {
			t.Error(err)
		}
	})
	c.outage = &outage{Publisher: c.broker.Publisher}
	common := process.Settings{
		APIKeys: apiKeys, ServiceKey: serviceKey, InstanceID: "test", LogLevel: "info", LogFormat: "text",
		ShutdownTimeout: within, Synchronous: "FULL", Limits: httpapi.DefaultLimits(),
	}
	for _, change := range changes {
		change(&common)
	}
	c.addNodes(dir, common, logger)
	c.client = &client{base: "http://inventory", key: keyAll, http: &http.Client{Transport: c}}
	c.record()
	for _, n := range []*node{c.catalog, c.stock, c.reservation} {
		n.start()
		t.Cleanup(n.stop)
	}
	return c
}

func (c *cluster) addNodes(dir string, common process.Settings, logger *slog.Logger) {
	at := func(name string, open func(file string, l line) (service, error)) *node {
		return &node{t: c.t, name: name, file: filepath.Join(dir, name+".db"), open: open}
	}
	ctx := context.Background()
	c.catalog = at(catalog.Name, func(file string, l line) (service, error) {
		config := catalog.Config{SQLitePath: file, StockURL: "http://stock", StockTimeout: 5 * time.Second, Settings: common}
		return catalog.Open(ctx, config, catalog.Deps{
			Publisher: linePublisher{c.outage, l}, Stock: lineTransport{c.stock, l},
			Deps: backbone.Deps{
				Broker: c.broker.Name, Clock: c.clock, NewID: process.NewID, Logger: logger.With("service", catalog.Name), Version: "test",
			},
		})
	})
	c.stock = at(stockservice.Name, func(file string, l line) (service, error) {
		config := stockservice.Config{
			SQLitePath: file, CatalogURL: "http://catalog", CatalogTimeout: 5 * time.Second, Stores: c.stores, Settings: common,
		}
		return stockservice.Open(ctx, config, stockservice.Deps{
			Publisher: linePublisher{c.outage, l}, Subscriber: lineSubscriber{c.broker.Subscriber, l}, Catalog: lineTransport{c.catalog, l},
			Deps: backbone.Deps{
				Broker: c.broker.Name, Clock: c.clock, NewID: process.NewID, Logger: logger.With("service", stockservice.Name), Version: "test",
			},
		})
	})
	c.wire = &wire{to: c.stock}
	c.reservation = at(reservationservice.Name, func(file string, l line) (service, error) {
		config := reservationservice.Config{
			SQLitePath: file, StockURLs: []string{"http://stock"}, HoldTimeout: within, SettleTimeout: 5 * time.Second, HoldWalkInterval: time.Minute,
			Settings: common,
		}
		return reservationservice.Open(ctx, config, reservationservice.Deps{
			Publisher: linePublisher{c.outage, l}, Subscriber: lineSubscriber{c.broker.Subscriber, l}, Stock: lineTransport{c.wire, l},
			Deps: backbone.Deps{
				Broker: c.broker.Name, Clock: c.clock, NewID: process.NewID, Logger: logger.With("service", reservationservice.Name), Version: "test",
			},
		})
	})
}

// record starts the recorder of every event.
func (c *cluster) record() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- c.broker.Subscriber.Subscribe(ctx, events.Subscription{Group: "recorder", Handler: c.seen.handle})
	}()
	c.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			c.t.Error(err)
		}
	})
}

// RoundTrip implements http.RoundTripper: it is the proxy in front of the
// services. Unlike a real one it also routes internal paths, for the method hold.
func (c *cluster) RoundTrip(request *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(request.URL.Path, "/api/v1/events")
	switch {
	case strings.HasPrefix(path, "/api/v1/products"), strings.HasPrefix(path, "/api/v1/stores"), strings.HasPrefix(path, "/catalog"):
		return c.catalog.RoundTrip(request)
	case strings.HasPrefix(path, "/api/v1/reservations"), strings.HasPrefix(path, "/reservation"):
		return c.reservation.RoundTrip(request)
	default:
		return c.stock.RoundTrip(request)
	}
}

// only returns a client of one service, for the paths that all of them have.
func (c *cluster) only(n *node) *client {
	return &client{base: "http://" + n.name, key: keyAll, http: &http.Client{Transport: n}}
}

// hold returns the state of a reservation's hold in stock, "" when stock does not
// know it.
func (c *cluster) hold(t testing.TB, id string) string {
	t.Helper()
	a := c.do(t, http.MethodGet, "/internal/v1/holds/"+id, nil, "X-Service-Key", serviceKey)
	if a.status == http.StatusNotFound {
		return ""
	}
	return decode[struct{ State string }](t, a.wants(t, http.StatusOK)).State
}

// passing advances the clock while a test waits: by a step before each attempt.
func (c *cluster) passing(t testing.TB, step time.Duration, what string, cond func() error) {
	t.Helper()
	eventually(t, what, func() error {
		c.clock.Advance(step)
		return cond()
	})
}

// logText collects the logs of the services.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logText) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// neverLogged are the signs of a bug, which no fault of a test may cause: the
// protocol contradicted itself, or an event could not be handled.
var neverLogged = []string{"contradicts the hold", "became a dead letter", "panic", "DATA RACE", "INTERNAL_ERROR"}

// check fails the test when the log has one of neverLogged, and shows the log of a
// failed test.
func (l *logText) check(t testing.TB) {
	text := l.String()
	for _, never := range neverLogged {
		if strings.Contains(text, never) {
			t.Errorf("the log has %q", never)
		}
	}
	if t.Failed() && text != "" {
		const shown = 8 << 10
		t.Logf("the end of the log:\n%s", text[max(0, len(text)-shown):])
	}
}
