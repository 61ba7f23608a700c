package notifier_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/process"
	"inventory.example/pkg/process/backbone"
	"inventory.example/services/notifier"
)

// port is a notifier on a port of its own that passes requests on to three
// services, which are one server here.
type port struct {
	*httptest.Server

	far     *httptest.Server
	got     chan *http.Request // requests that reached the far side, with their bodies read
	metrics *prometheus.Registry
}

// openPort opens a port whose far side responds with respond.
func openPort(t *testing.T, respond http.HandlerFunc, change ...func(*notifier.Config, *notifier.Deps)) *port {
	t.Helper()
	p := &port{got: make(chan *http.Request, 100), metrics: prometheus.NewRegistry()}
	p.far = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		copied := r.Clone(context.WithoutCancel(r.Context()))
		copied.Body = io.NopCloser(strings.NewReader(string(body)))
		p.got <- copied
		respond(w, r)
	}))
	t.Cleanup(p.far.Close)
	transport := httpapi.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	config := notifier.Config{
		SQLitePath: filepath.Join(t.TempDir(), "notifier.db"), WebhookTimeout: time.Second, WebhookPorts: "1-65535", StreamMaxReaders: 1, FeedRetention: time.Hour,
		CatalogURL: p.far.URL, StockURL: p.far.URL, ReservationURL: p.far.URL,
		Settings: process.Settings{APIKeys: testKeys, InstanceID: "test-1", ShutdownTimeout: patience, Synchronous: "OFF", Limits: httpapi.DefaultLimits()},
	}
	deps := notifier.Deps{
		Subscriber: make(source), Catalog: transport, Stock: transport, Reservation: transport, PassOn: true,
		Deps: backbone.Deps{
			Broker: "test", Clock: clock.System{}, NewID: process.NewID, Logger: slog.New(slog.DiscardHandler), Version: "1.2.3", Metrics: p.metrics,
		},
	}
	for _, f := range change {
		f(&config, &deps)
	}
	service, err := notifier.Open(t.Context(), config, deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	p.Server = httptest.NewServer(service.Handler())
	t.Cleanup(p.Server.Close)
	return p
}

// send sends a request, with the key of the admin unless it names another;
// headers are name, value pairs, and Host is the host in the request.
func (p *port) send(t *testing.T, method, target, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Add(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	if _, named := r.Header["X-Api-Key"]; !named {
		r.Header.Set("X-API-Key", admin)
	}
	response, err := p.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// The service limits requests by the address of the client, not by the address of
// notifier or of the proxy before it.
func TestUpstream_ClientAddress(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {}, func(c *notifier.Config, _ *notifier.Deps) {
		c.TrustedProxies = "127.0.0.1"
	})
	p.send(t, "GET", "/api/v1/products", "", "X-Forwarded-For", "1.2.3.4, 192.0.2.1")
	if got := <-p.got; strings.Join(got.Header.Values("X-Forwarded-For"), "|") != "192.0.2.1" {
		t.Errorf("X-Forwarded-For %q", got.Header.Values("X-Forwarded-For"))
	}
}

func TestUpstream_Request(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {})
	p.send(t, "POST", "/api/v1/stock/a%2Fb/MAD-001/adjust?x=%zz&y=a+b;c", `{"a":1}`,
		"X-API-Key", admin, "If-Match", `"3"`, "Idempotency-Key", "once", "X-Request-Id", "r-1",
		"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"Host", "internal.example", "Forwarded", "for=1.2.3.4", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https",
		"X-Service-Key", "stolen", "Connection", "X-Hop, Upgrade", "X-Hop", "1", "Proxy-Authorization", "basic", "Upgrade", "websocket")
	got := <-p.got
	body, _ := io.ReadAll(got.Body)
	if got.Method != "POST" || got.RequestURI != "/api/v1/stock/a%2Fb/MAD-001/adjust?x=%zz&y=a+b;c" || string(body) != `{"a":1}` {
		t.Errorf("%s %s %s", got.Method, got.RequestURI, body)
	}
	if want := strings.TrimPrefix(p.far.URL, "http://"); got.Host != want {
		t.Errorf("Host %q, want %q", got.Host, want)
	}
	for name, want := range map[string]string{
		"X-API-Key": admin, "If-Match": `"3"`, "Idempotency-Key": "once", "X-Request-Id": "r-1",
		"Traceparent":     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "internal.example", "X-Forwarded-Proto": "http", "Content-Length": "7",
		"Forwarded": "", "X-Service-Key": "", "Connection": "", "X-Hop": "", "Proxy-Authorization": "", "Upgrade": "", "Accept-Encoding": "gzip",
	} {
		if name == "Content-Length" {
			if got.ContentLength != 7 || len(got.TransferEncoding) > 0 {
				t.Errorf("length %d, %v", got.ContentLength, got.TransferEncoding)
			}
			continue
		}
		if values := got.Header.Values(name); strings.Join(values, "|") != want {
			t.Errorf("%s: %q, want %q", name, values, want)
		}
	}
}

