package observability_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/telemetry"
)

const (
	root       = "../.."
	prometheus = root + "/deploy/observability/prometheus"
	rulesFile  = prometheus + "/rules/inventory.yml"
)

// metric is the kind of a metric, and the labels that a query may use.
type metric struct {
	kind   string // counter, gauge or histogram
	labels []string
	words  []string // the words in backticks in its meaning, among them the values of its labels
}

// ofScrape are the labels that Prometheus itself adds to every series.
var ofScrape = []string{"job", "instance"}

// knownMetrics returns the existing metrics: those of docs/metrics.md, which
// cmd/inventory/metrics_test.go compares with a running system, those of the Go
// runtime and of the process, those of "inventory backup", and those of Prometheus
// itself.
func knownMetrics(t *testing.T) map[string]metric {
	t.Helper()
	known := map[string]metric{
		"up":     {kind: "gauge", labels: ofScrape},
		"ALERTS": {kind: "gauge", labels: append([]string{"alertname", "alertstate", "severity", "service", "group"}, ofScrape...)},
	}
	words := regexp.MustCompile("`([^`]+)`")
	for _, row := range regexp.MustCompile("(?m)^\\| `(inventory_[a-z_]+)` \\| (.*?) \\| (.*?) \\| (.*?) \\|$").FindAllStringSubmatch(read(t, "docs/metrics.md"), -1) {
		m := metric{kind: row[2], labels: slices.Clone(ofScrape)}
		for _, label := range words.FindAllStringSubmatch(row[3], -1) {
			m.labels = append(m.labels, label[1])
		}
		for _, word := range words.FindAllStringSubmatch(row[4], -1) {
			m.words = append(m.words, word[1])
		}
		known[row[1]] = m
	}
	if len(known) < 30 {
		t.Fatalf("docs/metrics.md has only %d metrics", len(known))
	}
	for _, name := range []string{"inventory_backup_last_success_timestamp_seconds", "inventory_backup_last_size_bytes"} {
		if !strings.Contains(read(t, "docs/metrics.md"), "`"+name+"`") || !strings.Contains(read(t, "cmd/inventory/internal/backup/backup.go"), name+" ") {
			t.Errorf("inventory backup does not write %s", name)
		}
		known[name] = metric{kind: "gauge", labels: ofScrape}
	}
	registry, err := telemetry.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		m := metric{kind: strings.ToLower(f.GetType().String()), labels: slices.Clone(ofScrape)}
		for _, label := range f.GetMetric()[0].GetLabel() {
			m.labels = append(m.labels, label.GetName())
		}
		known[f.GetName()] = m
	}
	return known
}

// read returns a file of the tree.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(root + "/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
