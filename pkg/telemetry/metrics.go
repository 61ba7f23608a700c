package telemetry

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"inventory.example/pkg/events"
)

// NewRegistry returns the registry of a process, with the metrics of the Go
// runtime and of the process.
func NewRegistry() (*prometheus.Registry, error) {
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register the metrics of the process: %w", err)
		}
	}
	return registry, nil
}

// ServiceMetrics returns what the metrics of one service are registered with:
// it adds the label service, so that the services of one process can share its
// registry, and their metrics look the same as those of a service alone. It
// registers inventory_build_info.
func ServiceMetrics(registry prometheus.Registerer, service, version string) (prometheus.Registerer, error) {
	own := prometheus.WrapRegistererWith(prometheus.Labels{"service": service}, registry)
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "inventory_build_info", Help: "Always 1; the label tells the version of the build.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	if err := own.Register(build); err != nil {
		return nil, fmt.Errorf("register the metrics of %s: %w", service, err)
	}
	return own, nil
}

// RegisterConsumer registers the counters of a consumer group and returns the
// Observe of its subscription.
func RegisterConsumer(registerer prometheus.Registerer, group string) (func(events.Outcome), error) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "inventory_consumer_events_total", Help: "What became of the events that a consumer group was given.",
		ConstLabels: prometheus.Labels{"group": group},
	}, []string{"outcome"})
	if err := registerer.Register(total); err != nil {
		return nil, fmt.Errorf("register the metrics of consumer group %s: %w", group, err)
	}
	// All are there from the start, so that a rate of the first one is seen,
	// and no event pays for the look-up of labels.
	counters := map[events.Outcome]prometheus.Counter{}
	for _, o := range []events.Outcome{events.Handled, events.Retried, events.Redelivered, events.Buried} {
		counters[o] = total.WithLabelValues(string(o))
	}
	return func(o events.Outcome) {
		if c, known := counters[o]; known {
			c.Inc()
		}
	}, nil
}

// RegisterCount registers a counter of something that is counted elsewhere;
// value must never decrease and be safe for concurrent use.
func RegisterCount(registerer prometheus.Registerer, name, help string, value func() int64) error {
	c := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	if err := registerer.Register(c); err != nil {
		return fmt.Errorf("register %s: %w", name, err)
	}
	return nil
}

// maxScrapes bounds the scrapes that run side by side: anyone may ask.
const maxScrapes = 4

// MetricsHandler answers with the metrics in the format that the caller asks
// for. What cannot be gathered is left out.
func MetricsHandler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes,
	})
}
