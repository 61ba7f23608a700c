package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"time"

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

// ServiceMetrics returns the registerer for the metrics of one service. It adds
// the label service, so that the services of one process can share its
// registry, and their metrics look the same as those of a service alone. It
// registers inventory_build_info.
func ServiceMetrics(registry prometheus.Registerer, service, version string) (prometheus.Registerer, error) {
	own := prometheus.WrapRegistererWith(prometheus.Labels{"service": service}, registry)
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "inventory_build_info", Help: "Always 1; the label is the version of the build.",
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
	return RegisterOutcomes(prometheus.WrapRegistererWith(prometheus.Labels{"group": group}, registerer),
		"inventory_consumer_events_total", "Events that a consumer group received, by outcome.",
		[]events.Outcome{events.Handled, events.Retried, events.Redelivered, events.Buried})
}

// RegisterOutcomes registers a counter with the label outcome and returns the
// function that counts an outcome. Outcomes that are not in the list are not
// counted. It is safe for concurrent use.
func RegisterOutcomes[T ~string](registerer prometheus.Registerer, name, help string, outcomes []T) (func(T), error) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"outcome"})
	if err := registerer.Register(total); err != nil {
		return nil, fmt.Errorf("register %s: %w", name, err)
	}
	// All are there from the start, so that a rate of the first one is seen,
	// and no call has to look up labels.
	counters := map[T]prometheus.Counter{}
	for _, o := range outcomes {
		counters[o] = total.WithLabelValues(string(o))
	}
	return func(o T) {
		if c, known := counters[o]; known {
			c.Inc()
		}
	}, nil
}

// RegisterCount registers a counter of something that is counted elsewhere;
// value must never decrease and must be safe for concurrent use.
func RegisterCount(registerer prometheus.Registerer, name, help string, value func() int64) error {
	c := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	if err := registerer.Register(c); err != nil {
		return fmt.Errorf("register %s: %w", name, err)
	}
	return nil
}

// gaugeLimit bounds the call for the value of one gauge.
const gaugeLimit = time.Second

// RegisterGauge registers a gauge whose value is read at each scrape. It is
// left out of a scrape when value fails. value is called concurrently.
func RegisterGauge(registerer prometheus.Registerer, name, help string, value func(ctx context.Context) (float64, error)) error {
	if err := registerer.Register(gauge{prometheus.NewDesc(name, help, nil, nil), value}); err != nil {
		return fmt.Errorf("register %s: %w", name, err)
	}
	return nil
}

type gauge struct {
	desc  *prometheus.Desc
	value func(ctx context.Context) (float64, error)
}

// Describe implements prometheus.Collector.
func (g gauge) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- g.desc }

// Collect implements prometheus.Collector.
func (g gauge) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugeLimit)
	defer cancel()
	if v, err := g.value(ctx); err == nil {
		metrics <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, v)
	}
}

// maxScrapes bounds the scrapes that run side by side: any client may request one.
const maxScrapes = 4

// MetricsHandler responds with the metrics in the format that the caller
// accepts. Metrics that cannot be gathered are left out.
func MetricsHandler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes,
	})
}
