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

// unmatched and otherMethod keep the labels bounded, whatever callers send.
const (
	unmatched   = "unmatched"
	otherMethod = "other"
)

// BrokenOff stands for the status of an answer that broke off: whatever it began
// with, its reader did not get all of it.
const BrokenOff = 0

// brokenOff is its label.
const brokenOff = "broken_off"

// knownMethods are the methods that a route of this project may have.
var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true,
	http.MethodDelete: true, http.MethodOptions: true,
}

// answerKind is what the counters of answers are told apart by. Methods and
// routes are few, and so are the statuses, so its values are.
type answerKind struct {
	method, route string
	status        int
}

// answerSeries are the metrics that one answer adds to.
type answerSeries struct {
	total   prometheus.Counter
	seconds prometheus.Observer
}

// httpMetrics finds the metrics of an answer without a lock: the map is
// replaced, never changed, when a kind of answer is seen for the first time.
type httpMetrics struct {
	total   *prometheus.CounterVec
	seconds *prometheus.HistogramVec

	known atomic.Pointer[map[answerKind]answerSeries]
	mu    sync.Mutex // held while known is replaced
}

// RegisterHTTP registers the metrics of an HTTP API and returns what is told of
// each answer, with the route's pattern ("" when none matched) and its status or
// BrokenOff. It is safe for concurrent use.
func RegisterHTTP(registerer prometheus.Registerer) (func(method, route string, status int, duration time.Duration), error) {
	m := &httpMetrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "inventory_http_requests_total", Help: "Requests that were answered.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "inventory_http_request_seconds", Help: "How long requests took, from their header to the end of the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
	}
	m.known.Store(&map[answerKind]answerSeries{})
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
	kind := answerKind{method, route, status}
	series, found := (*m.known.Load())[kind]
	if !found {
		series = m.add(kind)
	}
	series.total.Inc()
	series.seconds.Observe(duration.Seconds())
}

func (m *httpMetrics) add(kind answerKind) answerSeries {
	m.mu.Lock()
	defer m.mu.Unlock()
	status := strconv.Itoa(kind.status)
	if kind.status == BrokenOff {
		status = brokenOff
	}
	series := answerSeries{
		total:   m.total.WithLabelValues(kind.method, kind.route, status),
		seconds: m.seconds.WithLabelValues(kind.method, kind.route),
	}
	known := maps.Clone(*m.known.Load())
	known[kind] = series
	m.known.Store(&known)
	return series
}
