package main

import (
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/test/model/search"
)

// The bounds of the model.
const (
	ids      = 3 // attempts: each has its own reservation id
	handlers = 2 // requests with the same key that may run at the same time
	maxSends = 3 // how often the client may send the request in all
)

// state is one state of the model, packed into one word. It is comparable, serves
// as the key of the set of visited states, and is never zero (see newState).
// Methods that begin with "with" return a changed copy. Attempts are counted from
// 0; where 0 must mean none (result, checked), from 1.
type state uint64

// The widths of the parts, in bits.
const (
	holdBits = 2
	rowBits  = 3
	nBits    = 2 // a number up to 3: phase, attempt, epoch, count of sends
)

// The layout: where each part begins. A part of one bit per attempt is a row
// of flags. A message on the network is a flag, too: sent twice is sent once,
// and delivered twice is modelled by leaving it there.
const (
	holdAt      = 0                            // per attempt: the hold in stock
	rowAt       = holdAt + ids*holdBits        // per attempt: the reservation
	ackedAt     = rowAt + ids*rowBits          // per attempt: the client has received a 201 for it
	reservedAt  = ackedAt + ids                // per attempt: stock.reserved waits for reservation's consumer
	settleAt    = reservedAt + ids             // per attempt: reservation.confirmed/cancelled/expired waits for stock's consumer
	directAt    = settleAt + ids               // per attempt: the direct settle call is on the network
	requestAt   = directAt + ids               // per attempt and epoch: a hold request is on the network
	handlerAt   = requestAt + ids*maxSends     // per handler: phase, attempt, epoch
	resultAt    = handlerAt + handlers*3*nBits // attempt saved for the key, from 1; 0: none
	checkedAt   = resultAt + nBits             // attempt that the repair saw as held and is about to insert, from 1; 0: none
	startedAt   = checkedAt + nBits            // how often the client has sent the request
	recordAt    = startedAt + nBits            // attempt recorded for the key: those before it are over
	forgottenAt = recordAt + nBits             // how many attempts are older than results are kept
	redeliverAt = forgottenAt + nBits          // whether one more event may be delivered twice
	endAt       = redeliverAt + 1
)

// These do not compile when the layout outgrows the word, or a number its bits.
const (
	_ = uint(64 - endAt)
	_ = uint(1<<nBits - 1 - ids)
	_ = uint(1<<nBits - 1 - maxSends)
)

// busy covers everything that is zero when nothing is in flight.
const busy = state((1<<(resultAt-reservedAt)-1)<<reservedAt | (1<<nBits-1)<<checkedAt)

// The codes of holds and rows are their places in these lists.
var (
	holdCodes = [...]protocol.Hold{protocol.HoldAbsent, protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased}
	rowCodes  = [...]protocol.Status{protocol.Absent, protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired}
)

// newState returns the first state of every walk: nothing has happened, and one
// event may be delivered twice. No state is zero: the redelivery is used up after
// a send only, and sends are counted.
func newState() state { return state(0).with(redeliverAt) }

func (s state) get(at, width uint) uint { return uint(s>>at) & (1<<width - 1) }

func (s state) put(at, width, v uint) state {
	return s&^((1<<width-1)<<at) | state(v)<<at
}

func (s state) on(bit uint) bool       { return s>>bit&1 == 1 }
func (s state) with(bit uint) state    { return s | 1<<bit }
func (s state) without(bit uint) state { return s &^ (1 << bit) }

func (s state) hold(k uint) protocol.Hold  { return holdCodes[s.get(holdAt+k*holdBits, holdBits)] }
func (s state) row(k uint) protocol.Status { return rowCodes[s.get(rowAt+k*rowBits, rowBits)] }

func (s state) withHold(k uint, h protocol.Hold) state {
	return s.put(holdAt+k*holdBits, holdBits, code(holdCodes[:], h))
}

