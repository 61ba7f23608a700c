package order

import (
	"fmt"
	"strings"

	"inventory.example/pkg/contract/protocol"
	"inventory.example/test/model/search"
)

// The order of the model: two units of product a and one of product b. Under a
// shortage one of a is granted. Returned units of a may go to another store.
const (
	rows  = 3 // a, b, and a in the other store
	wantA = 2
	wantB = 1

	here, elsewhere = "s", "t" // the stores
)

// maxDecisions bounds how often the reservation changes after its create: each
// change is a settlement.
const maxDecisions = 5

// totals is the code of the totals of all lines: their place among all that a
// reservation can have. 0 is none of all.
type totals uint8

// The lines of each code, as granted in whole and in part, and the code of the
// totals of each row.
var linesOf, codeOf = allTotals()

type grants struct{ whole, part []protocol.Line }

func allTotals() (list []grants, codes map[[rows]protocol.Totals]totals) {
	codes = map[[rows]protocol.Totals]totals{}
	for _, a := range lineTotals(wantA) {
		for elsewhere := range a.Returned - a.Restocked + 1 {
			for _, b := range lineTotals(wantB) {
				code := [rows]protocol.Totals{a, b, {Restocked: elsewhere}}
				codes[code] = totals(len(list))
				list = append(list, grants{grantedLines(wantA, code), grantedLines(wantA-1, code)})
			}
		}
	}
	return list, codes
}

// lineTotals returns the totals that a line can have.
func lineTotals(quantity int64) (all []protocol.Totals) {
	for c := range quantity + 1 {
		for r := range quantity - c + 1 {
			for t := range c + 1 {
				for s := range t + 1 {
					all = append(all, protocol.Totals{Committed: c, Released: r, Returned: t, Restocked: s})
				}
			}
		}
	}
	return all
}

func grantedLines(quantityA int64, of [rows]protocol.Totals) []protocol.Line {
	list := []protocol.Line{
		{ProductID: "a", StoreID: here, Quantity: quantityA, Totals: of[0]},
		{ProductID: "b", StoreID: here, Quantity: wantB, Totals: of[1]},
	}
	if of[2] != (protocol.Totals{}) {
		list = append(list, protocol.Line{ProductID: "a", StoreID: elsewhere, Totals: of[2]})
	}
	return list
}

// totalsOf returns the code of the totals of lines; it is false for totals that
// no reservation can have.
func totalsOf(list []protocol.Line) (totals, bool) {
	if len(list) > rows {
		return 0, false
	}
	var of [rows]protocol.Totals
	for i, l := range list {
		of[i] = l.Totals
	}
	t, possible := codeOf[of]
	return t, possible
}

// lines returns the lines that have these totals, which no caller changes; short:
// fewer units of a were granted than were asked for.
func (t totals) lines(short bool) []protocol.Line {
	if short {
		return linesOf[t].part
	}
	return linesOf[t].whole
}

// message is a settlement: the totals that it carries, from 1, or one of these.
type message uint8

const (
	noMessage    message = 0
	wholeCommit  message = 254
	wholeRelease message = 255
)

func messageOf(t totals) message { return message(t) + 1 }

// phase is how far a create has come.
type phase uint8

const (
	idle    phase = iota
	asked         // waiting for stock
	granted       // about to record the reservation
)

// moments bounds the clock: a reservation expires at 1, and at 2 when it is
// extended.
const moments = 3

// state is everything that matters of one order. It is comparable, and its zero
// value is never reached: stock has units, or the order has them.
type state struct {
	// In reservation's database.
	act      uint8 // by which it ended: place in statusCodes
	aborted  bool  // the row was inserted by a create with an unknown outcome
	rowShort bool
	row      totals
	expires  uint8
	unheard  bool // units were returned, and stock did not acknowledge it

	// In stock's database.
	hold      uint8 // place in holdCodes
	tombstone bool  // the hold has no lines
	holdShort bool
	held      totals
	quantity  [rows]uint8
	reserved  [rows]uint8
	other     uint8 // units of a that another order holds

	// The create, the client and the clock.
	create        phase
	responseShort bool
	sends         uint8
	promised      uint8 // the latest expires_at that a caller was given, 0: none
	now           uint8
	found         bool // the expiry has found the reservation as due and is about to end it

	// The network. A settlement can reach stock at any time after it was decided,
	// as often as it likes: by the direct call, late, repeated, or overtaken.
	request       bool // a hold request
	reservedEvent bool // stock.reserved waits for reservation's consumer
	repairing     bool // the repair has seen the hold as held and is about to insert
	sent          [maxDecisions]message
	events        uint8 // bit i: the event of sent[i] waits for stock's consumer

	// Two releases at once.
	oldStock bool // stock is of the release before totals
	knows    bool // reservation knows that stock takes totals
}

