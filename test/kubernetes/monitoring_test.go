package kubernetes_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// maxApplied bounds the annotation in which kubectl apply records the whole
// object, in bytes.
const maxApplied = 256 << 10

// TestMonitoring: Prometheus and Grafana in a cluster get all the files that
// Compose mounts.
func TestMonitoring(t *testing.T) {
	m := build(t, "../observability")
	for name, pattern := range map[string]string{
		"inventory-rules":      "prometheus/rules/*.yml",
		"inventory-dashboards": "grafana/dashboards/*.json",
	} {
		files, err := filepath.Glob(filepath.Join(root, "deploy/observability", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %q, %v", pattern, files, err)
		}
		data, size := m.configMaps[name].Data, 0
		var names []string
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			base := filepath.Base(file)
			names = append(names, base)
			if data[base] != string(text) {
				t.Errorf("%s has another %s", name, base)
			}
			size += len(text)
		}
		if got := slices.Sorted(maps.Keys(data)); !slices.Equal(got, names) {
			t.Errorf("%s has %q, want %q", name, got, names)
		}
		if size > maxApplied*3/4 { // quoting makes the annotation longer
			t.Errorf("%s has %d bytes, too many for kubectl apply", name, size)
		}
	}
}
