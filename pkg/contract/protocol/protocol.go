// Package protocol is the reservation protocol as pure functions: the transitions
// of a hold in stock and of a reservation, and the next step of a create.
//
// Both services make their transitions by calling it, and the model in
// test/model walks every reachable state of the very same functions, with
// crashes, late, lost and repeated messages. A change here is proven there
// before it reaches a service. Everything that touches a database, a network
// or a clock stays outside.
//
// A hold is settled once and whole (Settle). Orders of several lines, which are
// sold, given back and returned in parts, are settled to totals (SettleTo); the
// services do not call that part yet.
package protocol

// Hold is the state of a hold in stock.
type Hold string

// The states of a hold. A release that comes before its hold makes a
// tombstone: the hold goes from absent to released and is refused when it
// arrives.
const (
	HoldAbsent    Hold = ""
	HoldHeld      Hold = "held"
	HoldCommitted Hold = "committed"
	HoldReleased  Hold = "released"
)

// Status is the state of a reservation.
type Status string

// The states of a reservation. Only pending ever changes.
const (
	Absent    Status = ""
	Pending   Status = "pending"
	Confirmed Status = "confirmed"
	Cancelled Status = "cancelled"
	Expired   Status = "expired"
)

// Live reports whether the reservation has, or had for good, its stock.
func (s Status) Live() bool { return s == Pending || s == Confirmed }

// Settled reports whether the reservation came to its end.
func (s Status) Settled() bool { return s == Confirmed || s == Cancelled || s == Expired }

// Settling returns the settlement that stock must apply when a reservation reached
// status s: commit for confirmed, release for cancelled and expired. It is empty for
// a reservation that is not settled.
func (s Status) Settling() Settlement {
	switch s {
	case Confirmed:
		return Commit
	case Cancelled, Expired:
		return Release
	default:
		return ""
	}
}

// Grant is the result of a hold request, from the state of the hold alone: only
// for GrantNew does it matter whether the units are available.
type Grant int

// The results. A repeated request for a hold in state held is granted again; it
// moves no stock a second time.
const (
	GrantNew Grant = iota
	GrantRepeated
	GrantSettled // settled already: the hold of this id is over for good
)

// RequestHold returns the state after a hold request and its result.
func RequestHold(h Hold) (Hold, Grant) {
	switch h {
	case HoldAbsent:
		return HoldHeld, GrantNew
	case HoldHeld:
		return HoldHeld, GrantRepeated
	default:
		return h, GrantSettled
	}
}

// Settlement is the effect of a reservation's end on its hold.
type Settlement string

// The settlements: commit sells the stock, release gives it back.
const (
	Commit  Settlement = "commit"
	Release Settlement = "release"
)

// Effect is the effect of a settlement.
type Effect int

// The effects. A contradiction is never applied: it would mean that stock was
// sold without a hold, or given back after it was sold. So is a settlement that
// is neither commit nor release.
const (
	Applied Effect = iota
	Repeated
	Tombstoned
	Contradiction
)

// Settle returns the state after a settlement and its effect.
func Settle(h Hold, s Settlement) (Hold, Effect) {
	switch {
	case h == HoldHeld && s == Commit:
		return HoldCommitted, Applied
	case h == HoldHeld && s == Release:
		return HoldReleased, Applied
	case h == HoldAbsent && s == Release:
		return HoldReleased, Tombstoned
	case h == HoldCommitted && s == Commit, h == HoldReleased && s == Release:
		return h, Repeated
	default:
		return h, Contradiction
	}
}

// Choice is the step of a create under an attempt's id before it asks stock.
type Choice int

// The choices.
const (
	ChooseAsk    Choice = iota // ask stock for a hold under this id
	ChooseReplay               // return the result saved for the Idempotency-Key
	ChooseAdopt                // the row under the id is the result: save it
	ChooseNext                 // the id is used up: go on with the next attempt's
)

// Choose returns the step of a create before it asks stock, from the result saved
// for its key and the reservation under the attempt's id. forgotten reports that the
// reservation is older than results are stored: its key is free again, so it belongs
// to an earlier request and is never the result of this one.
func Choose(saved, forgotten bool, row Status) Choice {
	switch {
	case saved:
		return ChooseReplay
	case row.Live() && !forgotten:
		return ChooseAdopt
	case row != Absent:
		return ChooseNext
	default:
		return ChooseAsk
	}
}

// Recording is the step of a create in its own transaction after stock granted the
// hold.
type Recording int

// The ways to record.
const (
	RecordInsert Recording = iota // insert the row as pending: it is the result
	RecordAdopt                   // the row that is there is the result: save it
	RecordReplay                  // return the result saved under another attempt
	RecordNext                    // the id is used up: go on with the next attempt's
)

// Granted returns the step of a create in its own transaction once stock granted
// the hold. A result saved under another attempt since then takes precedence.
func Granted(savedOther bool, row Status) Recording {
	switch {
	case savedOther:
		return RecordReplay
	case row == Absent:
		return RecordInsert
	case row.Live():
		return RecordAdopt
	default:
		return RecordNext
	}
}

// Recourse is the step of a create when stock reports the hold as settled.
type Recourse int

// The recourses.
const (
	RecourseReplay Recourse = iota // return the result saved for the Idempotency-Key
	RecourseAdopt                  // the row under the id is the result: save it
	RecourseNext                   // the id is used up: go on with the next attempt's
)

// Refused returns the step of a create when stock reports the hold as settled: the
// reservation was recorded before the hold was settled, so it decides once more, as
// in Choose. Without a reservation the id is used up.
func Refused(saved, forgotten bool, row Status) Recourse {
	switch {
	case saved:
		return RecourseReplay
	case row.Live() && !forgotten:
		return RecourseAdopt
	default:
		return RecourseNext
	}
}

// Decision is the step of a create in its own transaction when the outcome of the
// hold request is unknown.
type Decision int

// The decisions.
const (
	DecideAbort  Decision = iota // insert the row as cancelled, reason aborted, then release
	DecideAdopt                  // the row that is there is the result: save it
	DecideGiveUp                 // return 503; a retry finds out
)

// TimedOut returns the step of a create in its own transaction when the outcome of
// the hold request is unknown: it decides, before any other request can. A result
// saved under another attempt changes nothing here: a hold that arrives late must
// find its reservation settled, whichever response the client gets.
func TimedOut(row Status) Decision {
	switch {
	case row == Absent:
		return DecideAbort
	case row.Live():
		return DecideAdopt
	default:
		return DecideGiveUp
	}
}

// Repair reports whether the consumer of stock.reserved inserts the missing
// reservation as pending, from the reservation under the event's id and the present
// state of the hold in stock. The transaction that inserts asks again with the
// reservation that it reads; the hold need not be read again, since no request
// settles a hold that has no reservation.
func Repair(row Status, h Hold) bool { return row == Absent && h == HoldHeld }

// Remedy is the step of reservation for a hold that stock lists as held.
type Remedy int

// The remedies.
const (
	WalkLeave  Remedy = iota // row and hold agree
	WalkRepair               // run the repair, which asks stock again
	WalkSettle               // notify stock once more how the reservation ended
)

// Walk returns the step of reservation for a hold that stock lists as held, from the
// reservation under its id. Only a settled reservation ends its hold. A hold without
// a reservation may belong to a create in progress, and is never released.
func Walk(row Status) Remedy {
	switch {
	case row == Absent:
		return WalkRepair
	case row.Settled():
		return WalkSettle
	default:
		return WalkLeave
	}
}
