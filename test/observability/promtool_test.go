package observability_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program returns the path of a program of Prometheus.
func program(t *testing.T, name string) string {
	t.Helper()
	if folder := os.Getenv("TEST_PROMETHEUS"); folder != "" {
		return filepath.Join(folder, name)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip("not run: needs prometheus and promtool, or TEST_PROMETHEUS=the folder that has both")
	}
	return path
}

// promtool runs promtool and returns its output.
func promtool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), program(t, "promtool"), args...).CombinedOutput()
	return string(output), err
}

func TestPromtool(t *testing.T) {
	t.Run("usual case", testPromtoolUsualCase)
	t.Run("finds wrong rules", testPromtoolFindsWrongRules)
}

// testPromtoolUsualCase has Prometheus's own tool check the configuration and the
// rules, and run the tests beside them: each alert fires when it should and is silent
// when it should.
func testPromtoolUsualCase(t *testing.T) {
	for _, command := range [][]string{
		{"check", "config", prometheus + "/prometheus.yml"},
		{"check", "rules", rulesFile},
		append([]string{"test", "rules"}, ruleTests(t)...),
	} {
		if output, err := promtool(t, command...); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(command, " "), err, output)
		}
	}
}

// testPromtoolFindsWrongRules shows that the tests of the rules fail when a rule is
// wrong.
func testPromtoolFindsWrongRules(t *testing.T) {
	rules := read(t, "deploy/observability/prometheus/rules/inventory.yml")
	head, tests, _ := strings.Cut(read(t, "deploy/observability/prometheus/tests/inventory.yml"), "\n  - name: ")
	for _, mutant := range []struct{ what, test, from, to string }{
		{"an alert that never fires", "dead letters", `inventory_broker_dead_letters) > 0`, `inventory_broker_dead_letters) > 1e9`},
		{"an alert that always fires", "reservations do not expire", `overdue_seconds > 30`, `overdue_seconds >= 0`},
		{"an alert that counts streams", "slow requests", `, route!~".*/(stream|import)"`, ``},
		{"an alert that does not wait", "slow requests", "> 1\n        for: 10m", "> 1"},
		{"a description without the value", "reservations do not expire", `over for {{ $value | humanizeDuration }}`, `over for long`},
	} {
		changed := strings.Replace(rules, mutant.from, mutant.to, 1)
		if changed == rules {
			t.Errorf("%s: the rules have no %q", mutant.what, mutant.from)
		}
		ran := 0
		for test := range strings.SplitSeq(tests, "\n  - name: ") {
			if !strings.HasPrefix(test, mutant.test) {
				continue
			}
			ran++
			folder := t.TempDir()
			file := filepath.Join(folder, "tests", "inventory.yml")
			write(t, filepath.Join(folder, "rules", "inventory.yml"), changed)
			write(t, file, head+"\n  - name: "+test+"\n")
			if output, err := promtool(t, "test", "rules", file); err == nil || !strings.Contains(output, "exp:") {
				t.Errorf("no test finds %s: %v\n%s", mutant.what, err, output)
			}
		}
		if ran != 1 {
			t.Errorf("%d tests begin with %q", ran, mutant.test)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
