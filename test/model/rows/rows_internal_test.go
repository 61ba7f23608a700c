package rows

import (
	"strings"
	"testing"
)

func TestWalk(t *testing.T) {
	t.Run("after a kill", testWalkAfterAKill)
	t.Run("bugs", testWalkBugs)
}

func testWalkAfterAKill(t *testing.T) {
	for _, w := range []struct {
		options       Options
		states, quiet int
	}{
		{Options{}, 85, 7},
		{Options{TakesPart: true}, 107, 7},
	} {
		got := Walk(w.options)
		if got.Violation != "" {
			t.Errorf("%+v: %s\n%s", w.options, got.Violation, strings.Join(got.Trace, "\n"))
		}
		if got.States != w.states || got.Quiet != w.quiet {
			t.Errorf("%+v: %d states, %d of them at rest; want %d and %d", w.options, got.States, got.Quiet, w.states, w.quiet)
		}
	}
}

func testWalkBugs(t *testing.T) {
	violations := map[string]string{
		BugLockAsAsked:     "deadlock",
		BugLineByLine:      "half of order 1 is held",
		BugReadBeforeLock:  "a unit is held twice",
		BugPartUnderReject: "half of order 2 is held",
	}
	if len(violations) != len(Bugs) {
		t.Fatalf("%d bugs, %d of them expected here", len(Bugs), len(violations))
	}
	for _, bug := range Bugs {
		t.Run(bug, func(t *testing.T) {
			got := Walk(Options{Bug: bug})
			if want := violations[bug]; want == "" || !strings.HasPrefix(got.Violation, want) {
				t.Errorf("violation %q, want %q\n%s", got.Violation, want, strings.Join(got.Trace, "\n"))
			}
			if len(got.Trace) < 2 {
				t.Errorf("the trace does not lead there from the first state:\n%s", strings.Join(got.Trace, "\n"))
			}
		})
	}
}
