package order

import (
	"fmt"
	"slices"

	"inventory.example/pkg/contract/protocol"
)

// maxSends is how often the client may send the create.
const maxSends = 2

// next adds every state that one step of any party can lead to.
func (w *walker) next(s state) {
	w.send(s)
	w.handle(s)
	w.requestArrives(s)
	w.repairLooks(s)
	w.repairInserts(s)
	w.clients(s)
	w.expiry(s)
	w.settlementsArrive(s)
	w.eventsAreLost(s)
	w.others(s)
	w.upgrade(s)
	if w.clock && s.now < moments-1 {
		s.now++
		w.Add(s)
	}
}

// send: the client sends the create, or sends it again after the first send came
// to an end. A row that is there is the result, or its id is used up; the next
// attempt is a reservation of its own.
func (w *walker) send(s state) {
	if s.create != idle {
		return
	}
	switch protocol.Choose(false, false, s.statusNow()) {
	case protocol.ChooseAsk:
		if s.sends < maxSends {
			s.sends++
			s.create, s.request = asked, true
			w.Add(s)
		}
	case protocol.ChooseAdopt:
		w.respond(s)
	}
}

// handle: the create goes on, or its process crashes.
func (w *walker) handle(s state) {
	phase, short := s.create, s.responseShort
	s.create, s.responseShort = idle, false
	switch phase {
	case idle:
		return
	case asked:
		w.timedOut(s)
	case granted:
		switch protocol.Granted(false, s.statusNow()) {
		case protocol.RecordInsert:
			w.respond(w.insert(s, short))
		case protocol.RecordAdopt:
			w.respond(s)
		default:
			w.Add(s)
		}
	}
	w.Add(s) // the crash
}

// timedOut: the outcome in stock is unknown.
func (w *walker) timedOut(s state) {
	switch protocol.TimedOut(s.statusNow()) {
	case protocol.DecideAbort:
		s.aborted, s.sends = true, 0
		s.act = code(statusCodes[:], protocol.Cancelled)
		s.sent[0], s.events = wholeRelease, 1
		w.Add(s)
	case protocol.DecideAdopt:
		w.respond(s)
	default:
		w.Add(s)
	}
}

// respond: the client is given the reservation and the time at which it expires.
func (w *walker) respond(s state) {
	if s.aborted || s.statusNow() == protocol.Absent {
		w.Violate("a caller is given a reservation that is aborted or not there")
	}
	if w.clock && s.statusNow() == protocol.Pending {
		s.promised = max(s.promised, s.expires)
	}
	w.Add(s)
}

// insert records the reservation with the units that stock granted.
func (w *walker) insert(s state, short bool) state {
	s.act, s.rowShort, s.row, s.expires = code(statusCodes[:], protocol.Pending), short, 0, 1
	s.sends = 0 // a later send changes nothing
	if w.rules.bug == BugRecordRequested {
		s.rowShort = false
	}
	return s
}

// requestArrives: the hold request reaches stock, perhaps long after its sender
// gave up, and perhaps not for the last time.
func (w *walker) requestArrives(s state) {
	if !s.request {
		return
	}
	hold, grant := protocol.RequestHold(s.holdNow())
	if grant == protocol.GrantNew || grant == protocol.GrantRepeated && w.rules.bug == BugGrantAgain && s.held == 0 {
		if grant == protocol.GrantRepeated {
			s.reserved[0] -= uint8(s.holdLines()[0].Held())
			s.reserved[1] -= uint8(s.holdLines()[1].Held())
		}
		short, filling := w.rules.fill(s)
		if filling == protocol.FillRefused {
			s.request = false
			w.Add(s)
			return
		}
		s.hold, s.held, s.holdShort = code(holdCodes[:], hold), 0, short
		s.reserved[0] += uint8(s.holdLines()[0].Held())
		s.reserved[1] += uint8(s.holdLines()[1].Held())
		s.reservedEvent = true
	}
	responded := s
	if s.create == asked {
		if responded.create = idle; grant != protocol.GrantSettled {
			responded.create, responded.responseShort = granted, s.holdShort
		}
	}
	w.Add(s)         // it is delivered again, and its response is lost
	w.Add(responded) // it is delivered again
	s.request, responded.request = false, false
	w.Add(s)
	w.Add(responded)
}

// repairLooks: reservation's consumer gets stock.reserved, or its walk comes to
// the hold, and asks stock. The response may be old by the time it inserts.
func (w *walker) repairLooks(s state) {
	repairs := protocol.Repair(s.statusNow(), s.holdNow())
	switch {
	case s.repairing:
	case s.reservedEvent:
		s.reservedEvent = false
		s.repairing = repairs
		w.Add(s)
	case repairs && w.rules.walk(s) == protocol.WalkRepair:
		s.repairing = true
		w.Add(s)
	}
}

// repairInserts: the repair records the units that stock granted, if the row is
// still missing.
func (w *walker) repairInserts(s state) {
	if !s.repairing {
		return
	}
	s.repairing = false
	crashed := s
	crashed.reservedEvent = true
	w.Add(crashed) // the event comes again
	if protocol.Repair(s.statusNow(), protocol.HoldHeld) {
		s = w.insert(s, s.holdShort)
	}
	w.Add(s)
}

// others: another order holds a unit of a when this one comes, and gives it back
// at any time.
func (w *walker) others(s state) {
	switch {
	case s.other > 0:
		s.other--
		s.reserved[0]--
		w.Add(s)
	case s.sends == 0 && s.statusNow() == protocol.Absent:
		s.other++
		s.reserved[0]++
		w.Add(s)
	}
}

// upgrade: a stock of the release before is replaced by one that takes totals, and
// reservation learns that from a response.
func (w *walker) upgrade(s state) {
	switch {
	case s.oldStock:
		s.oldStock = false
		w.Add(s)
	case !s.knows:
		s.knows = true
		w.Add(s)
	}
}

// code returns the place of v in the list of codes. It panics on a value that the
// model does not know: pkg/contract/protocol has a state that the walk would miss.
func code[T ~string](codes []T, v T) uint8 {
	if i := slices.Index(codes, v); i >= 0 {
		return uint8(i)
	}
	panic(fmt.Sprintf("the model has no code for %T %q", v, v))
}
