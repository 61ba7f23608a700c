package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the writer's measurements, per group commit; they cost the same
// whether or not they are registered.
type metrics struct {
	changes  prometheus.Histogram
	seconds  prometheus.Histogram
	failures prometheus.Counter
	logHeld  prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		changes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "inventory_sqlite_commit_changes", Help: "Changes that shared one group commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024},
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "inventory_sqlite_commit_seconds", Help: "How long COMMIT took, with its fsync; the changes before it are not counted.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "inventory_sqlite_commit_failures_total", Help: "Group commits that failed; their callers got the error.",
		}),
		logHeld: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "inventory_sqlite_log_held_total", Help: "Attempts to empty the write-ahead log that failed because a reader still used it.",
		}),
	}
}

var (
	up = prometheus.NewDesc("inventory_sqlite_up",
		"1 when the database has responded to a query within a second, 0 when it has not.", nil, nil)
	queuedChanges = prometheus.NewDesc("inventory_sqlite_queued_changes",
		"Changes that wait for the writer.", nil, nil)
	fileBytes = prometheus.NewDesc("inventory_sqlite_file_bytes",
		"Size of the database: its file and its write-ahead log.", []string{"file"}, nil)
	volumeFree = prometheus.NewDesc("inventory_sqlite_volume_free_bytes",
		"Bytes that this process may still write to the volume of the database.", nil, nil)
	volumeSize = prometheus.NewDesc("inventory_sqlite_volume_size_bytes",
		"Size of the volume of the database.", nil, nil)
)

// RegisterMetrics registers the writer's measurements, whether the database
// responds, and how large its files and its volume are.
func (db *DB) RegisterMetrics(registerer prometheus.Registerer) error {
	m := db.writer.metrics
	for _, c := range []prometheus.Collector{m.changes, m.seconds, m.failures, m.logHeld, storage{db}} {
		if err := registerer.Register(c); err != nil {
			return fmt.Errorf("register the metrics of the database: %w", err)
		}
	}
	return nil
}

// responseLimit is how long the database may take to respond during a scrape.
const responseLimit = time.Second

// storage measures the database, its files and their volume at each scrape.
type storage struct{ db *DB }

// Describe implements prometheus.Collector.
func (s storage) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{up, queuedChanges, fileBytes, volumeFree, volumeSize} {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector. Values that the system does not
// provide are left out.
func (s storage) Collect(metrics chan<- prometheus.Metric) {
	path := s.db.options.Path
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), responseLimit)
	defer cancel()
	responding := 0.0
	if s.db.Ping(ctx) == nil {
		responding = 1
	}
	gauge(up, responding)
	gauge(queuedChanges, float64(s.db.writer.queue.Len()))
	for label, file := range map[string]string{"database": path, "wal": path + "-wal"} {
		if info, err := os.Stat(file); err == nil {
			gauge(fileBytes, float64(info.Size()), label)
		}
	}
	if free, size, err := volume(filepath.Dir(path)); err == nil {
		gauge(volumeFree, float64(free))
		gauge(volumeSize, float64(size))
	}
}
