package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// record is a line of "go test -json", see "go doc test2json".
type record struct {
	Action      string
	Package     string
	ImportPath  string // the package of a build action
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// The prefixes of a skip message.
const (
	unsupported = "unsupported:"
	notRun      = "not run:"
)

// Bounds of the printed output of one failed test or package.
const (
	headLines = 40
	tailLines = 80
)

// report collects records and prints the results.
type report struct {
	out io.Writer
	ci  bool

	tests    map[string]*result // by package and test, of running tests
	packages map[string]*result // by package, of running packages
	builds   map[string][]string

	passed, failed, skipped int
	skips                   map[string][]string // message → tests
	wrong                   []string            // skips that count as failures
}

// result is the state of a running test or package.
type result struct {
	pkg    string
	name   string // empty for a package
	output []string

	// Of a package only:
	counts   struct{ passed, failed, skipped int }
	failures []string // names of failed tests
}

// framing matches the lines that go test adds to the output of a test.
var framing = regexp.MustCompile(`^\s*(=== (RUN|PAUSE|CONT|NAME)|--- (FAIL|PASS|SKIP):|(FAIL|PASS|ok)\b)`)

// own returns the lines that the test itself printed.
func (t *result) own() []string {
	return slices.DeleteFunc(slices.Clone(t.output), func(line string) bool {
		return strings.TrimSpace(line) == "" || framing.MatchString(line)
	})
}

// failedBelow reports whether a subtest of the test failed.
func (t *result) failedBelow(name string) bool {
	return slices.ContainsFunc(t.failures, func(f string) bool { return strings.HasPrefix(f, name+"/") })
}

func newReport(out io.Writer, ci bool) *report {
	return &report{
		out: out, ci: ci, tests: map[string]*result{}, packages: map[string]*result{},
		builds: map[string][]string{}, skips: map[string][]string{},
	}
}

// maxLine bounds a line of "go test -json".
const maxLine = 16 << 20

// read takes the records from a running "go test -json".
func (r *report) read(output io.Reader) error {
	scanner := bufio.NewScanner(output)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		var rec record
		if err := json.Unmarshal(scanner.Bytes(), &rec); err != nil {
			fmt.Fprintln(r.out, scanner.Text()) // not a record of go test, but worth seeing
			continue
		}
		r.add(rec)
	}
	return scanner.Err()
}

func (r *report) add(rec record) {
	switch {
	case rec.Action == "build-output":
		r.builds[rec.ImportPath] = append(r.builds[rec.ImportPath], strings.TrimSuffix(rec.Output, "\n"))
	case rec.Package == "":
	case rec.Test == "":
		r.addPackage(rec)
	default:
		r.addTest(rec)
	}
}

func (r *report) addTest(rec record) {
	key := rec.Package + "\n" + rec.Test
	t, pkg := r.tests[key], r.packageOf(rec.Package)
	if t == nil {
		t = &result{pkg: short(rec.Package), name: rec.Test}
		r.tests[key] = t
	}
	switch rec.Action {
	case "output":
		t.output = append(t.output, strings.TrimSuffix(rec.Output, "\n"))
		return
	case "pass":
		pkg.counts.passed++
	case "fail":
		pkg.counts.failed++
		if own := t.own(); len(own) > 0 || !pkg.failedBelow(t.name) {
			r.printFailure(t)
		}
		pkg.failures = append(pkg.failures, t.name)
	case "skip":
		if r.skip(t) {
			pkg.counts.skipped++
		} else {
			pkg.counts.failed++
		}
	default:
		return
	}
	delete(r.tests, key)
}

func (r *report) packageOf(name string) *result {
	p := r.packages[name]
	if p == nil {
		p = &result{pkg: short(name)}
		r.packages[name] = p
	}
	return p
}

func (r *report) addPackage(rec record) {
	p := r.packageOf(rec.Package)
	switch rec.Action {
	case "output":
		p.output = append(p.output, strings.TrimSuffix(rec.Output, "\n"))
		return
	case "fail":
		r.failPackage(rec, p)
	case "pass", "skip":
	default:
		return
	}
	r.passed += p.counts.passed
	r.failed += p.counts.failed
	r.skipped += p.counts.skipped
	if tests := p.counts.passed + p.counts.failed + p.counts.skipped; tests > 0 {
		word := "ok  "
		if p.counts.failed > 0 {
			word = "FAIL"
		}
		fmt.Fprintf(r.out, "%s  %-50s %7.1f s  %d tests\n", word, p.pkg, rec.Elapsed, tests)
	}
	delete(r.packages, rec.Package)
}

