package main

import (
	"math/bits"
	"strings"
	"testing"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/test/model/order"
	"inventory.example/test/model/rows"
	"inventory.example/test/model/search"
)

// The number of states by the number of sends. Another number means that a rule
// of pkg/contract/protocol, or the model around it, has changed: when that was
// intended, so is the new number.
var walks = []struct {
	sends     int
	lossy     bool
	want      search.Result
	notTested bool // go run ./model -sends N
}{
	{sends: 1, want: search.Result{States: 76_321, Quiet: 328}},
	{sends: 2, want: search.Result{States: 3_577_249, Quiet: 2_212}},
	{sends: 3, want: search.Result{States: 53_996_848, Quiet: 6_197}, notTested: true},
	{sends: 1, lossy: true, want: search.Result{States: 197_873, Quiet: 1_769}},
	{sends: 2, lossy: true, want: search.Result{States: 9_611_612, Quiet: 12_378}, notTested: true},
}

func TestWalk(t *testing.T) {
	t.Run("finds no violation", testWalkFindsNoViolation)
	t.Run("finds each bug", testWalkFindsEachBug)
}

func testWalkFindsNoViolation(t *testing.T) {
	for _, w := range walks {
		if w.notTested {
			continue
		}
		got := walk(w.sends, "", w.lossy)
		if got.Violation != "" {
			t.Errorf("%d sends, lossy %t: %s\n%s", w.sends, w.lossy, got.Violation, strings.Join(got.Trace, "\n"))
		}
		if got.States != w.want.States || got.Quiet != w.want.Quiet {
			t.Errorf("%d sends, lossy %t: %d states, %d of them at rest; want %d and %d",
				w.sends, w.lossy, got.States, got.Quiet, w.want.States, w.want.Quiet)
		}
	}
}

func testWalkFindsEachBug(t *testing.T) {
	violations := map[string]string{
		bugSettledMeansNext:   "one key, two live reservations",
		bugNoAttempts:         "a retry is refused for good",
		bugNoAbortRow:         "confirmed, but the hold is gone: sold without stock",
		bugAbortCancelsAcked:  "an acknowledged reservation was cancelled by a time-out",
		bugNoTombstone:        "at rest, attempt 1: reservation cancelled, hold held",
		bugRepairWithoutCheck: "at rest, attempt 1: reservation pending, hold released",
		bugReleaseInStock:     "at rest, attempt 1: reservation none, hold released",
		bugNextBeforeDecided:  "attempt 2 is recorded for the key, but attempt 1 is not over",
		bugAdoptForgotten:     "a key that is free again returns an old reservation",
		bugWalkReleases:       "at rest, attempt 1: reservation none, hold released",
		bugNoWalk:             "at rest, attempt 1: reservation none, hold held",
	}
	if len(violations) != len(bugs) {
		t.Fatalf("%d bugs, %d of them expected here", len(bugs), len(violations))
	}
	for _, bug := range bugs {
		t.Run(bug, func(t *testing.T) {
			// The walk is the only remedy where events are lost.
			got := walk(2, bug, bug == bugNoWalk)
			if want := violations[bug]; want == "" || !strings.HasPrefix(got.Violation, want) {
				t.Errorf("violation %q, want %q", got.Violation, want)
			}
			if len(got.Trace) < 2 || got.Trace[0] != newState().String() {
				t.Errorf("the trace does not lead there from the first state:\n%s", strings.Join(got.Trace, "\n"))
			}
		})
	}
}

func TestState(t *testing.T) {
	t.Run("layout", testStateLayout)
}

// testStateLayout sets every part of a state to its greatest value, alone:
// no two may share a bit, and each must read back.
func testStateLayout(t *testing.T) {
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
		for epoch := uint(1); epoch <= maxSends; epoch++ {
			bit := requestBit(k, epoch)
			lay("request", zero.with(bit), zero.with(bit).on(bit))
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
	lay("record", zero.withRecord(ids), zero.withRecord(ids).record() == ids)
	all := zero.put(forgottenAt, nBits, ids)
	lay("forgotten", all, all.forgotten(ids-1) && !zero.forgotten(0))
	lay("redeliver", newState(), newState().redeliver())
	if n := bits.OnesCount64(uint64(seen)); n != endAt {
		t.Errorf("%d bits in use, the layout has %d", n, endAt)
	}
}

func TestState_AtRest(t *testing.T) {
	settled := newState().withRow(0, protocol.Cancelled).withHold(0, protocol.HoldReleased).
		put(startedAt, nBits, 1).put(resultAt, nBits, 1).with(ackedAt)
	if !settled.AtRest() {
		t.Error("busy although nothing is in flight")
	}
	for name, s := range map[string]state{
		"handler":        settled.withHandler(0, handler{choosing, 0, 1}),
		"last handler":   settled.withHandler(handlers-1, handler{choosing, 0, 1}),
		"request":        settled.with(requestBit(0, 1)),
		"last request":   settled.with(requestBit(ids-1, maxSends)),
		"stock.reserved": settled.with(reservedAt),
		"settle event":   settled.with(settleAt + ids - 1),
		"settle call":    settled.with(directAt),
		"repair":         settled.put(checkedAt, nBits, 1),
	} {
		if s.AtRest() {
			t.Errorf("%s: at rest although it is in flight", name)
		}
	}
}

func TestWalkOf(t *testing.T) {
	for _, c := range []struct {
		name, bug, want string
		known           bool
	}{
		{"", "", "create", true},
		{"rows", "", "rows", true},
		{"", bugNoTombstone, "create", true},
		{"order", order.BugNoTombstone, "order", true},
		{"", order.BugDifferences, "order", true},
		{"", rows.BugLineByLine, "rows", true},
		{"create", rows.BugLineByLine, "", false},
		{"", "no-such-bug", "", false},
		{"no-such-walk", "", "", false},
	} {
		if got, known := walkOf(c.name, c.bug); got != c.want || known != c.known {
			t.Errorf("walk %q, bug %q: %q, %t; want %q, %t", c.name, c.bug, got, known, c.want, c.known)
		}
	}
}
