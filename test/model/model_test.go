package main

import (
	"math/bits"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/protocol"
)

// How many states there are, by the number of sends. Another count means that
// a rule of pkg/protocol, or what the model puts around it, has changed: when
// that was meant, so is the new count.
var walks = map[int]result{
	1: {states: 45_104, quiet: 113},
	2: {states: 2_358_641, quiet: 225},
	3: {states: 31_457_989, quiet: 337}, // not walked in tests: go run ./model -sends 3
}

func TestWalk_finds_no_violation(t *testing.T) {
	for _, sends := range []int{1, 2} {
		got, want := walk(sends, ""), walks[sends]
		if got.violation != "" {
			t.Errorf("%d sends: %s\n%s", sends, got.violation, strings.Join(got.trace, "\n"))
		}
		if got.states != want.states || got.quiet != want.quiet {
			t.Errorf("%d sends: %d states, %d of them at rest; want %d and %d",
				sends, got.states, got.quiet, want.states, want.quiet)
		}
	}
}

func TestWalk_finds_each_bug(t *testing.T) {
	violations := map[string]string{
		bugSettledMeansNext:   "one key, two live reservations",
		bugNoAttempts:         "a retry is refused for good",
		bugNoAbortRow:         "confirmed, but the hold is gone: sold without stock",
		bugAbortCancelsAcked:  "an acknowledged reservation was cancelled by a time-out",
		bugNoTombstone:        "at rest, attempt 1: reservation cancelled, hold held",
		bugRepairWithoutCheck: "at rest, attempt 1: reservation pending, hold released",
		bugReleaseInStock:     "at rest, attempt 1: reservation none, hold released",
	}
	if len(violations) != len(bugs) {
		t.Fatalf("%d bugs, %d of them expected here", len(bugs), len(violations))
	}
	for _, bug := range bugs {
		t.Run(bug, func(t *testing.T) {
			got := walk(2, bug)
			if want := violations[bug]; want == "" || !strings.HasPrefix(got.violation, want) {
				t.Errorf("violation %q, want %q", got.violation, want)
			}
			if len(got.trace) < 2 || got.trace[0] != newState().String() {
				t.Errorf("the trace does not lead there from the first state:\n%s", strings.Join(got.trace, "\n"))
			}
		})
	}
}

// TestState_layout sets every part of a state to its greatest value, alone:
// no two may share a bit, and each must read back.
func TestState_layout(t *testing.T) {
	var zero, seen state
	lay := func(name string, s state, readsBack bool) {
		t.Helper()
		if s == 0 || s&seen != 0 || !readsBack {
			t.Errorf("%s: bits %#x, of which %#x are another's; reads back: %t", name, uint64(s), uint64(s&seen), readsBack)
		}
		seen |= s
	}
	lastHold, lastRow := protocol.HoldReleased, protocol.Expired
	for k := range uint(ids) {
		s := zero.withHold(k, lastHold)
		lay("hold", s, s.hold(k) == lastHold)
		s = zero.withRow(k, lastRow) // code 4 of 3 bits
		lay("row", s|zero.withRow(k, protocol.Cancelled), s.row(k) == lastRow)
		for _, at := range []uint{ackedAt, reservedAt, settleAt, directAt} {
			lay("flag", zero.with(at+k), zero.with(at+k).on(at+k))
		}
		for i := range uint(handlers) {
			for epoch := uint(1); epoch <= maxSends; epoch++ {
				bit := requestBit(i, k, epoch)
				lay("request", zero.with(bit), zero.with(bit).on(bit))
			}
		}
	}
	for i := range uint(handlers) {
		h := handler{phase: granted, attempt: 3, epoch: maxSends}
		s := zero.withHandler(i, h)
		lay("handler", s, s.handler(i) == h)
	}
	lay("result", zero.put(resultAt, nBits, ids), zero.put(resultAt, nBits, ids).result() == ids)
	lay("checked", zero.put(checkedAt, nBits, ids), zero.put(checkedAt, nBits, ids).checked() == ids)
	lay("started", zero.put(startedAt, nBits, maxSends), zero.put(startedAt, nBits, maxSends).started() == maxSends)
	lay("redeliver", newState(), newState().redeliver())
	if n := bits.OnesCount64(uint64(seen)); n != endAt {
		t.Errorf("%d bits in use, the layout has %d", n, endAt)
	}
}

func TestState_atRest(t *testing.T) {
	settled := newState().withRow(0, protocol.Cancelled).withHold(0, protocol.HoldReleased).
		put(startedAt, nBits, 1).put(resultAt, nBits, 1).with(ackedAt)
	if !settled.atRest() {
		t.Error("busy although nothing is in flight")
	}
	for name, s := range map[string]state{
		"handler":        settled.withHandler(0, handler{choosing, 0, 1}),
		"last handler":   settled.withHandler(handlers-1, handler{choosing, 0, 1}),
		"request":        settled.with(requestBit(0, 0, 1)),
		"last request":   settled.with(requestBit(handlers-1, ids-1, maxSends)),
		"stock.reserved": settled.with(reservedAt),
		"settle event":   settled.with(settleAt + ids - 1),
		"settle call":    settled.with(directAt),
		"repair":         settled.put(checkedAt, nBits, 1),
	} {
		if s.atRest() {
			t.Errorf("%s: at rest although it is in flight", name)
		}
	}
}

func TestSet_add(t *testing.T) {
	const n = 3 << setBits // grows several times
	known := newSet()
	states := make([]state, n)
	for i := range states {
		states[i] = state(i+1) << 20
		if !known.add(states[i]) {
			t.Fatalf("state %d is taken for known", i)
		}
	}
	if i := slices.IndexFunc(states, known.add); i >= 0 {
		t.Fatalf("state %d is taken for new", i)
	}
	if known.n != n {
		t.Errorf("%d states, want %d", known.n, n)
	}
}
