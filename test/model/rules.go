package main

import "inventory.example/pkg/contract/protocol"

// The bugs: each leaves one rule of the protocol out, to show why it is needed.
const (
	bugSettledMeansNext   = "settled-means-next"          // a hold reported as settled leads to the next attempt without a look at the own row
	bugNoAttempts         = "no-attempts"                 // a key has one id for good
	bugNoAbortRow         = "no-abort-row"                // a time-out releases the hold, but records no decision
	bugAbortCancelsAcked  = "abort-cancels-acked"         // a time-out cancels a row that is there, too
	bugNoTombstone        = "no-tombstone"                // a release of an unseen hold is forgotten
	bugRepairWithoutCheck = "repair-without-row-check"    // the repair trusts the event and does not look at its own rows
	bugReleaseInStock     = "release-on-expired-in-stock" // stock ends holds by its own clock
	bugNextBeforeDecided  = "next-before-decided"         // the next attempt is recorded before the one that is asked for is over
	bugAdoptForgotten     = "adopt-forgotten"             // a row is the result, however old it is
	bugWalkReleases       = "walk-releases-unknown"       // the walk releases a hold without a row
	bugNoWalk             = "no-walk"                     // only events and direct calls end holds
)

var bugs = []string{
	bugSettledMeansNext, bugNoAttempts, bugNoAbortRow, bugAbortCancelsAcked,
	bugNoTombstone, bugRepairWithoutCheck, bugReleaseInStock,
	bugNextBeforeDecided, bugAdoptForgotten, bugWalkReleases, bugNoWalk,
}

// step is the next action of a handler: one of pkg/contract/protocol, or one that
// only a bug takes.
type step int

const (
	ask step = iota
	replay
	adopt
	insert
	nextAttempt
	insertAborted
	giveUp
	releaseOnly    // a bug: send the release, decide nothing
	cancelAnyway   // a bug: cancel the row that is there
	refusedForGood // a bug: there is no next attempt, every retry is refused
)

// The step of each result of the protocol. A result without one, which the walk
// would not carry out, panics.
var (
	afterChoice = [...]step{
		protocol.ChooseAsk: ask, protocol.ChooseReplay: replay, protocol.ChooseAdopt: adopt, protocol.ChooseNext: nextAttempt,
	}
	afterGrant = [...]step{
		protocol.RecordInsert: insert, protocol.RecordAdopt: adopt, protocol.RecordReplay: replay, protocol.RecordNext: nextAttempt,
	}
	afterRefusal = [...]step{
		protocol.RecourseReplay: replay, protocol.RecourseAdopt: adopt, protocol.RecourseNext: nextAttempt,
	}
	afterTimeout = [...]step{
		protocol.DecideAbort: insertAborted, protocol.DecideAdopt: adopt, protocol.DecideGiveUp: giveUp,
	}
)

// rules are those of pkg/contract/protocol, but for at most one bug. Each method is
// one transaction of the service, so its reads and writes are one atomic step.
type rules struct{ bug string }

func (r rules) choose(s state, h handler) step {
	return afterChoice[protocol.Choose(s.result() != 0, r.forgotten(s, h), s.row(h.attempt))]
}

func (r rules) forgotten(s state, h handler) bool {
	return s.forgotten(h.attempt) && r.bug != bugAdoptForgotten
}

func (rules) granted(s state, h handler) step {
	savedOther := s.result() != 0 && s.result() != h.attempt+1
	return afterGrant[protocol.Granted(savedOther, s.row(h.attempt))]
}

func (r rules) refused(s state, h handler) step {
	next := afterRefusal[protocol.Refused(s.result() != 0, r.forgotten(s, h), s.row(h.attempt))]
	switch {
	case r.bug == bugSettledMeansNext:
		return nextAttempt
	case r.bug == bugNoAttempts && next == nextAttempt:
		return refusedForGood
	}
	return next
}

func (r rules) timedOut(s state, h handler) step {
	next := afterTimeout[protocol.TimedOut(s.row(h.attempt))]
	switch {
	case r.bug == bugNoAbortRow && next == insertAborted:
		return releaseOnly
	case r.bug == bugAbortCancelsAcked && s.row(h.attempt) == protocol.Pending:
		return cancelAnyway
	}
	return next
}

// losesRows reports whether an attempt may be left without a settled row.
func (r rules) losesRows() bool { return r.bug == bugNoAbortRow || r.bug == bugRepairWithoutCheck }

func (rules) requestHold(s state, k uint) (protocol.Hold, protocol.Grant) {
	return protocol.RequestHold(s.hold(k))
}

// settle derives the settlement from the row. It is the one that was sent,
// because a settled row never changes. Only a bug removes the row of a settlement
// under way, or sends a settlement without a row; both are releases.
func (r rules) settle(s state, k uint) (protocol.Hold, protocol.Settlement, protocol.Effect) {
	settlement := s.row(k).Settling()
	if r.bug != "" && !s.row(k).Settled() {
		settlement = protocol.Release
	}
	hold, effect := protocol.Settle(s.hold(k), settlement)
	if r.bug == bugNoTombstone && effect == protocol.Tombstoned {
		hold = s.hold(k)
	}
	return hold, settlement, effect
}

// repair is called twice: with the hold as stock reports it, and again in the
// transaction that inserts, with the hold as it was reported.
func (r rules) repair(s state, k uint, hold protocol.Hold) bool {
	row := s.row(k)
	if r.bug == bugRepairWithoutCheck {
		row = protocol.Absent
	}
	return protocol.Repair(row, hold)
}

func (r rules) walk(s state, k uint) protocol.Remedy {
	switch remedy := protocol.Walk(s.row(k)); {
	case r.bug == bugNoWalk:
		return protocol.WalkLeave
	case r.bug == bugWalkReleases && remedy == protocol.WalkRepair:
		return protocol.WalkSettle
	default:
		return remedy
	}
}
