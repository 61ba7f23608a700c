package telemetry

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// unmatched and otherMethod keep the labels bounded, for any request.
const (
	unmatched   = "unmatched"
	otherMethod = "other"
)

// BrokenOff replaces the status of a response that broke off: its reader got
// only a part of the response, with any status.
const BrokenOff = 0

// brokenOff is its label.
const brokenOff = "broken_off"

// knownMethods are the methods that a route of this project may have.
var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true,
	http.MethodDelete: true, http.MethodOptions: true,
}

// responseKind is the labels of the counters of responses. It has few values,
// because methods, routes and statuses are few.
type responseKind struct {
	method, route string
	status        int
}

// responseSeries are the metrics that one response adds to.
type responseSeries struct {
	total   prometheus.Counter
	seconds prometheus.Observer
}

// httpMetrics finds the metrics of a response without a lock: the map is
// replaced, never changed, when a kind of response is seen for the first time.
type httpMetrics struct {
	total   *prometheus.CounterVec
	seconds *prometheus.HistogramVec

	known atomic.Pointer[map[responseKind]responseSeries]
	mu    sync.Mutex // locked while known is replaced
}

// RegisterHTTP registers the metrics of an HTTP API and returns the function
// that counts a response, with the route's pattern ("" when none matched) and
// its status or BrokenOff. It is safe for concurrent use.
func RegisterHTTP(registerer prometheus.Registerer) (func(method, route string, status int, duration time.Duration), error) {
	m := &httpMetrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "inventory_http_requests_total", Help: "Finished requests.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "inventory_http_request_seconds", Help: "How long requests took, from their header to the end of the response.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
	}
	m.known.Store(&map[responseKind]responseSeries{})
	for _, c := range []prometheus.Collector{m.total, m.seconds} {
		if err := registerer.Register(c); err != nil {
			return nil, fmt.Errorf("register the metrics of HTTP: %w", err)
		}
	}
	return m.observe, nil
}

func (m *httpMetrics) observe(method, route string, status int, duration time.Duration) {
	if !knownMethods[method] {
		method = otherMethod
	}
	if route == "" {
		route = unmatched
	}
	kind := responseKind{method, route, status}
	series, found := (*m.known.Load())[kind]
	if !found {
		series = m.add(kind)
	}
	series.total.Inc()
	series.seconds.Observe(duration.Seconds())
}

func (m *httpMetrics) add(kind responseKind) responseSeries {
	m.mu.Lock()
	defer m.mu.Unlock()
	status := strconv.Itoa(kind.status)
	if kind.status == BrokenOff {
		status = brokenOff
	}
	series := responseSeries{
		total:   m.total.WithLabelValues(kind.method, kind.route, status),
		seconds: m.seconds.WithLabelValues(kind.method, kind.route),
	}
	known := maps.Clone(*m.known.Load())
	known[kind] = series
	m.known.Store(&known)
	return series
}
