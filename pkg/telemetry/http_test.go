package telemetry_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/telemetry"
)

func TestRegisterHTTP(t *testing.T) {
	registry := prometheus.NewRegistry()
	observe, err := telemetry.RegisterHTTP(registry)
	if err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 100 {
				observe("GET", "/api/v1/stock/:product_id/:store_id", 200, 3*time.Millisecond)
				observe("POST", "/api/v1/stock", 409, time.Minute)
			}
		})
	}
	callers.Wait()
	observe("GET", "", 404, time.Millisecond)
	observe("BREW", "", 404, time.Millisecond)
	observe("STEAL", "", 404, time.Millisecond)
	observe("GET", "/api/v1/products/*path", telemetry.BrokenOff, time.Millisecond)

	text := scrape(t, registry)
	for _, want := range []string{
		`inventory_http_requests_total{method="GET",route="/api/v1/stock/:product_id/:store_id",status="200"} 800`,
		`inventory_http_requests_total{method="POST",route="/api/v1/stock",status="409"} 800`,
		`inventory_http_requests_total{method="GET",route="unmatched",status="404"} 1`,
		`inventory_http_requests_total{method="other",route="unmatched",status="404"} 2`,
		`inventory_http_requests_total{method="GET",route="/api/v1/products/*path",status="broken_off"} 1`,
		`inventory_http_request_seconds_bucket{method="GET",route="/api/v1/stock/:product_id/:store_id",le="0.0025"} 0`,
		`inventory_http_request_seconds_bucket{method="GET",route="/api/v1/stock/:product_id/:store_id",le="0.005"} 800`,
		`inventory_http_request_seconds_count{method="POST",route="/api/v1/stock"} 800`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	if _, err := telemetry.RegisterHTTP(registry); err == nil {
		t.Error("the metrics were registered twice")
	}
}

// BenchmarkRegisterHTTP measures the cost of the metrics per response.
func BenchmarkRegisterHTTP(b *testing.B) {
	observe, err := telemetry.RegisterHTTP(prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			observe("POST", "/api/v1/reservations", 201, 3*time.Millisecond)
		}
	})
}
