package main

import "inventory.example/pkg/contract/protocol"

// next adds every state that one step of any party can lead to.
func (w *walker) next(s state) {
	for i := range uint(handlers) {
		w.send(s, i)
	}
	for i := range uint(handlers) {
		w.handle(s, i)
	}
	w.forget(s)
	for k := range uint(ids) {
		w.requestArrives(s, k)
		w.rowSettles(s, k)
		w.settlementArrives(s, k)
		w.clockInStock(s, k)
		w.repairLooks(s, k)
		w.eventsAreLost(s, k)
		w.walkFinds(s, k)
	}
	w.repairInserts(s)
}

// send: the client sends, or sends again, also while the first is under way.
func (w *walker) send(s state, i uint) {
	if s.handler(i).phase != idle || s.started() == w.sends {
		return
	}
	epoch := s.started() + 1
	w.Add(s.put(startedAt, nBits, epoch).withHandler(i, handler{choosing, 0, epoch}))
}

// forget: the retention of saved results passes. It is much longer than any
// request runs, so no handler is busy; messages may still be under way.
func (w *walker) forget(s state) {
	rows := uint(0)
	for rows < ids && s.row(rows) != protocol.Absent {
		rows++
	}
	for i := range uint(handlers) {
		if s.handler(i).phase != idle {
			return
		}
	}
	w.Add(s.put(resultAt, nBits, 0).put(forgottenAt, nBits, rows))
}

// handle: a request handler in reservation goes on, or crashes.
func (w *walker) handle(s state, i uint) {
	h := s.handler(i)
	if h.phase == idle {
		return
	}
	w.Add(s.withHandler(i, handler{})) // the crash loses the memory (of one handler, which is harsher than of all)
	switch h.phase {
	case choosing:
		w.runStep(s, i, w.rules.choose(s, h))
	case asked:
		w.runStep(s, i, w.rules.timedOut(s, h))
	case granted:
		w.runStep(s, i, w.rules.granted(s, h))
	}
}

// runStep carries out the step that the protocol chose for handler i.
func (w *walker) runStep(s state, i uint, next step) {
	h := s.handler(i)
	k := h.attempt
	done := s.withHandler(i, handler{})
	switch next {
	case ask:
		if w.rules.bug == bugNextBeforeDecided {
			s = s.withRecord(k + 1)
		}
		w.Add(s.with(requestBit(k, h.epoch)).withHandler(i, handler{asked, k, h.epoch}))
	case replay:
		w.replay(done)
	case adopt:
		w.respond(done, k)
	case insert:
		w.respond(w.insert(done, k), k)
	case insertAborted:
		w.Add(w.insert(done, k).decided(k, protocol.Cancelled).withRecord(k + 1))
	case nextAttempt:
		w.nextAttempt(s, i)
	case giveUp:
		w.Add(done)
	case releaseOnly:
		w.Add(done.with(directAt + k))
	case cancelAnyway:
		if s.on(ackedAt + k) {
			w.Violate("an acknowledged reservation was cancelled by a time-out of another request")
		}
		w.Add(done.decided(k, protocol.Cancelled))
	case refusedForGood:
		w.Violate("a retry is refused for good: its only id is settled in stock, and no reservation was ever given")
	default:
		w.Violatef("a create cannot take step %d", next)
	}
}

// nextAttempt: handler i goes on with the attempt that is recorded for its key,
// or records the one after its own. Attempts beyond the model's end with 503.
func (w *walker) nextAttempt(s state, i uint) {
	h := s.handler(i)
	s = s.withRecord(h.attempt + 1)
	if h.attempt = s.record(); h.attempt >= ids {
		w.Add(s.withHandler(i, handler{}))
		return
	}
	h.phase = choosing
	w.Add(s.withHandler(i, h))
}

// replay responds with the saved result.
func (w *walker) replay(s state) {
	if s.result() == 0 {
		w.Violate("a result is repeated that was never saved")
		return
	}
	w.Add(s.with(ackedAt + s.result() - 1))
}

// respond saves attempt k as the key's result and responds with it and 201.
func (w *walker) respond(s state, k uint) {
	if !s.row(k).Live() {
		w.Violate("201 for a reservation that is settled or not there")
	}
	if s.forgotten(k) {
		w.Violate("a key that is free again returns an old reservation")
	}
	if s.result() != 0 && s.result() != k+1 {
		w.Violate("the result saved for the key was replaced by another reservation")
	}
	w.Add(s.put(resultAt, nBits, k+1).with(ackedAt + k))
}

// insert creates the row of attempt k, as pending.
func (w *walker) insert(s state, k uint) state {
	if s.row(k) != protocol.Absent && w.rules.bug != bugRepairWithoutCheck {
		w.Violate("a reservation is inserted that exists already")
	}
	return s.withRow(k, protocol.Pending)
}

