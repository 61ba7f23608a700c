package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the observations of the writer; they cost the same whether or not
// they are registered.
type metrics struct {
	changes   prometheus.Histogram
	seconds   prometheus.Histogram
	tokenWait prometheus.Histogram
	failures  prometheus.Counter
	retries   prometheus.Counter
	unknown   *prometheus.CounterVec
	unnamed   *prometheus.CounterVec
	lease     *prometheus.GaugeVec
}

var secondsBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

func newMetrics() metrics {
	return metrics{
		changes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "inventory_db_commit_changes", Help: "Changes that shared one group commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024},
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "inventory_db_commit_seconds", Help: "How long the exchange took that writes a group and commits it.",
			Buckets: secondsBuckets,
		}),
		tokenWait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "inventory_db_token_wait_seconds", Help: "How long a group waited for the write token, with the way to the server.",
			Buckets: secondsBuckets,
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "inventory_db_commit_failures_total", Help: "Groups that failed; their callers got an error.",
		}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "inventory_db_commit_retries_total", Help: "Attempts to commit a group that failed and were repeated.",
		}),
		unknown: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "inventory_db_unknown_commits_total", Help: "Commits whose response was lost, by the outcome that was found.",
		}, []string{"outcome"}),
		unnamed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "inventory_db_unnamed_reads_total", Help: "Exchanges for records that a change had not named.",
		}, []string{"table"}),
		lease: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "inventory_db_lease_held", Help: "1 while this process has the lease of a role, 0 while it does not.",
		}, []string{"role"}),
	}
}

var (
	up = prometheus.NewDesc("inventory_db_up",
		"1 when a query of the database succeeded within a second, 0 when not.", nil, nil)
	queuedChanges = prometheus.NewDesc("inventory_db_queued_changes",
		"Changes that wait for the writer.", nil, nil)
)

// RegisterMetrics registers the observations of the writer, and whether the
// database responds.
func (db *DB) RegisterMetrics(registerer prometheus.Registerer) error {
	m := db.writer.metrics
	for _, c := range []prometheus.Collector{
		m.changes, m.seconds, m.tokenWait, m.failures, m.retries, m.unknown, m.unnamed, m.lease, state{db},
	} {
		if err := registerer.Register(c); err != nil {
			return fmt.Errorf("register the metrics of the database: %w", err)
		}
	}
	return nil
}

// responseLimit is how long the database may take to respond to a scrape.
const responseLimit = time.Second

// state collects the state of the database at the moment of a scrape.
type state struct{ db *DB }

// Describe implements prometheus.Collector.
func (s state) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- up
	descriptions <- queuedChanges
}

// Collect implements prometheus.Collector.
func (s state) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), responseLimit)
	defer cancel()
	value := 0.0
	if s.db.Ping(ctx) == nil {
		value = 1
	}
	metrics <- prometheus.MustNewConstMetric(up, prometheus.GaugeValue, value)
	metrics <- prometheus.MustNewConstMetric(queuedChanges, prometheus.GaugeValue, float64(s.db.writer.queue.Len()))
}
