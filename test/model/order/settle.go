package order

import (
	"slices"

	"inventory.example/pkg/contract/protocol"
)

// The units that callers ask for in one call; nil is all that are held.
var asks = [][]protocol.Units{
	nil,
	{{ProductID: "a", StoreID: here, Quantity: 1}},
	{{ProductID: "b", StoreID: here, Quantity: 1}},
	{{ProductID: "a", StoreID: here, Quantity: 1}, {ProductID: "b", StoreID: here, Quantity: 1}},
}

// clients: callers confirm, cancel, extend and return. The time of a request is
// taken before its transaction, so the clock may have gone on since.
func (w *walker) clients(s state) {
	switch s.statusNow() {
	case protocol.Absent:
		return
	case protocol.Pending:
		w.callers(s, s.now)
		if s.now > 0 && s.now == s.expires { // one tick before, it was not over
			w.callers(s, s.now-1)
		}
	}
	if w.rules.confirm(s, nil, false, s.now).Ending == protocol.EndRepeated && s.actNow() != protocol.Confirmed ||
		w.rules.cancel(s, nil, s.now).Ending == protocol.EndRepeated && s.actNow() != protocol.Cancelled {
		w.Violatef("a call counts as repeated, but the reservation ended by %s", s.actNow())
	}
	for _, list := range asks[1:] {
		w.returned(s, list, true, "")
		w.returned(s, list, false, "")
	}
	w.returned(s, asks[1], true, elsewhere)
}

// callers confirm, cancel and extend a pending reservation.
func (w *walker) callers(s state, at uint8) {
	for _, list := range asks {
		w.confirmed(s, w.rules.confirm(s, list, false, at), at)
		if list != nil {
			w.confirmed(s, w.rules.confirm(s, list, true, at), at)
		}
		w.ended(s, w.rules.cancel(s, list, at))
	}
	for wanted := at + 1; w.clock && wanted < moments; wanted++ {
		w.extended(s, at, wanted)
	}
}

func (w *walker) confirmed(s state, ended protocol.Ended, at uint8) {
	if ended.Ending == protocol.EndApplied && w.clock && at >= s.expires {
		w.Violate("units are sold after the time of the reservation was over")
	}
	w.ended(s, ended)
}

func (w *walker) ended(s state, ended protocol.Ended) {
	if ended.Ending == protocol.EndApplied {
		s.act = code(statusCodes[:], ended.Act)
		w.decide(s, ended.Lines)
	}
}

func (w *walker) extended(s state, at, wanted uint8) {
	expires, extension := w.rules.extend(s, at, wanted)
	if extension == protocol.ExtendMoved || extension == protocol.ExtendKept {
		s.expires = expires
		s.promised = max(s.promised, expires)
		w.Add(s)
	}
}

func (w *walker) returned(s state, list []protocol.Units, restock bool, toStore string) {
	back := w.rules.takeBack(s, list, restock, toStore)
	if back.Returning == protocol.ReturnApplied {
		s.unheard = w.rules.bug != BugReturnsForgotten
		w.decide(s, back.Lines)
	}
}

// expiry: the worker finds the reservation as due, and later ends it. In a walk
// without a clock its time can be over at any moment.
func (w *walker) expiry(s state) {
	if !w.clock {
		w.ended(s, protocol.Expire(s.actNow(), s.rowLines(), s.now, s.now))
		return
	}
	if !s.found {
		if protocol.IsDue(s.actNow(), s.expires, s.now) {
			s.found = true
			w.Add(s)
		}
		return
	}
	s.found = false
	ended := w.rules.expire(s)
	if ended.Ending != protocol.EndApplied {
		w.Add(s)
		return
	}
	if s.now < s.promised {
		w.Violate("a reservation expires before the time that a caller was given")
	}
	w.ended(s, ended)
}

// decide is the transaction of reservation that gives its lines new totals: the
// row and its event. The direct call follows.
func (w *walker) decide(s state, list []protocol.Line) {
	if !w.rules.mayDecide(s, list) {
		return // 503: stock may not understand it
	}
	i := slices.Index(s.sent[:w.limit], noMessage)
	if i < 0 {
		return
	}
	after, possible := totalsOf(list)
	if !possible || !protocol.ValidLines(list) {
		w.Violate("a line sells, gives back or takes back more than it has")
		return
	}
	s.row = after
	s.sent[i] = messageOf(after)
	s.events |= 1 << i
	w.Add(s)
	// The release before totals decided and sent the same.
	switch protocol.WholeOf(list) {
	case protocol.Commit:
		s.sent[i] = wholeCommit
		w.Add(s)
	case protocol.Release:
		s.sent[i] = wholeRelease
		w.Add(s)
	}
}

// settlementsArrive: a settlement reaches stock: its event, or its direct call,
// which may be late, repeated or overtaken.
func (w *walker) settlementsArrive(s state) {
	for i, m := range s.sent {
		if m == noMessage {
			return
		}
		n, accepted := w.arrive(s, i)
		w.Add(n)
		if s.events>>i&1 == 1 {
			acknowledged := n
			acknowledged.events &^= 1 << i
			w.Add(acknowledged)
		}
		last := i == maxDecisions-1 || s.sent[i+1] == noMessage
		if last && accepted && n.unheard {
			n.unheard = false
			w.Add(n)
		}
	}
}

// arrive returns the state after settlement i reached stock, and whether a direct
// call with it succeeds.
func (w *walker) arrive(s state, i int) (n state, acknowledged bool) {
	if !s.oldStock {
		return w.apply(s, w.rules.settle(s, i)), true
	}
	whole, known := w.rules.settleOld(s, i)
	if !known {
		return s, false
	}
	if _, effect := protocol.Settle(s.holdNow(), whole); effect == protocol.Contradiction {
		w.Violate("stock refuses a settlement: it contradicts the hold")
	}
	return w.apply(s, protocol.SettleTo(s.holdNow(), s.holdLines(), protocol.Target{Whole: whole})), true
}

// apply returns the state after stock's transaction.
func (w *walker) apply(s state, settled protocol.Settled) state {
	switch settled.Progress {
	case protocol.ProgressContradiction:
		w.Violate("stock refuses a settlement: it contradicts the hold")
		return s
	case protocol.ProgressTombstoned:
		s.hold, s.tombstone = code(holdCodes[:], settled.State), true
		return s
	case protocol.ProgressApplied:
	default:
		return s
	}
	before := s.holdLines()
	for i, move := range settled.Moves {
		quantity := int64(s.quantity[i]) + move.Restock - move.Commit
		reserved := int64(s.reserved[i]) - move.Commit - move.Release
		if reserved < 0 || quantity < reserved {
			w.Violatef("row %s: quantity %d, reserved %d", settled.Lines[i].ProductID, quantity, reserved)
			return s
		}
		s.quantity[i], s.reserved[i] = uint8(quantity), uint8(reserved)
		var was protocol.Totals
		if i < len(before) {
			was = before[i].Totals
		}
		if now := settled.Lines[i].Totals; now.Committed < was.Committed || now.Released < was.Released || now.Returned < was.Returned || now.Restocked < was.Restocked {
			w.Violate("the totals of a hold fell")
		}
	}
	held, possible := totalsOf(settled.Lines)
	if !possible {
		w.Violate("a hold has totals that no reservation can have")
		return s
	}
	s.hold, s.held = code(holdCodes[:], settled.State), held
	return s
}

// eventsAreLost: in a lossy walk the broker loses the events that are under way.
func (w *walker) eventsAreLost(s state) {
	if w.lossy {
		s.events, s.reservedEvent = 0, false
		w.Add(s)
	}
}
