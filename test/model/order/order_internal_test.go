package order

import (
	"strings"
	"testing"

	"inventory.example/pkg/contract/protocol"
)

// The number of states. Another number means that a rule of pkg/contract/protocol,
// or the model around it, has changed: when that was intended, so is the new number.
var walks = []struct {
	options       Options
	states, quiet int
}{
	{Options{Decisions: 4}, 615_236, 3_241},
	{Options{Decisions: 2, Clock: true}, 198_208, 4_176},
	{Options{Decisions: 3, Lossy: true}, 166_672, 3_209},
	{Options{Decisions: 3, Skew: true}, 131_554, 1_301},
}

func TestWalk(t *testing.T) {
	t.Run("after a kill", testWalkAfterAKill)
	t.Run("bugs", testWalkBugs)
}

func testWalkAfterAKill(t *testing.T) {
	for _, w := range walks {
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
		BugDifferences:      "stock refuses a settlement: it contradicts the hold",
		BugApplySmaller:     "the totals of a hold fell",
		BugMoveTotals:       "row a: quantity -1, reserved -2",
		BugSettleOnce:       "at rest: reservation pending (a in s: 1 sold",
		BugSettleByStatus:   "stock has settled (a in s: 2 sold 0 released",
		BugNoTombstone:      "at rest: reservation cancelled",
		BugAbortInNumbers:   "stock refuses a settlement: it contradicts the hold",
		BugRecordRequested:  "stock refuses a settlement: it contradicts the hold",
		BugGrantAgain:       "stock refuses a settlement: it contradicts the hold",
		BugReturnUnchecked:  "a line sells, gives back or takes back more than it has",
		BugExpireByFound:    "a reservation expires before the time that a caller was given",
		BugExtendEarlier:    "a reservation expires before the time that a caller was given",
		BugRepeatByStatus:   "a call counts as repeated, but the reservation ended by cancelled",
		BugConfirmLate:      "units are sold after the time of the reservation was over",
		BugWalkLeavesHeld:   "at rest: reservation pending (a in s: 1 sold",
		BugReturnsForgotten: "at rest: reservation confirmed (a in s: 2 sold 0 released 1 returned",
		BugTotalsToOldStock: "stock has settled (a in s: 2 sold 0 released",
	}
	if len(violations) != len(Bugs) {
		t.Fatalf("%d bugs, %d of them expected here", len(Bugs), len(violations))
	}
	for _, bug := range Bugs {
		t.Run(bug, func(t *testing.T) {
			got := Walk(OptionsOf(bug))
			if want := violations[bug]; want == "" || !strings.HasPrefix(got.Violation, want) {
				t.Errorf("violation %q, want %q", got.Violation, want)
			}
			if len(got.Trace) < 2 || got.Trace[0] != newState(OptionsOf(bug).Skew).String() {
				t.Errorf("the trace does not lead there from the first state:\n%s", strings.Join(got.Trace, "\n"))
			}
		})
	}
}

func TestTotals(t *testing.T) {
	t.Run("codes", testTotalsCodes)
}

// Each code means other totals, and none of them collides with a message that
// has no totals.
func testTotalsCodes(t *testing.T) {
	seen := map[string]totals{}
	for code := range totals(len(linesOf)) {
		for _, short := range []bool{false, true} {
			list := code.lines(short)
			if got, possible := totalsOf(list); !possible || got != code {
				t.Errorf("code %d, short %t: %d, %t", code, short, got, possible)
			}
		}
		if other, known := seen[text(code.lines(false))]; known {
			t.Errorf("%d and %d are the same totals", code, other)
		}
		seen[text(code.lines(false))] = code
		if m := messageOf(code); m == noMessage || m == wholeCommit || m == wholeRelease {
			t.Errorf("code %d is message %d, which has no totals", code, m)
		}
	}
	if len(seen) != 105 {
		t.Errorf("%d codes, want 21 of the two units of a times 5 of the unit of b", len(seen))
	}
	impossible := []protocol.Line{{Quantity: wantA, Totals: protocol.Totals{Committed: wantA, Released: 1}}, {Quantity: wantB}}
	if _, possible := totalsOf(impossible); possible {
		t.Error("more is sold and released than there is, and that has a code")
	}
}

func TestState_AtRest(t *testing.T) {
	settled := newState(false)
	settled.act, settled.hold = code(statusCodes[:], protocol.Confirmed), code(holdCodes[:], protocol.HoldCommitted)
	settled.sent[0] = wholeCommit
	if !settled.AtRest() {
		t.Error("busy although nothing is in flight")
	}
	for name, fly := range map[string]func(*state){
		"create":         func(s *state) { s.create = granted },
		"request":        func(s *state) { s.request = true },
		"stock.reserved": func(s *state) { s.reservedEvent = true },
		"repair":         func(s *state) { s.repairing = true },
		"settle event":   func(s *state) { s.events = 1 << (maxDecisions - 1) },
	} {
		s := settled
		if fly(&s); s.AtRest() {
			t.Errorf("%s: at rest although it is in flight", name)
		}
	}
}
