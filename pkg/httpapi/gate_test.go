package httpapi_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/httpapi/httpserver"
	"inventory.example/pkg/problem"
)

// limited returns an API with a rate of one request a second, three at once,
// for keys and for addresses.
func limited(t testing.TB, o httpapi.Options) *httpapi.API {
	t.Helper()
	o.Limits = httpapi.DefaultLimits()
	o.Limits.RateLimit, o.Limits.RateBurst = 1, 3
	a := mustNew(t, o)
	ok := func(c *gin.Context) error {
		c.Status(http.StatusNoContent)
		return nil
	}
	a.Handle("GET", "/public", httpapi.Public, ok)
	a.Handle("GET", "/reader", httpapi.Reader, ok)
	a.Handle("POST", "/writer", httpapi.Writer, ok)
	a.Handle("POST", "/unrestricted", httpapi.Unrestricted, ok)
	a.Handle("POST", "/internal", httpapi.Internal, ok)
	return a
}

// from sends a request from an address; headers are name, value pairs.
func from(a *httpapi.API, address, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, http.NoBody)
	r.RemoteAddr = address
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

// wantStatuses expects these statuses from requests one after another.
func wantStatuses(t testing.TB, send func() int, want ...int) {
	t.Helper()
	for i, status := range want {
		if got := send(); got != status {
			t.Fatalf("request %d: %d, want %v", i+1, got, want)
		}
	}
}

const visitor = "192.0.2.1:4000"

func TestGate_perKey(t *testing.T) {
	t.Run("over all services of a process", func(t *testing.T) {
		fake := clock.NewFake(start)
		gate := httpapi.NewGate(fake, nil)
		apis := []*httpapi.API{
			limited(t, httpapi.Options{Gate: gate, Clock: fake}), limited(t, httpapi.Options{Gate: gate, Clock: fake}),
		}
		next := 0
		wantStatuses(t, func() int {
			next++
			return sendRequest(apis[next%2], "GET", "/reader", "", "X-API-Key", "k-all").Code
		}, 204, 204, 204, 429, 429)
	})
	t.Run("over both keys of one name", func(t *testing.T) {
		a := limited(t, httpapi.Options{Clock: clock.NewFake(start), Keys: mustKeys(t, "k-old:Shop,k-new:Shop")})
		next := 0
		wantStatuses(t, func() int {
			next++
			return sendRequest(a, "GET", "/reader", "", "X-API-Key", []string{"k-old", "k-new"}[next%2]).Code
		}, 204, 204, 204, 429, 429)
	})
	for _, test := range []struct {
		name, method, path, key string
		status                  int
	}{
		{"refusals of a key that may only read", "POST", "/writer", "k-read", 403},
		{"refusals of a key of stores", "POST", "/unrestricted", "k-two", 403},
		{"public routes with a key", "GET", "/public", "k-all", 204},
		{"paths without a route", "GET", "/nothing", "k-all", 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := limited(t, httpapi.Options{Clock: clock.NewFake(start)})
			send := func() int { return sendRequest(a, test.method, test.path, "", "X-API-Key", test.key).Code }
			wantStatuses(t, send, test.status, test.status, test.status, 429)
			// They counted on the key, not on the address.
			wantStatuses(t, func() int { return sendRequest(a, "GET", "/reader", "", "X-API-Key", test.key).Code }, 429)
			if code := sendRequest(a, "GET", "/public", "").Code; code != 204 {
				t.Errorf("without the key: %d", code)
			}
		})
	}
}

