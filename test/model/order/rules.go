package order

import (
	"slices"

	"inventory.example/pkg/contract/protocol"
)

// The bugs: each leaves one rule of the protocol out, to show why it is needed.
const (
	BugDifferences      = "send-differences"     // a settlement carries the units of one decision, not the totals
	BugApplySmaller     = "apply-smaller-totals" // stock takes the totals of a settlement that was overtaken
	BugMoveTotals       = "move-totals"          // stock moves the totals, not their difference to those of the hold
	BugSettleOnce       = "settle-once"          // the first settlement ends the hold, as before totals
	BugSettleByStatus   = "settle-by-status"     // the status settles all units, as before totals
	BugNoTombstone      = "no-tombstone"         // a release of an unseen hold is forgotten
	BugAbortInNumbers   = "abort-in-numbers"     // an aborted create releases the units that it asked for
	BugRecordRequested  = "record-requested"     // a reservation records the requested units, not the granted ones
	BugGrantAgain       = "grant-again"          // a repeated hold request is granted the units available by then
	BugReturnUnchecked  = "return-unchecked"     // a return is not compared with the sold units
	BugExpireByFound    = "expire-as-found"      // the expiry ends a reservation that it found as due, even if it was extended since
	BugExtendEarlier    = "extend-earlier"       // an extend moves the end to an earlier time
	BugRepeatByStatus   = "repeat-by-status"     // a repeated confirm or cancel looks at the status, not at the act that ended it
	BugConfirmLate      = "confirm-late"         // a confirm does not look at the time
	BugWalkLeavesHeld   = "walk-leaves-pending"  // the walk leaves pending reservations alone, as before totals
	BugReturnsForgotten = "returns-forgotten"    // reservation does not remember which returns stock has not acknowledged
	BugTotalsToOldStock = "totals-to-old-stock"  // reservation decides totals before it knows that stock takes them
)

// Bugs are all of them.
var Bugs = []string{
	BugDifferences, BugApplySmaller, BugMoveTotals, BugSettleOnce, BugSettleByStatus, BugNoTombstone, BugAbortInNumbers,
	BugRecordRequested, BugGrantAgain, BugReturnUnchecked, BugExpireByFound, BugExtendEarlier, BugRepeatByStatus, BugConfirmLate,
	BugWalkLeavesHeld, BugReturnsForgotten, BugTotalsToOldStock,
}

// rules are those of pkg/contract/protocol, but for at most one bug. Each method is one
// transaction of a service.
type rules struct{ bug string }

// settle is stock's transaction for a settlement.
func (r rules) settle(s state, i int) protocol.Settled {
	hold := s.holdLines()
	to := r.target(s, i)
	switch {
	case r.bug == BugSettleOnce && len(hold) > 0 && s.held != 0:
		return protocol.Settled{Progress: protocol.ProgressRepeated, State: s.holdNow(), Lines: hold}
	case r.bug == BugSettleOnce && len(hold) > 0:
		settled := protocol.SettleTo(s.holdNow(), hold, to)
		if settled.State == protocol.HoldHeld {
			settled.State = protocol.HoldCommitted
		}
		return settled
	}
	settled := protocol.SettleTo(s.holdNow(), hold, to)
	switch {
	case r.bug == BugApplySmaller && settled.Progress == protocol.ProgressOvertaken && to.Whole == "":
		settled.Progress, settled.Lines, settled.State = protocol.ProgressApplied, to.Lines, protocol.HoldOf(to.Lines)
		settled.Moves = make([]protocol.Move, len(to.Lines))
	case r.bug == BugMoveTotals && settled.Progress == protocol.ProgressApplied:
		for i, l := range settled.Lines {
			settled.Moves[i] = protocol.Move{Commit: l.Committed, Release: l.Released, Restock: l.Restocked}
		}
	case r.bug == BugNoTombstone && settled.Progress == protocol.ProgressTombstoned:
		settled.Progress, settled.State = protocol.ProgressRepeated, protocol.HoldAbsent
	}
	return settled
}

// target is the target of settlement i.
func (r rules) target(s state, i int) protocol.Target {
	switch m := s.sent[i]; {
	case m == wholeRelease && r.bug == BugAbortInNumbers && s.aborted:
		wanted := slices.Clone(totals(0).lines(false))
		for i := range wanted {
			wanted[i].Released = wanted[i].Quantity
		}
		return protocol.Target{Lines: wanted}
	case m == wholeRelease:
		return protocol.Target{Whole: protocol.Release}
	case m == wholeCommit:
		return protocol.Target{Whole: protocol.Commit}
	case r.bug == BugSettleByStatus:
		return protocol.Target{Whole: statusOf(totals(m - 1).lines(s.rowShort)).Settling()}
	case r.bug == BugDifferences:
		return protocol.Target{Lines: r.addDifference(s, i)}
	default:
		return protocol.Target{Lines: totals(m - 1).lines(s.rowShort)}
	}
}