// requestArrives: a hold request reaches stock, perhaps long after its sender
// gave up.
func (w *walker) requestArrives(s state, k uint) {
	for epoch := uint(1); epoch <= w.sends; epoch++ {
		if s.on(requestBit(k, epoch)) {
			w.request(s.without(requestBit(k, epoch)), handler{asked, k, epoch})
		}
	}
}

// request: stock responds to the hold request that a handler sent in the state
// asking.
func (w *walker) request(s state, asking handler) {
	k := asking.attempt
	hold, grant := w.rules.requestHold(s, k)
	isNew := grant == protocol.GrantNew
	if isNew != (hold != s.hold(k)) {
		w.Violate("a hold request moved stock without a new hold, or the other way round")
	}
	s = s.withHold(k, hold)
	if isNew {
		s = s.with(reservedAt + k)
	}
	w.Add(s) // the response is lost
	i := uint(0)
	for i < handlers && s.handler(i) != asking {
		i++
	}
	if i == handlers {
		return
	}
	if grant == protocol.GrantSettled {
		// The walk needs only the prompt reaction: the refusal changed nothing in stock and a settled hold
		// stays settled, so a late reaction is the same run as a request that arrives late.
		w.runStep(s, i, w.rules.refused(s, asking))
		return
	}
	w.Add(s.withHandler(i, handler{granted, k, asking.epoch}))
}

// rowSettles: a caller confirms or cancels, or the TTL passes.
func (w *walker) rowSettles(s state, k uint) {
	if s.row(k) != protocol.Pending {
		return
	}
	w.Add(s.decided(k, protocol.Confirmed))
	w.Add(s.decided(k, protocol.Cancelled))
	w.Add(s.decided(k, protocol.Expired))
}

// settlementArrives: a settlement reaches stock, by event or by direct call.
func (w *walker) settlementArrives(s state, k uint) {
	event, direct := s.on(settleAt+k), s.on(directAt+k)
	if !event && !direct {
		return
	}
	hold, settlement, effect := w.rules.settle(s, k)
	switch {
	case settlement == "":
		w.Violate("a settlement is under way although the reservation is not settled")
		return
	case effect == protocol.Contradiction && settlement == protocol.Commit:
		w.Violate("confirmed, but the hold is gone: sold without stock")
		return
	case effect == protocol.Contradiction:
		w.Violate("released after it was sold")
		return
	case (effect == protocol.Applied) != (s.hold(k) == protocol.HoldHeld):
		w.Violate("settling moved stock without a hold, or the other way round")
	case effect == protocol.Repeated && hold != s.hold(k):
		w.Violate("a repeated settlement changed the hold")
	}
	n := s.withHold(k, hold)
	if event {
		w.Add(n.without(settleAt + k))
		if s.redeliver() {
			w.Add(n.without(redeliverAt))
		}
	}
	if direct {
		w.Add(s.without(directAt + k)) // lost
		w.Add(n.without(directAt + k))
	}
}

// clockInStock: only with its bug, stock ends a hold on its own.
func (w *walker) clockInStock(s state, k uint) {
	if w.rules.bug == bugReleaseInStock && s.hold(k) == protocol.HoldHeld {
		w.Add(s.withHold(k, protocol.HoldReleased))
	}
}

// repairLooks: reservation's consumer gets stock.reserved, looks at its row and
// asks stock. The response may be old by the time it inserts.
func (w *walker) repairLooks(s state, k uint) {
	if !s.on(reservedAt+k) || s.checked() != 0 {
		return
	}
	if w.rules.repair(s, k, s.hold(k)) {
		w.Add(s.put(checkedAt, nBits, k+1))
		return
	}
	w.Add(s.without(reservedAt + k))
	if s.redeliver() {
		w.Add(s.without(redeliverAt))
	}
}

// repairInserts: the consumer writes the row, if it is still missing.
func (w *walker) repairInserts(s state) {
	if s.checked() == 0 {
		return
	}
	k := s.checked() - 1
	s = s.put(checkedAt, nBits, 0)
	if w.rules.repair(s, k, protocol.HoldHeld) {
		w.Add(w.insert(s.without(reservedAt+k), k))
	} else {
		w.Add(s.without(reservedAt + k))
	}
	w.Add(s) // a crash before the insert: the event comes again
}

// eventsAreLost: in a walk of that kind, the broker loses the events that are
// under way.
func (w *walker) eventsAreLost(s state, k uint) {
	if w.lossy {
		w.Add(s.without(settleAt + k).without(reservedAt + k))
	}
}

// walkFinds: reservation's walk over the holds that stock lists as held comes
// to this one. Its knowledge may be old by the time it acts: it repairs like
// the consumer of stock.reserved, in two steps, and its settlements are as late
// as any.
func (w *walker) walkFinds(s state, k uint) {
	if s.hold(k) != protocol.HoldHeld {
		return
	}
	switch w.rules.walk(s, k) {
	case protocol.WalkRepair:
		if s.checked() == 0 {
			w.Add(s.put(checkedAt, nBits, k+1))
		}
	case protocol.WalkSettle:
		w.Add(s.with(directAt + k))
	case protocol.WalkLeave:
	}
}
