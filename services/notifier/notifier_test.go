package notifier_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/notifier"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

const (
	testKeys = "k-admin:Admin,k-read:Auditor:read,k-madrid:Store Madrid:MAD-001"
	admin    = "k-admin"
	// The alert rules that a new database has.
	ruleLowStock = "0199f3a0-0000-7000-8000-000000000001"
	ruleExpiries = "0199f3a0-0000-7000-8000-000000000002"
	// patience is how long a test waits for an event that must come; only a failure
	// takes so long.
	patience = time.Minute
)

// source is a subscriber whose events come from the test.
type source chan events.Handler

func (s source) Subscribe(ctx context.Context, sub events.Subscription) error {
	select {
	case s <- sub.Handler:
	case <-ctx.Done():
	}
	<-ctx.Done()
	return nil
}

func (s source) Close() error { return nil }

// fixture is a notifier under test; every response is checked against the OpenAPI
// document.
type fixture struct {
	t       testing.TB
	config  notifier.Config
	clock   *clock.Fake // nil in openNotifierAt
	time    clock.Clock
	source  source
	handle  events.Handler
	service *notifier.Service
	handler http.Handler
	stop    func()
}

func openNotifier(t testing.TB, change ...func(*notifier.Config)) *fixture {
	t.Helper()
	fake := clock.NewFake(time.Now().UTC().Truncate(time.Millisecond))
	d := openNotifierAt(t, fake, change...)
	d.clock = fake
	return d
}

// openNotifierAt is openNotifier with a clock that the test does not move.
func openNotifierAt(t testing.TB, c clock.Clock, change ...func(*notifier.Config)) *fixture {
	t.Helper()
	d := &fixture{
		t: t, time: c, source: make(source),
		config: notifier.Config{
			SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), WebhookTimeout: patience, WebhookAllowPrivate: true, WebhookPorts: "1-65535",
			StreamMaxReaders: 10, FeedRetention: 168 * time.Hour,
			Settings: process.Settings{APIKeys: testKeys, InstanceID: "test-1", ShutdownTimeout: 10 * time.Second, Synchronous: "NORMAL"},
		},
	}
	for _, f := range change {
		f(&d.config)
	}
	d.open()
	t.Cleanup(func() { d.close() })
	// Tests create the alert rules that they need.
	for _, id := range []string{ruleLowStock, ruleExpiries} {
		if w := d.send("DELETE", "/api/v1/alerts/rules/"+id, ""); w.Code != 204 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	return d
}

