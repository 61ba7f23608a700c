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
	taken     *prometheus.CounterVec
}

var secondsBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

func newMetrics() metrics {
	m := metrics{
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
		taken: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "inventory_db_leases_taken_total", Help: "How often this process has taken the lease of a role.",
		}, []string{"role"}),
	}
	// A rate misses the first of a series that begins with it.
	for _, outcome := range []string{outcomeCommitted, outcomeRolledBack, outcomeUnknown} {
		m.unknown.WithLabelValues(outcome)
	}
	m.unnamed.WithLabelValues(leases.Name)
	return m
}

// The outcomes of a commit whose response was lost.
const (
	outcomeCommitted  = "committed"
	outcomeRolledBack = "rolled_back"
	outcomeUnknown    = "unknown" // the server could not be asked
)

var (
	up = prometheus.NewDesc("inventory_db_up",
		"1 when a query of the database succeeded within a second, 0 when not.", nil, nil)
	queuedChanges = prometheus.NewDesc("inventory_db_queued_changes",
		"Changes that wait for the writer.", nil, nil)
	oldestSnapshot = prometheus.NewDesc("inventory_db_oldest_snapshot_transactions",
		"Transactions since the oldest snapshot that the server still keeps old versions for.", nil, nil)
	replicaLag = prometheus.NewDesc("inventory_db_replica_lag_bytes",
		"Bytes of the log that the slowest standby has not replayed; 0 without a standby.", nil, nil)
)

// Every role can see the oldest transaction that a session, a prepared transaction or
// a slot still needs.
const sqlOldestSnapshot = `SELECT COALESCE(MAX(age(xid)), 0)::float8 FROM (
	SELECT backend_xmin FROM pg_stat_activity WHERE pid <> pg_backend_pid()
	UNION ALL SELECT transaction FROM pg_prepared_xacts
	UNION ALL SELECT xmin FROM pg_replication_slots
) AS held (xid)`

// A role that may not see where a standby is (pg_monitor may) gets NULL.
const sqlReplicaLag = `SELECT CASE WHEN COUNT(*) = COUNT(state) THEN COALESCE(MAX(pg_current_wal_lsn() - replay_lsn), 0)::float8 END
FROM pg_stat_replication`

// RegisterMetrics registers the observations of the writer, and whether the
// database responds.
func (db *DB) RegisterMetrics(registerer prometheus.Registerer) error {
	m := db.writer.metrics
	for _, c := range []prometheus.Collector{
		m.changes, m.seconds, m.tokenWait, m.failures, m.retries, m.unknown, m.unnamed, m.lease, m.taken, state{db},
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
	descriptions <- oldestSnapshot
	descriptions <- replicaLag
}

// Collect implements prometheus.Collector.
func (s state) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), responseLimit)
	defer cancel()
	value := 0.0
	if s.db.Ping(ctx) == nil {
		value = 1
		s.collect(ctx, metrics, oldestSnapshot, sqlOldestSnapshot)
		s.collect(ctx, metrics, replicaLag, sqlReplicaLag)
	}
	metrics <- prometheus.MustNewConstMetric(up, prometheus.GaugeValue, value)
	metrics <- prometheus.MustNewConstMetric(queuedChanges, prometheus.GaugeValue, float64(s.db.writer.queue.Len()))
}

// collect sends the result of a query; without one there is no metric.
func (s state) collect(ctx context.Context, metrics chan<- prometheus.Metric, desc *prometheus.Desc, query string) {
	var value *float64
	if err := s.db.reader.QueryRow(ctx, query).Scan(&value); err == nil && value != nil {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, max(*value, 0))
	}
}