// The body of a request without a valid key is not read. The service itself checks
// the rights of the key, and which requests need none.
func TestUpstream_Key(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {})
	for _, key := range []string{"", "wrong"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			if response, text := p.send(t, method, "/api/v1/products", "{}", "X-API-Key", key); response.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s with the key %q: %d %s", method, key, response.StatusCode, text)
			}
		}
	}
	if n := len(p.got); n > 0 {
		t.Errorf("%d requests went on", n)
	}
	for _, method := range []string{"GET", "HEAD"} {
		if response, text := p.send(t, method, "/api/v1/products", "{}", "X-API-Key", ""); response.StatusCode != http.StatusOK {
			t.Errorf("%s without a key: %d %s", method, response.StatusCode, text)
			continue
		}
		if got := <-p.got; got.Method != method || got.ContentLength != 0 {
			t.Errorf("a %s went on as %s with a body of %d bytes", method, got.Method, got.ContentLength)
		}
	}
}

func TestUpstream_Response(t *testing.T) {
	p := openPort(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", `"7"`)
		h.Set("Idempotency-Replayed", "true")
		h.Set("Location", "/api/v1/products/1")
		h.Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		h.Set("Cache-Control", "private")
		h.Set("X-Hop", "1")
		h.Set("Connection", "X-Hop")
		h.Add("Vary", "a")
		h.Add("Vary", "b")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, "as it is")
	})
	response, text := p.send(t, "PUT", "/api/v1/products/1", "{}")
	if response.StatusCode != http.StatusConflict || text != "as it is" {
		t.Errorf("%d %q", response.StatusCode, text)
	}
	id := (<-p.got).Header.Get("X-Request-Id")
	for name, want := range map[string]string{
		"ETag": `"7"`, "Idempotency-Replayed": "true", "Location": "/api/v1/products/1", "X-Request-Id": id,
		"Cache-Control": "private", "X-Content-Type-Options": "nosniff", "Vary": "a|b", "X-Hop": "",
	} {
		if values := response.Header.Values(name); strings.Join(values, "|") != want {
			t.Errorf("%s: %q, want %q", name, values, want)
		}
	}
	if id == "" {
		t.Error("no request id")
	}
}