// failPackage prints why a package failed, other than by its failed tests: a
// build, a panic, a time-out, TestMain.
func (r *report) failPackage(rec record, p *result) {
	if rec.FailedBuild != "" {
		p.output = r.builds[rec.FailedBuild]
	}
	for key, t := range r.tests {
		if strings.HasPrefix(key, rec.Package+"\n") { // it has not ended
			p.counts.failed++
			r.printFailure(t)
			delete(r.tests, key)
		}
	}
	if p.counts.failed == 0 {
		p.counts.failed = 1
		r.printFailure(p)
	}
}

// printFailure prints the own output of a test or package that failed.
func (r *report) printFailure(t *result) {
	own := t.own()
	fmt.Fprintf(r.out, "\nFAIL  %s\n", strings.TrimSpace(t.pkg+"  "+t.name))
	for i, line := range own {
		if hidden := len(own) - headLines - tailLines; i == headLines && hidden > 0 {
			fmt.Fprintf(r.out, "    ... %d lines ...\n", hidden)
		}
		if i < headLines || i >= len(own)-tailLines {
			fmt.Fprintf(r.out, "    %s\n", strings.TrimPrefix(line, "    "))
		}
	}
}

// logged matches the first line of a t.Log or t.Skip.
var logged = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// skip records why a test did not run and reports whether the reason is accepted.
func (r *report) skip(t *result) bool {
	reason := "gave no reason"
	for _, line := range t.output {
		if prefix := logged.FindString(line); prefix != "" {
			reason = strings.TrimSpace(line[len(prefix):]) // the last one is the skip's
		}
	}
	test := t.pkg + " " + t.name
	switch {
	case strings.HasPrefix(reason, unsupported), strings.HasPrefix(reason, notRun) && !r.ci:
		r.skips[reason] = append(r.skips[reason], test)
		return true
	default:
		r.wrong = append(r.wrong, test+": "+reason)
		return false
	}
}

// finish prints the lists and the totals and reports whether every test passed or
// had an accepted reason to skip. goFailed reports that go test itself failed,
// messages is its standard error.
func (r *report) finish(goFailed bool, messages string) bool {
	if goFailed && r.failed == 0 {
		r.failed++
		fmt.Fprintf(r.out, "\nFAIL  go test\n%s\n", strings.TrimSpace(messages))
	}
	if len(r.wrong) > 0 {
		fmt.Fprintln(r.out, "\nSkipped, which counts as a failure here:")
		for _, w := range r.wrong {
			fmt.Fprintf(r.out, "  %s\n", w)
		}
	}
	fmt.Fprintln(r.out)
	if len(r.skips) == 0 && len(r.wrong) == 0 {
		fmt.Fprintln(r.out, "Every test ran.")
	}
	if len(r.skips) > 0 {
		fmt.Fprintln(r.out, "These tests could not run here:")
	}
	for _, reason := range slices.Sorted(maps.Keys(r.skips)) {
		tests := r.skips[reason]
		fmt.Fprintf(r.out, "  %s (%s)\n", reason, summary(tests))
	}
	if r.lacks("TEST_REDIS_SERVER") || r.lacks("TEST_KAFKA_LIBS") {
		fmt.Fprintln(r.out, "\nTo run the tests that need a broker, start Docker, or let two scripts install the servers:\n"+brokersHint)
	}
	if r.lacks("TEST_POSTGRES") {
		fmt.Fprintln(r.out, "\nTo run the tests that need PostgreSQL, start Docker, or let a script install the servers:\n"+postgresHint)
	}
	fmt.Fprintf(r.out, "\n%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	return r.failed == 0
}

// brokersHint is a command that runs every test of the brokers.
const brokersHint = `  TEST_REDIS_SERVER="$(.ci/redis)" TEST_KAFKA_LIBS="$(.ci/kafka)" make test`

// postgresHint is a command that runs every test of PostgreSQL.
const postgresHint = `  TEST_POSTGRES="$(.ci/postgres)" make test`

// lacks reports whether a test found no server of a kind. The skip message of the
// packages brokertest and postgrestest then names the variable that they read.
func (r *report) lacks(variable string) bool {
	reasons := append(slices.Collect(maps.Keys(r.skips)), r.wrong...)
	return slices.ContainsFunc(reasons, func(reason string) bool { return strings.Contains(reason, variable) })
}

// summary names the first of some tests.
func summary(tests []string) string {
	if len(tests) == 1 {
		return tests[0]
	}
	return fmt.Sprintf("%s and %d more", tests[0], len(tests)-1)
}