func TestGate_perAddress(t *testing.T) {
	for _, test := range []struct {
		name, method, path string
		headers            []string
		status             int
	}{
		{"without a key", "GET", "/reader", nil, 401},
		{"with a wrong key", "GET", "/reader", []string{"X-API-Key", "k-wrong"}, 401},
		{"with a wrong service key", "POST", "/internal", []string{"X-Service-Key", "s-wrong"}, 401},
		{"public without a key", "GET", "/public", nil, 204},
		{"public with a wrong key", "GET", "/public", []string{"X-API-Key", "k-wrong"}, 204},
		{"no route", "GET", "/nothing", nil, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := clock.NewFake(start)
			a := limited(t, httpapi.Options{Clock: fake})
			send := func() int { return from(a, visitor, test.method, test.path, test.headers...).Code }
			wantStatuses(t, send, test.status, test.status, test.status, 429, 429)
			w := from(a, visitor, test.method, test.path, test.headers...)
			httpapitest.WantProblem(t, w, 429, problem.RateLimited)
			if w.Header().Get("Retry-After") != "1" {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
			if code := from(a, "192.0.2.2:4000", test.method, test.path, test.headers...).Code; code != test.status {
				t.Errorf("another address: %d", code)
			}
			if code := from(a, "192.0.2.1:5000", test.method, test.path, test.headers...).Code; code != 429 {
				t.Errorf("another port of the address: %d", code)
			}
			fake.Advance(2 * time.Second)
			wantStatuses(t, send, test.status, test.status, 429)
		})
	}
	t.Run("is checked before the key is looked up", func(t *testing.T) {
		a := limited(t, httpapi.Options{Clock: clock.NewFake(start)})
		wantStatuses(t, func() int { return from(a, visitor, "GET", "/reader", "X-API-Key", "k-wrong").Code }, 401, 401, 401, 429)
		if code := from(a, visitor, "GET", "/reader", "X-API-Key", "k-all").Code; code != 429 {
			t.Errorf("the refusal reveals that the key is valid: %d", code)
		}
		if code := from(a, "192.0.2.2:4000", "GET", "/reader", "X-API-Key", "k-all").Code; code != 204 {
			t.Errorf("the key from another address: %d", code)
		}
		if code := from(a, visitor, "POST", "/internal", "X-Service-Key", serviceKey).Code; code != 204 {
			t.Errorf("another service: %d", code)
		}
	})
	t.Run("public requests do not close the other routes", func(t *testing.T) {
		a := limited(t, httpapi.Options{Clock: clock.NewFake(start)})
		wantStatuses(t, func() int { return from(a, visitor, "GET", "/public").Code }, 204, 204, 204, 429)
		if code := from(a, visitor, "GET", "/reader", "X-API-Key", "k-all").Code; code != 204 {
			t.Errorf("with a key: %d", code)
		}
	})
	t.Run("counts the /64 of an IPv6 address", func(t *testing.T) {
		a := limited(t, httpapi.Options{Clock: clock.NewFake(start)})
		next := 0
		wantStatuses(t, func() int {
			next++
			return from(a, fmt.Sprintf("[2001:db8:0:1:%x::1]:4000", next), "GET", "/reader").Code
		}, 401, 401, 401, 429)
		if code := from(a, "[2001:db8:0:2::1]:4000", "GET", "/reader").Code; code != 401 {
			t.Errorf("another /64: %d", code)
		}
	})
	t.Run("leaves calls within the process alone", func(t *testing.T) {
		a := limited(t, httpapi.Options{Clock: clock.NewFake(start)})
		wantStatuses(t, func() int { return from(a, "", "GET", "/public").Code }, 204, 204, 204, 204, 204)
	})
	t.Run("leaves probes alone", func(t *testing.T) {
		a := limited(t, httpapi.Options{Clock: clock.NewFake(start)})
		for _, path := range []string{"/health", "/metrics", "/openapi.json", "/docs"} {
			wantStatuses(t, func() int { return from(a, visitor, "GET", path).Code }, 200, 200, 200, 200, 200)
		}
	})
	t.Run("bounds wrong keys where nothing is configured", func(t *testing.T) {
		a := mustNew(t, httpapi.Options{Clock: clock.NewFake(start)})
		a.Handle("GET", "/reader", httpapi.Reader, func(*gin.Context) error { return nil })
		for i := range 1000 {
			if code := from(a, visitor, "GET", "/reader", "X-API-Key", "k-wrong").Code; code != 401 {
				t.Fatalf("request %d: %d", i, code)
			}
		}
		wantStatuses(t, func() int { return from(a, visitor, "GET", "/reader", "X-API-Key", "k-wrong").Code }, 429)
	})
	t.Run("has a rate of its own", func(t *testing.T) {
		limits := httpapi.DefaultLimits()
		limits.AddressRateLimit, limits.AddressRateBurst = 1, 2
		a := mustNew(t, httpapi.Options{Limits: limits, Clock: clock.NewFake(start)})
		a.Handle("GET", "/reader", httpapi.Reader, func(*gin.Context) error { return nil })
		wantStatuses(t, func() int { return from(a, visitor, "GET", "/reader", "X-API-Key", "k-all").Code }, 200, 200, 200, 200)
		wantStatuses(t, func() int { return from(a, visitor, "GET", "/reader").Code }, 401, 401, 429)
	})
}

func TestGate_forgetsAddresses(t *testing.T) {
	fake := clock.NewFake(start)
	gate := httpapi.NewGate(fake, nil)
	a := limited(t, httpapi.Options{Gate: gate, Clock: fake})
	address := func(i int) string { return fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&0xff, i&0xff) }
	for i := range httpapi.MaxClients + 100 {
		if code := from(a, address(i), "GET", "/reader").Code; code != 401 {
			t.Fatalf("address %d: %d", i, code)
		}
	}
	if got := gate.Clients(); got != httpapi.MaxClients {
		t.Errorf("%d addresses are remembered, want %d", got, httpapi.MaxClients)
	}
	gate.Report(t.Context())
	if got := gate.Clients(); got != httpapi.MaxClients {
		t.Errorf("%d addresses are remembered before their tokens are back", got)
	}
	fake.Advance(time.Minute)
	gate.Report(t.Context())
	if got := gate.Clients(); got != 0 {
		t.Errorf("%d addresses are remembered after a minute", got)
	}
}