// Notifier passes on the paths in the documents of the other services, and no path
// that could be resolved to another one.
func TestUpstream_Paths(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {})
	passed := []string{
		"/api/v1/products", "/api/v1/products/", "/api/v1/products/sku/a%2F..b", "/api/v1/stock/low-stock", "/api/v1/reservations/stats",
		"/api/v1/events/catalog", "/api/v1/events/stock", "/api/v1/events/reservation",
	}
	for _, path := range passed {
		if response, text := p.send(t, "GET", path, ""); response.StatusCode != http.StatusOK || len(p.got) != 1 {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
		for len(p.got) > 0 {
			if r := <-p.got; r.RequestURI != path {
				t.Errorf("%s arrived as %s", path, r.RequestURI)
			}
		}
	}
	for _, path := range []string{
		"/internal/v1/holds", "/api/v1/internal/v1/holds", "/api/v1/productsx", "/api/v1/events/stock/x", "/api/v1/events/notifier",
		"/api/v1/products/../../../internal/v1/holds", "/api/v1/products/%2e%2e/%2E%2E/../internal/v1/holds",
		"/api/v1/stock/..%2f..%2finternal", "/api/v1/stock/.", "//api/v1/stock",
	} {
		response, text := p.send(t, "GET", path, "", "X-Service-Key", "x", "X-API-Key", admin)
		if response.StatusCode != http.StatusNotFound || !strings.Contains(text, `"NOT_FOUND"`) {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
	}
	for _, method := range []string{"TRACE", "ODD"} {
		response, _ := p.send(t, method, "/api/v1/products", "")
		if allow := response.Header.Get("Allow"); response.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(allow, "PATCH, POST, PUT") {
			t.Errorf("%s: %d, Allow %q", method, response.StatusCode, allow)
		}
	}
	if len(p.got) > 0 {
		t.Errorf("%s was passed on", (<-p.got).RequestURI)
	}
}

// Paths do not become labels.
func TestUpstream_Metrics(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {})
	for _, id := range []string{"a", "b", "c/d", "e?f=g"} {
		p.send(t, "GET", "/api/v1/products/"+id, "")
	}
	want := `# HELP inventory_http_requests_total Finished requests.
		# TYPE inventory_http_requests_total counter
		inventory_http_requests_total{method="GET",route="/api/v1/products/*path",service="notifier",status="200"} 4
	`
	if err := testutil.GatherAndCompare(p.metrics, strings.NewReader(want), "inventory_http_requests_total"); err != nil {
		t.Error(err)
	}
}

func TestUpstream_LongBody(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {}, func(c *notifier.Config, _ *notifier.Deps) { c.Limits.MaxBodyBytes = 10 })
	if response, text := p.send(t, "POST", "/api/v1/products", "0123456789"); response.StatusCode != http.StatusOK {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	<-p.got
	response, text := p.send(t, "POST", "/api/v1/products", "0123456789+")
	if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, "larger than 10 bytes") || len(p.got) > 0 {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

func TestUpstream_ServiceAway(t *testing.T) {
	release := make(chan struct{})
	p := openPort(t, func(http.ResponseWriter, *http.Request) { <-release },
		func(c *notifier.Config, _ *notifier.Deps) { c.Limits.RequestTimeout = 100 * time.Millisecond })
	wants := func(name string) {
		t.Helper()
		response, text := p.send(t, "POST", "/api/v1/stock/transfer", "{}")
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" ||
			response.Header.Get("Content-Type") != "application/problem+json" || response.Header.Get("X-Request-Id") == "" ||
			!strings.Contains(text, `"STORAGE_UNAVAILABLE"`) || !strings.Contains(text, "stock does not respond") || strings.Contains(text, "127.0.0.1") {
			t.Errorf("%s: %d %v %s", name, response.StatusCode, response.Header, text)
		}
	}
	wants("it is silent")
	close(release)
	p.far.Close()
	wants("no server listens")
}

// A client notices that a response breaks off, and the metrics count it apart.
func TestUpstream_BrokenOffResponse(t *testing.T) {
	p := openPort(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/api/v1/products", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := p.Client().Do(r)
	if err == nil {
		_, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	if err == nil {
		t.Error("no error")
	}
	p.Close() // the handler has returned then
	want := `# HELP inventory_http_requests_total Finished requests.
		# TYPE inventory_http_requests_total counter
		inventory_http_requests_total{method="GET",route="/api/v1/products",service="notifier",status="broken_off"} 1
	`
	if err := testutil.GatherAndCompare(p.metrics, strings.NewReader(want), "inventory_http_requests_total"); err != nil {
		t.Error(err)
	}
}

func TestUpstream_Off(t *testing.T) {
	p := openPort(t, func(http.ResponseWriter, *http.Request) {}, func(_ *notifier.Config, d *notifier.Deps) { d.PassOn = false })
	if response, _ := p.send(t, "GET", "/api/v1/products", ""); response.StatusCode != http.StatusNotFound || len(p.got) > 0 {
		t.Errorf("%d", response.StatusCode)
	}
}
