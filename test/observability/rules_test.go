package observability_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// alerts returns the rules by their names.
func alerts(t *testing.T) map[string]rule {
	t.Helper()
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	all := map[string]rule{}
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			if _, twice := all[r.Alert]; twice || !strings.HasPrefix(r.Alert, "Inventory") {
				t.Errorf("%q: the name is used twice, or is not specific to this system", r.Alert)
			}
			all[r.Alert] = r
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d alerts", len(all))
	}
	return all
}

func TestRules(t *testing.T) {
	t.Run("usual case", testRulesUsualCase)
	t.Run("are tested", testRulesAreTested)
}

// testRulesUsualCase compares the expressions with the existing metrics, and the
// annotations of an alert with the labels of its expression.
func testRulesUsualCase(t *testing.T) {
	known := knownMetrics(t)
	for name, r := range alerts(t) {
		have, err := checkQuery(known, r.Expr)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s := r.Labels["severity"]; len(r.Labels) != 1 || s != "critical" && s != "warning" {
			t.Errorf("%s has the labels %v", name, r.Labels)
		}
		if got := slices.Sorted(maps.Keys(r.Annotations)); !slices.Equal(got, []string{"description", "runbook", "summary"}) {
			t.Errorf("%s has the annotations %q", name, got)
		}
		for _, text := range r.Annotations {
			if err := checkTemplate(text, have); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if want := "docs/runbook.md#" + strings.ToLower(name); r.Annotations["runbook"] != want {
			t.Errorf("%s leads to %s, want %s", name, r.Annotations["runbook"], want)
		}
	}
}

// TestRunbook: each alert has an entry, each entry an alert, and the entry names
// the severity of the alert and existing metrics.
func TestRunbook(t *testing.T) {
	text := read(t, "docs/runbook.md")
	rules := alerts(t)
	entries := regexp.MustCompile(`(?m)^### (\w+)\n\n(Critical|Warning)\. `).FindAllStringSubmatch(text, -1)
	described := map[string]bool{}
	for _, e := range entries {
		name, severity := e[1], strings.ToLower(e[2])
		if described[name] {
			t.Errorf("%s has two entries", name)
		}
		described[name] = true
		if r, found := rules[name]; !found {
			t.Errorf("there is no alert %s", name)
		} else if r.Labels["severity"] != severity {
			t.Errorf("%s is %s, its entry says %s", name, r.Labels["severity"], severity)
		}
	}
	for name := range rules {
		if !described[name] {
			t.Errorf("%s has no entry in docs/runbook.md", name)
		}
	}
	if n := strings.Count(text, "\n### "); n != len(entries) {
		t.Errorf("%d of %d entries begin with their severity", len(entries), n)
	}
	known := knownMetrics(t)
	queries := regexp.MustCompile("(?s)```promql\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(queries) < 10 {
		t.Errorf("only %d queries", len(queries))
	}
	for _, q := range queries {
		if _, err := checkQuery(known, q[1]); err != nil {
			t.Errorf("docs/runbook.md: %s: %v", strings.TrimSpace(q[1]), err)
		}
	}
}

// testRulesAreTested: promtool's tests, which TestPromtool runs, name every
// alert.
func testRulesAreTested(t *testing.T) {
	var all strings.Builder
	for _, file := range ruleTests(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for name := range alerts(t) {
		if !regexp.MustCompile(name + `\b`).MatchString(all.String()) {
			t.Errorf("no test makes %s fire", name)
		}
	}
}

func ruleTests(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(prometheus + "/tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("tests of the rules: %q, %v", files, err)
	}
	return files
}
