package httpapi_test

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/lifecycle"
)

func TestServeMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "inventory_test_total", Help: "For this test."}))
	a := mustNew(t, httpapi.Options{Metrics: registry, MetricsElsewhere: true})
	if w := call(a, "GET", "/metrics", ""); w.Code != 404 {
		t.Errorf("the main port answers %d %s", w.Code, w.Body)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	logger := slog.New(slog.DiscardHandler)
	var group lifecycle.Group
	err = httpapi.ServeMetrics(t.Context(), &group, "127.0.0.1", port, registry, logger)
	if err == nil || !strings.Contains(err.Error(), "METRICS_PORT") {
		t.Errorf("a port that is taken: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := httpapi.ServeMetrics(t.Context(), &group, "127.0.0.1", port, registry, logger); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- group.Run(ctx, time.Minute) }()
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	if text, err := get(url + "/metrics"); err != nil || !strings.Contains(text, "\ninventory_test_total 0\n") {
		t.Errorf("metrics: %s, %v", text, err)
	}
	for _, path := range []string{"/", "/health", "/metrics/more", "/api/v1/products"} {
		if text, err := get(url + path); err != nil || text != "404 page not found\n" {
			t.Errorf("%s: %s, %v", path, text, err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeMetrics_without_a_port(t *testing.T) {
	var group lifecycle.Group
	if err := httpapi.ServeMetrics(t.Context(), &group, "", 0, prometheus.NewRegistry(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := group.Run(ctx, time.Minute); err != nil { // it has no part that could end unasked
		t.Error(err)
	}
}
