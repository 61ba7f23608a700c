package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"inventory.example/pkg/sqlite"
)

// measured returns the metrics of a database by their names; a label of files
// is appended to its metric's name.
func measured(t *testing.T, registry *prometheus.Registry) map[string]*dto.Metric {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*dto.Metric{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			found[name] = m
		}
	}
	return found
}

func TestDB_RegisterMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlite.Options{Path: path})
	registry := prometheus.NewRegistry()
	if err := db.RegisterMetrics(registry); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, db, insert(1))
	for _, err := range together(t, db, insert(2), insert(3), insert(4)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	setFull(t, db, true)
	expectUnavailable(t, db.Write(t.Context(), insertLarge(5)))

	m := measured(t, registry)
	changes, seconds := m["inventory_sqlite_commit_changes"].GetHistogram(), m["inventory_sqlite_commit_seconds"].GetHistogram()
	if changes.GetSampleCount() < 2 || changes.GetSampleCount() != seconds.GetSampleCount() {
		t.Errorf("%d batches, %d commits", changes.GetSampleCount(), seconds.GetSampleCount())
	}
	if got := changes.GetSampleSum(); got < 5 { // four rows, and the change of the pragma
		t.Errorf("%v changes", got)
	}
	if seconds.GetSampleSum() <= 0 {
		t.Error("the commits took no time")
	}
	if got := m["inventory_sqlite_commit_failures_total"].GetCounter().GetValue(); got != 1 {
		t.Errorf("%v failures", got)
	}
	if got := m["inventory_sqlite_up"].GetGauge().GetValue(); got != 1 {
		t.Errorf("up is %v", got)
	}
	if got := m["inventory_sqlite_queued_changes"].GetGauge().GetValue(); got != 0 {
		t.Errorf("%v changes wait", got)
	}
	for label, file := range map[string]string{"database": path, "wal": path + "-wal"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := m["inventory_sqlite_file_bytes "+label].GetGauge().GetValue(); got != float64(info.Size()) {
			t.Errorf("%s has %v bytes, want %d", label, got, info.Size())
		}
	}
	free, size := m["inventory_sqlite_volume_free_bytes"].GetGauge().GetValue(), m["inventory_sqlite_volume_size_bytes"].GetGauge().GetValue()
	if free <= 0 || free > size {
		t.Errorf("%v of %v bytes are free", free, size)
	}
	if err := db.RegisterMetrics(registry); err == nil {
		t.Error("the metrics were registered twice")
	}
}

// TestDB_metricsWhileSilent: a scrape does not wait for the database, and has
// all other metrics.
func TestDB_metricsWhileSilent(t *testing.T) {
	db := open(t, sqlite.Options{Path: filepath.Join(t.TempDir(), "test.db"), ReadConns: 1})
	registry := prometheus.NewRegistry()
	if err := db.RegisterMetrics(registry); err != nil {
		t.Fatal(err)
	}
	hung, err := db.Reader().Conn(t.Context()) // as a query that never ends
	if err != nil {
		t.Fatal(err)
	}
	m := measured(t, registry)
	if up, found := m["inventory_sqlite_up"]; !found || up.GetGauge().GetValue() != 0 {
		t.Errorf("while the database does not respond, up is %v", up)
	}
	if m["inventory_sqlite_file_bytes database"].GetGauge().GetValue() <= 0 {
		t.Error("the size of the file is missing")
	}
	if err := hung.Close(); err != nil {
		t.Fatal(err)
	}
	if up := measured(t, registry)["inventory_sqlite_up"].GetGauge().GetValue(); up != 1 {
		t.Errorf("when it responds again, up is %v", up)
	}
}