func TestGate_reports(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, nil))
	fake := clock.NewFake(start)
	gate := httpapi.NewGate(fake, logger)
	a := limited(t, httpapi.Options{Gate: gate, Clock: fake, Logger: logger})
	for range 500 {
		from(a, visitor, "GET", "/reader", "X-API-Key", "k-wrong")
		from(a, "192.0.2.9:1", "POST", "/writer", "X-API-Key", "k-read")
	}
	if out.Len() > 0 {
		t.Errorf("refusals are logged one by one: %s", out.String())
	}
	for i := range 30 {
		from(a, fmt.Sprintf("198.51.100.%d:1", i), "GET", "/nothing")
	}
	gate.Report(t.Context())
	log := out.String()
	if lines := strings.Count(log, "\n"); lines != 21 {
		t.Errorf("%d lines: %s", lines, log)
	}
	if !strings.Contains(log, "more_addresses=12 requests=12") {
		t.Errorf("the rest is not summed up: %s", log)
	}
	out.Reset()
	gate.Report(t.Context())
	if out.Len() > 0 {
		t.Errorf("refusals are reported twice: %s", out.String())
	}
	from(a, visitor, "GET", "/reader", "X-API-Key", "k-wrong")
	from(a, "192.0.2.9:1", "POST", "/writer", "X-API-Key", "k-read")
	fake.Advance(time.Minute)
	for range 2 {
		from(a, "192.0.2.9:1", "POST", "/writer", "X-API-Key", "k-read")
	}
	gate.Report(t.Context())
	for _, want := range []string{
		"level=WARN msg=\"requests refused\" address=192.0.2.9/32 unauthorized=0 forbidden=2 rate_limited=1 other=0 last_route=/writer last_caller=Auditor",
		"level=WARN msg=\"requests refused\" address=192.0.2.1/32 unauthorized=0 forbidden=0 rate_limited=1 other=0 last_route=/reader last_caller=\"\"",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("log lacks %s:\n%s", want, out.String())
		}
	}
}

func TestProxies_ClientAddress(t *testing.T) {
	for _, test := range []struct{ proxies, peer, forwarded, want string }{
		{"", "203.0.113.7:1", "192.0.2.1", "203.0.113.7"},
		{"private", "203.0.113.7:1", "192.0.2.1", "203.0.113.7"},
		{"10.0.0.0/8", "10.1.2.3:1", "192.0.2.1", "192.0.2.1"},
		{"10.0.0.0/8", "10.1.2.3:1", "", "10.1.2.3"},
		{"10.0.0.0/8", "10.1.2.3:1", "1.1.1.1, 192.0.2.1", "192.0.2.1"},
		{"10.0.0.0/8", "10.1.2.3:1", "1.1.1.1, 192.0.2.1 , 10.9.9.9", "192.0.2.1"},
		{"10.0.0.0/8", "10.1.2.3:1", "10.7.7.7,10.8.8.8", "10.7.7.7"},
		{"10.0.0.0/8", "10.1.2.3:1", "192.0.2.1, nonsense", "10.1.2.3"},
		{"10.0.0.0/8", "10.1.2.3:1", "192.0.2.1:443", "192.0.2.1"},
		{"10.1.2.3, fd00::/8", "[::ffff:10.1.2.3]:1", "[2001:db8::1]:443", "2001:db8::1"},
		{"private", "[::1]:1", "2001:db8::1", "2001:db8::1"},
		{"private", "127.0.0.1:1", "192.168.1.9", "192.168.1.9"},
	} {
		proxies, err := httpserver.ParseProxies(test.proxies)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", http.NoBody)
		r.RemoteAddr = test.peer
		for line := range strings.SplitSeq(test.forwarded, ", ") { // as several headers
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := proxies.ClientAddress(r).String(); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
		r.Header.Set("X-Forwarded-For", test.forwarded)
		if got := proxies.ClientAddress(r).String(); got != test.want {
			t.Errorf("%+v in one header: %s", test, got)
		}
	}
	for _, text := range []string{"proxy.example", "10.0.0.0/33", "10.0.0.1,", "fe80::1%eth0"} {
		if _, err := httpserver.ParseProxies(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestGate_clientsOfProxy(t *testing.T) {
	proxies, err := httpserver.ParseProxies("10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	a := limited(t, httpapi.Options{Clock: clock.NewFake(start), Proxies: proxies})
	wantStatuses(t, func() int { return from(a, "10.0.0.1:1", "GET", "/reader", "X-Forwarded-For", "192.0.2.1").Code }, 401, 401, 401, 429)
	wantStatuses(t, func() int { return from(a, "10.0.0.1:1", "GET", "/reader", "X-Forwarded-For", "192.0.2.2").Code }, 401)
	// No client escapes the limit by a header of its own.
	next := 0
	wantStatuses(t, func() int {
		next++
		return from(a, "192.0.2.3:1", "GET", "/reader", "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", next)).Code
	}, 401, 401, 401, 429)
}
