package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const pkg = "inventory.example/pkg/a"

// stream encodes records as the lines of "go test -json".
func stream(t *testing.T, records ...record) string {
	t.Helper()
	var b strings.Builder
	for _, r := range records {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func out(test, text string) record {
	return record{Action: "output", Package: pkg, Test: test, Output: text + "\n"}
}

func ended(action, test string) record { return record{Action: action, Package: pkg, Test: test} }

func TestReport(t *testing.T) {
	t.Run("usual case", testReportUsualCase)
	t.Run("limits output", testReportLimitsOutput)
}

func testReportUsualCase(t *testing.T) {
	skipped := func(message string) []record {
		return []record{
			out("TestS", "=== RUN   TestS"), out("TestS", "    s_test.go:9: a log line"),
			out("TestS", "    s_test.go:10: "+message), out("TestS", "--- SKIP: TestS (0.00s)"), ended("skip", "TestS"),
			ended("pass", "TestP"), ended("pass", ""),
		}
	}
	for _, test := range []struct {
		name    string
		records []record
		ci      bool
		failed  bool // go test's own status
		ok      bool
		want    []string // in this order
		not     []string
	}{
		{
			name: "all pass", records: []record{ended("pass", "TestP"), ended("pass", "")}, ok: true,
			want: []string{"ok    pkg/a", "Every test ran.", "1 passed, 0 failed, 0 skipped"},
			not:  []string{"could not run"},
		},
		{
			name: "no broker on a developer's machine", records: skipped("not run: needs Docker, or TEST_REDIS_SERVER=a path"), ok: true,
			want: []string{"These tests could not run here:", "  not run: needs Docker", "To run the tests that need a broker", "$(.ci/redis)", "1 skipped"},
		},
		{
			name: "no broker in CI", records: skipped("not run: needs Docker, or TEST_KAFKA_LIBS=a folder"), ci: true,
			want: []string{"counts as a failure", "To run the tests that need a broker", "$(.ci/kafka)", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name: "no PostgreSQL", records: skipped("not run: needs Docker, or TEST_POSTGRES=the folders"), ok: true,
			want: []string{"  not run: needs Docker", "To run the tests that need PostgreSQL", "$(.ci/postgres)", "1 skipped"},
			not:  []string{"that need a broker"},
		},
		{
			name: "unsupported", records: skipped("unsupported: no replay"), ci: true, ok: true,
			want: []string{"could not run here", "  unsupported: no replay (pkg/a TestS)", "1 passed, 0 failed, 1 skipped"},
			not:  []string{"Every test"},
		},
		{
			name: "not run on a developer's machine", records: skipped("not run: no Docker"), ok: true,
			want: []string{"  not run: no Docker (pkg/a TestS)", "1 passed, 0 failed, 1 skipped"},
			not:  []string{"that need a broker"},
		},
		{
			name: "not run in CI", records: skipped("not run: no Docker"), ci: true,
			want: []string{"FAIL  pkg/a", "counts as a failure", "pkg/a TestS: not run: no Docker", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name: "another skip", records: skipped("too slow"),
			want: []string{"counts as a failure", "pkg/a TestS: too slow", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name: "a failed subtest", failed: true,
			records: []record{
				out("TestF", "=== RUN   TestF"), out("TestF/sub", "    a_test.go:7: got 1"), ended("fail", "TestF/sub"),
				out("TestF", "--- FAIL: TestF (0.00s)"), ended("fail", "TestF"), ended("fail", ""),
			},
			want: []string{"FAIL  pkg/a  TestF/sub\n    a_test.go:7: got 1\nFAIL  pkg/a", "0 passed, 2 failed, 0 skipped"},
			not:  []string{"TestF\n", "=== RUN", "--- FAIL"},
		},
		{
			name: "a test that never ends", failed: true,
			records: []record{
				out("TestF", "=== RUN   TestF"), out("TestF", "panic: test timed out after 1s"), ended("pass", "TestP"), ended("fail", ""),
			},
			want: []string{"FAIL  pkg/a  TestF\n    panic: test timed out", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name: "a package that fails by itself", failed: true,
			records: []record{ended("pass", "TestP"), out("", "goroutines leaked"), out("", "FAIL"), ended("fail", "")},
			want:    []string{"FAIL  pkg/a\n    goroutines leaked", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name: "a package that does not build", failed: true,
			records: []record{
				{Action: "build-output", ImportPath: pkg, Output: "a.go:1: undefined: x\n"},
				{Action: "build-fail", ImportPath: pkg},
				{Action: "fail", Package: pkg, FailedBuild: pkg},
			},
			want: []string{"FAIL  pkg/a\n    a.go:1: undefined: x", "0 passed, 1 failed, 0 skipped"},
		},
		{
			name: "go test itself", failed: true, want: []string{"FAIL  go test\nno such flag", "0 passed, 1 failed, 0 skipped"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var printed strings.Builder
			r := newReport(&printed, test.ci)
			if err := r.read(strings.NewReader(stream(t, test.records...))); err != nil {
				t.Fatal(err)
			}
			if ok := r.finish(test.failed, "no such flag"); ok != test.ok {
				t.Errorf("ok is %t", ok)
			}
			rest := printed.String()
			for _, want := range test.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("%q is missing, or not in its place, in:\n%s", want, printed.String())
				}
				rest = after
			}
			for _, not := range test.not {
				if strings.Contains(printed.String(), not) {
					t.Errorf("%q should not be in:\n%s", not, printed.String())
				}
			}
		})
	}
}

func testReportLimitsOutput(t *testing.T) {
	var records []record
	for range headLines + tailLines + 5 {
		records = append(records, out("TestF", "line"))
	}
	var printed strings.Builder
	r := newReport(&printed, false)
	if err := r.read(strings.NewReader(stream(t, append(records, ended("fail", "TestF"))...))); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(printed.String(), "    line\n"); got != headLines+tailLines {
		t.Errorf("%d lines", got)
	}
	if !strings.Contains(printed.String(), "... 5 lines ...") {
		t.Errorf("it does not say how many lines are left out:\n%s", printed.String())
	}
}
