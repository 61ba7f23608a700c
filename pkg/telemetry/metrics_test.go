package telemetry_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry"
)

func scrape(t *testing.T, g prometheus.Gatherer) string {
	t.Helper()
	w := httptest.NewRecorder()
	telemetry.MetricsHandler(g).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("got %d %s", w.Code, w.Header())
	}
	return w.Body.String()
}

func TestServiceMetrics(t *testing.T) {
	registry, err := telemetry.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"catalog", "stock"} { // as in one process
		own, err := telemetry.ServiceMetrics(registry, name, "1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		if err := telemetry.RegisterCount(own, "inventory_test_total", "For this test.", func() int64 { return 7 }); err != nil {
			t.Fatal(err)
		}
		observe, err := telemetry.RegisterConsumer(own, name+"-group")
		if err != nil {
			t.Fatal(err)
		}
		observe(events.Buried)
		observe("of another kind")
	}
	text := scrape(t, registry)
	for _, want := range []string{
		`inventory_build_info{service="catalog",version="1.2.3"} 1`,
		`inventory_build_info{service="stock",version="1.2.3"} 1`,
		`inventory_test_total{service="stock"} 7`,
		`inventory_consumer_events_total{group="stock-group",outcome="buried",service="stock"} 1`,
		`inventory_consumer_events_total{group="catalog-group",outcome="handled",service="catalog"} 0`,
		`inventory_consumer_events_total{group="catalog-group",outcome="retried",service="catalog"} 0`,
		`inventory_consumer_events_total{group="catalog-group",outcome="redelivered",service="catalog"} 0`,
		"\ngo_goroutines ", "\nprocess_cpu_seconds_total ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, "another kind") {
		t.Error("an unknown outcome was counted")
	}
	if _, err := telemetry.ServiceMetrics(registry, "stock", "1.2.3"); err == nil {
		t.Error("a service was registered twice")
	}
}