// open opens and runs the service.
func (d *fixture) open() {
	d.t.Helper()
	var err error
	d.service, err = notifier.Open(context.Background(), d.config, notifier.Deps{
		Subscriber: d.source,
		Deps: backbone.Deps{
			Broker: "test", Clock: d.time, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "1.2.3",
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.handler = httpapitest.Contract(d.t, d.service.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.service.Run(ctx) }()
	d.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			d.t.Error(err)
		}
	}
	d.handle = <-d.source
}

func (d *fixture) close() {
	d.t.Helper()
	d.stop()
	if err := d.service.Close(); err != nil {
		d.t.Error(err)
	}
}

// publish passes a stock.low event of a product in a store to the service.
func (d *fixture) publish(product, store string, version int64) events.Event {
	d.t.Helper()
	e, err := events.New(events.Meta{ID: process.NewID(), At: d.clock.Now(), Version: version},
		inventory.StockLow{ProductID: product, StoreID: store, Available: 1, ReorderPoint: 5})
	if err != nil {
		d.t.Fatal(err)
	}
	d.record(e)
	return e
}

func TestFeed_Counted(t *testing.T) {
	d := openNotifier(t)
	e := d.publish("p", "MAD-001", 1)
	d.publish("p", "MAD-001", 2)
	unknown := e
	unknown.ID, unknown.Type = process.NewID(), "stock.of.tomorrow"
	for _, again := range []events.Event{e, unknown} {
		if err := d.handle(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
	d.expectCount(`inventory_feed_events_total{event_type="stock.low",service="notifier"}`, 2)
	d.expectCount(`inventory_feed_events_total{event_type="stock.updated",service="notifier"}`, 0)
	d.expectCount(`inventory_feed_events_total{event_type="other",service="notifier"}`, 1)
}

// record passes an event to the service.
func (d *fixture) record(e events.Event) {
	if err := d.handle(context.Background(), e); err != nil {
		d.t.Error(err)
	}
}

// send sends a request with the key of the admin; headers are name, value pairs.
func (d *fixture) send(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return d.sendAs(admin, method, target, body, headers...)
}

// expectCount waits for the value of a series of /metrics.
func (d *fixture) expectCount(series string, want int) {
	d.t.Helper()
	line := fmt.Sprintf("\n%s %d\n", series, want)
	d.waitFor(series, func() bool {
		w := httptest.NewRecorder()
		d.service.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", http.NoBody))
		return strings.Contains(w.Body.String(), line)
	})
}

func (d *fixture) sendAs(key, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return httpapitest.Call(d.handler, method, target, body, append([]string{"X-API-Key", key}, headers...)...)
}

type hook struct {
	ID             string   `json:"id"`
	URL            string   `json:"url"`
	EventTypes     []string `json:"event_types"`
	Active         bool     `json:"active"`
	DisabledReason string   `json:"disabled_reason"`
	Secret         string   `json:"secret"`
	Version        int64    `json:"version"`
}

// subscribe creates a webhook from a body such as "store_ids":["MAD-001"].
func (d *fixture) subscribe(url, more string) hook {
	d.t.Helper()
	if more != "" {
		more = "," + more
	}
	return httpapitest.Decode[hook](d.t, d.send("POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q%s}`, url, more)), 201)
}

func (d *fixture) hook(id string) hook {
	d.t.Helper()
	return httpapitest.Decode[hook](d.t, d.send("GET", "/api/v1/webhooks/"+id, ""), 200)
}

// received is a request that an endpoint got.
type received struct {
	id   string
	body []byte
	head http.Header
}

// verify reports whether the library of the specification accepts the request.
func (r received) verify(t testing.TB, secret string) error {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return verifier.VerifyIgnoringTimestamp(r.body, r.head)
}

// endpoint is a real HTTP server that gets webhooks.
type endpoint struct {
	*httptest.Server

	t       testing.TB
	got     chan received
	mutex   sync.Mutex
	respond func(http.ResponseWriter, *http.Request)
}

func newEndpoint(t testing.TB) *endpoint {
	t.Helper()
	e := &endpoint{t: t, got: make(chan received, 10_000)}
	e.respondWith(func(http.ResponseWriter, *http.Request) {})
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mutex.Lock()
		respond := e.respond // a change after the test has seen the request is for the next one
		e.mutex.Unlock()
		e.got <- received{id: r.Header.Get("webhook-id"), body: body, head: r.Header.Clone()}
		respond(w, r)
	}))
	t.Cleanup(e.Server.Close)
	return e
}

func (e *endpoint) respondWith(f func(http.ResponseWriter, *http.Request)) {
	e.mutex.Lock()
	e.respond = f
	e.mutex.Unlock()
}

func (e *endpoint) respondStatus(code int) {
	e.respondWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// next waits for a request.
func (e *endpoint) next() received {
	e.t.Helper()
	select {
	case r := <-e.got:
		return r
	case <-time.After(patience):
		e.t.Fatal("the endpoint got no request")
		return received{}
	}
}

// advanceUntil waits for done and advances the clock by a step before each check but
// the first.
func (d *fixture) advanceUntil(step time.Duration, done func() bool) {
	d.t.Helper()
	first := true
	d.waitFor("the condition", func() bool {
		if !first {
			d.clock.Advance(step)
		}
		first = false
		return done()
	})
}

// advanceUntilRetried is advanceUntil for a condition that needs many attempts of a
// webhook. While an attempt is due, the clock hardly advances, so that the result does
// not depend on the duration of an attempt on this machine.
func (d *fixture) advanceUntilRetried(webhookID string, step time.Duration, done func() bool) {
	d.t.Helper()
	const hardly = time.Second // a webhook that fails rests for up to a minute too
	d.advanceUntil(0, func() bool {
		if done() {
			return true
		}
		now := events.FormatTime(d.clock.Now())
		if slices.ContainsFunc(d.deliveries(webhookID, "?state=pending").Data, func(o delivery) bool {
			return o.NextAt != "" && o.NextAt <= now
		}) {
			d.clock.Advance(hardly)
		} else {
			d.clock.Advance(step)
		}
		return false
	})
}

// waitFor checks done every millisecond until it returns true.
func (d *fixture) waitFor(condition string, done func() bool) {
	d.t.Helper()
	const pause = time.Millisecond
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for !done() {
		select {
		case <-late.C:
			d.t.Fatalf("%s: not within %s", condition, patience)
		case <-tick.C:
		}
	}
}