// statusOf is the status of lines at the moment of a decision; the kind of their
// release does not matter to stock.
func statusOf(list []protocol.Line) protocol.Status {
	return protocol.StatusOf(list, protocol.Cancelled)
}

// addDifference returns the lines of the hold with the units of decision i added.
func (rules) addDifference(s state, i int) []protocol.Line {
	list, after := slices.Clone(s.holdLines()), totals(s.sent[i]-1).lines(s.rowShort)
	before := totals(0).lines(s.rowShort)
	if i > 0 && s.sent[i-1] < wholeCommit {
		before = totals(s.sent[i-1] - 1).lines(s.rowShort)
	}
	for l := range min(len(list), len(before), len(after)) {
		list[l].Committed += after[l].Committed - before[l].Committed
		list[l].Released += after[l].Released - before[l].Released
		list[l].Returned += after[l].Returned - before[l].Returned
		list[l].Restocked += after[l].Restocked - before[l].Restocked
	}
	return list
}

// settleOld returns how a stock of the release before totals takes settlement i: it
// knows the ends of reservations alone, and acknowledges events of types that
// it does not know.
func (rules) settleOld(s state, i int) (whole protocol.Settlement, known bool) {
	switch m := s.sent[i]; m {
	case wholeCommit:
		return protocol.Commit, true
	case wholeRelease:
		return protocol.Release, true
	default:
		list := totals(m - 1).lines(s.rowShort)
		for _, l := range list {
			if l.Returned > 0 {
				return "", false
			}
		}
		whole = statusOf(list).Settling()
		return whole, whole != ""
	}
}

// mayDecide reports whether reservation may give its lines these totals.
func (r rules) mayDecide(s state, list []protocol.Line) bool {
	return protocol.MayDecide(list, s.knows || r.bug == BugTotalsToOldStock)
}

// fill is how stock grants a hold, which takes a part when there is a shortage.
func (rules) fill(s state) (short bool, filling protocol.Filling) {
	wanted := []int64{wantA, wantB}
	available := []int64{int64(s.quantity[0] - s.reserved[0]), int64(s.quantity[1] - s.reserved[1])}
	granted, filling := protocol.Fill(wanted, available, !s.oldStock)
	return granted[0] < wantA, filling
}

func (r rules) confirm(s state, list []protocol.Units, keep bool, at uint8) protocol.Ended {
	if r.bug == BugConfirmLate {
		at = 0
	}
	return protocol.Confirm(r.act(s), s.rowLines(), list, keep, s.expires, at)
}

func (r rules) cancel(s state, list []protocol.Units, at uint8) protocol.Ended {
	return protocol.Cancel(r.act(s), s.rowLines(), list, s.expires, at)
}

// act is the act by which the reservation ended.
func (r rules) act(s state) protocol.Status {
	if r.bug == BugRepeatByStatus {
		return s.statusNow()
	}
	return s.actNow()
}

// expire ends the reservation in the transaction of the expiry.
func (r rules) expire(s state) protocol.Ended {
	expires := s.expires
	if r.bug == BugExpireByFound {
		expires = 0
	}
	return protocol.Expire(s.actNow(), s.rowLines(), expires, s.now)
}

func (r rules) extend(s state, at, wanted uint8) (uint8, protocol.Extension) {
	expires, extension := protocol.Extend(s.actNow(), s.expires, at, wanted, moments-1)
	if r.bug == BugExtendEarlier && extension == protocol.ExtendKept {
		return wanted, protocol.ExtendMoved
	}
	return expires, extension
}

func (r rules) takeBack(s state, list []protocol.Units, restock bool, toStore string) protocol.Returned {
	lines := s.rowLines()
	if r.bug == BugReturnUnchecked {
		lines = slices.Clone(lines)
		for i := range lines {
			lines[i].Committed = lines[i].Quantity
		}
	}
	back := protocol.Return(lines, list, restock, toStore)
	if r.bug == BugReturnUnchecked && back.Returning == protocol.ReturnApplied {
		for i, l := range s.rowLines() {
			back.Lines[i].Committed = l.Committed
		}
	}
	return back
}

// walk returns how reservation acts on a hold that stock lists as held.
func (r rules) walk(s state) protocol.Remedy {
	if r.bug == BugWalkLeavesHeld {
		return protocol.Walk(s.statusNow())
	}
	var settled int64
	for _, l := range s.holdLines() {
		settled += l.Committed + l.Released
	}
	return protocol.WalkTotals(s.statusNow(), s.rowLines(), settled)
}

// OptionsOf returns those of a walk that finds the bug.
func OptionsOf(bug string) Options {
	o := Options{Decisions: 3, Bug: bug}
	switch bug {
	case BugExpireByFound, BugExtendEarlier, BugConfirmLate:
		o.Decisions, o.Clock = 2, true
	case BugWalkLeavesHeld, BugReturnsForgotten:
		o.Lossy = true
	case BugTotalsToOldStock:
		o.Skew = true
	}
	return o
}
