package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the relay's counts, per batch; they cost the same whether or not
// they are registered.
type metrics struct {
	seconds   prometheus.Histogram
	published prometheus.Counter
	failures  prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "inventory_outbox_publish_seconds", Help: "How long the broker took for a batch of events, failed attempts included.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		published: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "inventory_outbox_published_events_total", Help: "Events that the broker has acknowledged.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "inventory_outbox_publish_failures_total", Help: "Batches of events that the broker did not acknowledge.",
		}),
	}
}

// RegisterMetrics registers the relay's metrics.
func (r *Relay) RegisterMetrics(registerer prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{r.metrics.seconds, r.metrics.published, r.metrics.failures, backlog{r}} {
		if err := registerer.Register(c); err != nil {
			return fmt.Errorf("register the metrics of the outbox: %w", err)
		}
	}
	return nil
}

var (
	pendingEvents = prometheus.NewDesc("inventory_outbox_pending_events",
		"Committed events that the broker has not acknowledged.", nil, nil)
	oldestPending = prometheus.NewDesc("inventory_outbox_oldest_pending_seconds",
		"Age of the oldest of the pending events; 0 when there is none.", nil, nil)
)

// backlog measures, at each scrape, the events that wait for the broker.
type backlog struct{ relay *Relay }

// Describe implements prometheus.Collector.
func (b backlog) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- pendingEvents
	descriptions <- oldestPending
}

// Collect implements prometheus.Collector. The age is left out when the
// database does not respond.
func (b backlog) Collect(metrics chan<- prometheus.Metric) {
	metrics <- prometheus.MustNewConstMetric(pendingEvents, prometheus.GaugeValue, float64(b.relay.Pending()))
	if age, err := b.relay.oldestPending(); err == nil {
		metrics <- prometheus.MustNewConstMetric(oldestPending, prometheus.GaugeValue, age.Seconds())
	}
}

// scrapeLimit bounds the query of one scrape.
const scrapeLimit = time.Second

// oldestPending begins after the cursor, because synced_at lags behind it.
func (r *Relay) oldestPending() (time.Duration, error) {
	if r.Pending() == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	backlog, err := r.store.Backlog(ctx, r.published.Load())
	if err != nil || backlog.Events == 0 {
		return 0, err
	}
	return max(0, r.clock.Now().Sub(backlog.Oldest)), nil
}
