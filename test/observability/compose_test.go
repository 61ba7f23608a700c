package observability_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestCompose(t *testing.T) {
	t.Run("mounts", testComposeMounts)
}

// testComposeMounts: the profile observability of deploy/compose mounts the files
// of deploy/observability at the paths where its programs look for them.
func testComposeMounts(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Profiles []string `yaml:"profiles"`
			Command  []string `yaml:"command"`
			Volumes  []string `yaml:"volumes"`
		} `yaml:"services"`
	}
	// A service takes its common settings from a merge key, and may override
	// them: a key may then be in the mapping twice.
	err := yaml.UnmarshalWithOptions([]byte(read(t, "deploy/compose/compose.yaml")), &file, yaml.AllowDuplicateMapKey())
	if err != nil {
		t.Fatal(err)
	}
	// inside returns the file of the tree that is at a path in a container.
	inside := func(service, path string) string {
		t.Helper()
		s := file.Services[service]
		if !slices.Equal(s.Profiles, []string{"observability"}) {
			t.Errorf("%s has the profiles %q", service, s.Profiles)
		}
		for _, v := range s.Volumes {
			parts := strings.Split(v, ":")
			if rest, below := strings.CutPrefix(path, parts[1]); below && strings.HasPrefix(parts[0], ".") {
				if len(parts) != 3 || parts[2] != "ro" {
					t.Errorf("%s can write to %s", service, v)
				}
				return filepath.Join(root, "deploy/compose", parts[0], rest)
			}
		}
		t.Errorf("%s has no %s", service, path)
		return ""
	}
	wants := func(path, other string) {
		t.Helper()
		a, err := os.Stat(path)
		b, otherErr := os.Stat(other)
		if err != nil || otherErr != nil || !os.SameFile(a, b) {
			t.Errorf("%s is not %s: %v, %v", path, other, err, otherErr)
		}
	}
	config, _ := strings.CutPrefix(file.Services["prometheus"].Command[0], "--config.file=")
	wants(inside("prometheus", config), prometheus+"/prometheus.yml")
	if !strings.Contains(read(t, "deploy/observability/prometheus/prometheus.yml"), "rule_files:\n  - rules/*.yml\n") {
		t.Error("prometheus.yml does not load the rules")
	}
	wants(inside("prometheus", filepath.Dir(config)+"/rules/inventory.yml"), rulesFile)

	for _, kind := range []string{"dashboards", "datasources"} { // where Grafana itself looks
		wants(inside("grafana", "/etc/grafana/provisioning/"+kind), grafana+"/provisioning/"+kind)
	}
	provider := regexp.MustCompile(`(?m)^      path: (\S+)$`).FindStringSubmatch(read(t, "deploy/observability/grafana/provisioning/dashboards/inventory.yaml"))
	if provider == nil {
		t.Fatal("the provider of dashboards has no path")
	}
	wants(inside("grafana", provider[1]), grafana+"/dashboards")
}