func (s state) withRow(k uint, r protocol.Status) state {
	return s.put(rowAt+k*rowBits, rowBits, code(rowCodes[:], r))
}

// code panics on a value that the model does not know: pkg/contract/protocol has a
// state that the walk would miss.
func code[T ~string](codes []T, v T) uint {
	if i := slices.Index(codes, v); i >= 0 {
		return uint(i)
	}
	panic(fmt.Sprintf("the model has no code for %T %q", v, v))
}

func (s state) result() uint  { return s.get(resultAt, nBits) }
func (s state) checked() uint { return s.get(checkedAt, nBits) }
func (s state) started() uint { return s.get(startedAt, nBits) }
func (s state) record() uint  { return s.get(recordAt, nBits) }

// forgotten reports whether the row of attempt k is older than results are
// kept.
func (s state) forgotten(k uint) bool { return k < s.get(forgottenAt, nBits) }

// withRecord records attempt k for the key, unless a later one is recorded.
func (s state) withRecord(k uint) state { return s.put(recordAt, nBits, max(k, s.record())) }

func (s state) redeliver() bool { return s.on(redeliverAt) }

// AtRest reports whether no handler runs and no message is under way.
func (s state) AtRest() bool { return s&busy == 0 }

// Hash spreads the state over the upper bits.
func (s state) Hash() uint64 { return search.Spread(uint64(s)) }

// requestBit is the flag of a hold request under attempt k, sent in the run
// epoch (from 1), which is the run of one handler.
func requestBit(k, epoch uint) uint { return requestAt + k*maxSends + epoch - 1 }

// phase is how far a request handler of reservation has come.
type phase uint

const (
	idle     phase = iota
	choosing       // about to look at its own database
	asked          // waiting for stock
	granted        // about to record the reservation
)

// handler is one run of a create; epoch distinguishes its responses from those of
// an earlier run. An idle handler is all zero.
type handler struct {
	phase   phase
	attempt uint
	epoch   uint
}

func (s state) handler(i uint) handler {
	at := handlerAt + i*3*nBits
	return handler{phase(s.get(at, nBits)), s.get(at+nBits, nBits), s.get(at+2*nBits, nBits)}
}

func (s state) withHandler(i uint, h handler) state {
	v := uint(h.phase) | h.attempt<<nBits | h.epoch<<(2*nBits)
	return s.put(handlerAt+i*3*nBits, 3*nBits, v)
}

// decided is one transaction in reservation, the status and its event; the
// direct call follows.
func (s state) decided(k uint, r protocol.Status) state {
	return s.withRow(k, r).with(settleAt + k).with(directAt + k)
}

// String is one line of a trace.
func (s state) String() string {
	var b strings.Builder
	for k := range uint(ids) {
		fmt.Fprintf(&b, "%d: %-9s %-9s", k+1, orNone(s.row(k)), orNone(s.hold(k)))
		for _, flag := range []struct {
			name string
			on   bool
		}{
			{"reserved", s.on(reservedAt + k)},
			{"settle", s.on(settleAt + k)},
			{"direct", s.on(directAt + k)},
			{"request", s.get(requestBit(k, 1), maxSends) != 0},
			{"repair", s.checked() == k+1},
			{"acked", s.on(ackedAt + k)},
			{"forgotten", s.forgotten(k)},
		} {
			if flag.on {
				b.WriteString(" " + flag.name)
			}
		}
		b.WriteString(" | ")
	}
	for i := range uint(handlers) {
		h := s.handler(i)
		fmt.Fprintf(&b, "handler %s", [...]string{"idle", "choosing", "asked", "granted"}[h.phase])
		if h.phase != idle {
			fmt.Fprintf(&b, " attempt %d", h.attempt+1)
		}
		b.WriteString(" | ")
	}
	fmt.Fprintf(&b, "result %d | record %d", s.result(), s.record()+1)
	return b.String()
}

func orNone[T ~string](v T) string {
	if v == "" {
		return "none"
	}
	return string(v)
}
