package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/telemetry"
	"inventory.example/services/catalog"
	"inventory.example/services/notifier"
	"inventory.example/services/reservation"
	"inventory.example/services/stock"
)

// openFront opens the one process with these variables, without a port.
func openFront(t *testing.T, variables map[string]string) *front {
	t.Helper()
	variables["DATA_DIR"] = t.TempDir()
	environment(t, variables)
	for name, value := range variables {
		t.Setenv(name, value)
	}
	c, err := loadConfigs(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	loggers := map[string]*slog.Logger{}
	for _, name := range []string{"inventory", catalog.Name, stock.Name, reservation.Name, notifier.Name} {
		loggers[name] = slog.New(slog.DiscardHandler)
	}
	return frontOf(t, openAll(t, c, prometheus.NewRegistry(), loggers), c)
}

// openDevelopment opens all services in development mode, with the variables
// that the test has set.
func openDevelopment(t *testing.T) (*system, configs) {
	t.Helper()
	c, err := loadConfigs(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	loggers, err := newLoggers(c)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := telemetry.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return openAll(t, c, registry, loggers), c
}

// openAll opens all services until the test ends.
func openAll(t *testing.T, c configs, registry *prometheus.Registry, loggers map[string]*slog.Logger) *system {
	t.Helper()
	all, err := open(t.Context(), c, registry, loggers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := all.closeParts(); err != nil {
			t.Error(err)
		}
	})
	return all
}

// frontOf returns the handler of the one process, without a port.
func frontOf(t *testing.T, all *system, c configs) *front {
	t.Helper()
	f := &front{}
	if err := f.serve(all, c); err != nil {
		t.Fatal(err)
	}
	return f
}

const frontKey = "0123456789abcdef"

// testFrontOneLimitForAllServices: a key has one limit, whichever of the services
// a request goes to, and an address has two, for refusals and for public routes.
// Each request counts once.
func testFrontOneLimitForAllServices(t *testing.T) {
	const burst = 8
	routes := []string{"/api/v1/stock/low-stock", "/api/v1/reservations", "/api/v1/webhooks"}
	for name, test := range map[string]struct {
		key   string
		paths []string
	}{
		"key":             {frontKey, append([]string{"/api/v1/products", "/api/v1/system", "/nothing"}, routes...)},
		"address":         {"wrong", routes},
		"address, public": {"", []string{"/nothing", "/api/v1/products", "/api/v1/nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			// A front of its own: an address that is over its limit is refused with a
			// valid key too.
			f := openFront(t, map[string]string{
				"API_KEYS": frontKey + ":Shop", "RATE_LIMIT_PER_SECOND": "0.001", "RATE_LIMIT_BURST": strconv.Itoa(burst),
			})
			passed := 0
			for i := range 60 {
				r := httptest.NewRequest(http.MethodGet, test.paths[i%len(test.paths)], http.NoBody)
				if test.key != "" {
					r.Header.Set("X-API-Key", test.key)
				}
				w := httptest.NewRecorder()
				f.ServeHTTP(w, r)
				if w.Code != http.StatusTooManyRequests {
					passed++
				}
			}
			if passed != burst {
				t.Errorf("%d requests passed, want %d", passed, burst)
			}
		})
	}
}