// The codes of statuses and holds are their places in these lists.
var (
	statusCodes = [...]protocol.Status{
		protocol.Absent, protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired,
	}
	holdCodes = [...]protocol.Hold{protocol.HoldAbsent, protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased}
)

func newState(skew bool) state {
	return state{quantity: [rows]uint8{wantA, wantB}, oldStock: skew, knows: !skew}
}

func (s state) actNow() protocol.Status   { return statusCodes[s.act] }
func (s state) holdNow() protocol.Hold    { return holdCodes[s.hold] }
func (s state) rowLines() []protocol.Line { return s.row.lines(s.rowShort) }

// statusNow returns the status of the reservation. An aborted one does not know
// which of its lines were granted.
func (s state) statusNow() protocol.Status {
	if act := s.actNow(); act == protocol.Absent || s.aborted {
		return act
	}
	return protocol.StatusOf(s.rowLines(), s.actNow())
}

// holdLines returns the lines of the hold; a tombstone and an absent hold have none.
func (s state) holdLines() []protocol.Line {
	if s.holdNow() == protocol.HoldAbsent || s.tombstone {
		return nil
	}
	return s.held.lines(s.holdShort)
}

// AtRest reports whether no create runs and no message is under way.
func (s state) AtRest() bool {
	return s.create == idle && !s.request && !s.reservedEvent && !s.repairing && s.events == 0
}

// Hash spreads the state over the upper bits.
func (s state) Hash() uint64 {
	var stored, sent, rest uint64
	for _, v := range []uint8{
		s.act<<4 | s.hold, uint8(s.row), uint8(s.held), s.quantity[0], s.quantity[1], s.quantity[2], s.reserved[0], s.reserved[1],
	} {
		stored = stored<<8 | uint64(v)
	}
	for _, v := range s.sent {
		sent = sent<<8 | uint64(v)
	}
	for _, v := range []uint8{s.events, s.expires<<4 | s.other, uint8(s.create)<<4 | s.sends, s.promised<<4 | s.now} {
		rest = rest<<8 | uint64(v)
	}
	for _, on := range []bool{
		s.aborted, s.rowShort, s.unheard, s.tombstone, s.holdShort, s.responseShort, s.found, s.request, s.reservedEvent,
		s.repairing, s.oldStock, s.knows,
	} {
		rest <<= 1
		if on {
			rest |= 1
		}
	}
	return search.Spread(search.Spread(search.Spread(stored)^sent) ^ rest)
}

// String is one line of a trace.
func (s state) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reservation %s", cmpOrNone(s.statusNow()))
	if s.statusNow() != protocol.Absent {
		fmt.Fprintf(&b, " %s until %d", text(s.rowLines()), s.expires)
	}
	fmt.Fprintf(&b, " | hold %s %s", cmpOrNone(s.holdNow()), text(s.holdLines()))
	fmt.Fprintf(&b, " | a %d reserved %d, b %d reserved %d, a elsewhere %d | now %d",
		s.quantity[0], s.reserved[0], s.quantity[1], s.reserved[1], s.quantity[2], s.now)
	if s.create != idle {
		fmt.Fprintf(&b, " | create %s", [...]string{"idle", "asked", "granted"}[s.create])
	}
	for i, m := range s.sent {
		if m == noMessage {
			break
		}
		fmt.Fprintf(&b, " | sent %s", m)
		if s.events>>i&1 == 1 {
			b.WriteString(", event waits")
		}
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{
		{"aborted", s.aborted},
		{"return not acknowledged", s.unheard},
		{"expiry found it", s.found},
		{"request", s.request},
		{"stock.reserved", s.reservedEvent},
		{"repair", s.repairing},
		{"old stock", s.oldStock},
	} {
		if flag.on {
			b.WriteString(" | " + flag.name)
		}
	}
	return b.String()
}

func (m message) String() string {
	switch m {
	case noMessage:
		return "none"
	case wholeCommit:
		return "commit"
	case wholeRelease:
		return "release"
	default:
		return text(totals(m - 1).lines(false))
	}
}

func text(list []protocol.Line) string {
	parts := make([]string, len(list))
	for i, l := range list {
		parts[i] = fmt.Sprintf("%s in %s: %d sold %d released %d returned %d restocked of %d",
			l.ProductID, l.StoreID, l.Committed, l.Released, l.Returned, l.Restocked, l.Quantity)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func cmpOrNone[T ~string](v T) string {
	if v == "" {
		return "none"
	}
	return string(v)
}
