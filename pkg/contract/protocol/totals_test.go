package protocol_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"inventory.example/pkg/contract/protocol"
)

// line is a line of product p in store s.
func line(quantity, committed, released, returned, restocked int64) protocol.Line {
	return protocol.Line{ProductID: "p", StoreID: "s", Quantity: quantity, Totals: protocol.Totals{
		Committed: committed, Released: released, Returned: returned, Restocked: restocked,
	}}
}

func of(product, store string, l protocol.Line) protocol.Line {
	l.ProductID, l.StoreID = product, store
	return l
}

func list(lines ...protocol.Line) []protocol.Line { return lines }

func TestLine_Held(t *testing.T) {
	if got := line(5, 2, 1, 2, 1).Held(); got != 2 {
		t.Errorf("%d units are held, want 2: what was returned is not held again", got)
	}
}

func TestHoldOf(t *testing.T) {
	for name, c := range map[string]struct {
		lines []protocol.Line
		want  protocol.Hold
	}{
		"no lines":                     {nil, protocol.HoldReleased},
		"nothing settled":              {list(line(2, 0, 0, 0, 0)), protocol.HoldHeld},
		"a part sold":                  {list(line(2, 1, 0, 0, 0)), protocol.HoldHeld},
		"sold":                         {list(line(2, 2, 0, 0, 0)), protocol.HoldCommitted},
		"given back":                   {list(line(2, 0, 2, 0, 0)), protocol.HoldReleased},
		"sold in part, the rest back":  {list(line(2, 1, 1, 0, 0)), protocol.HoldCommitted},
		"sold and returned":            {list(line(2, 2, 0, 2, 2)), protocol.HoldCommitted},
		"one sold, one held":           {list(line(2, 2, 0, 0, 0), of("q", "s", line(1, 0, 0, 0, 0))), protocol.HoldHeld},
		"one sold, one given back":     {list(line(2, 2, 0, 0, 0), of("q", "s", line(1, 0, 1, 0, 0))), protocol.HoldCommitted},
		"one given back, one not held": {list(line(2, 0, 2, 0, 0), of("q", "s", line(0, 0, 0, 0, 0))), protocol.HoldReleased},
	} {
		t.Run(name, func(t *testing.T) {
			if got := protocol.HoldOf(c.lines); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// settleCase is a settlement to totals and the hold after it.
type settleCase struct {
	state    protocol.Hold
	hold     []protocol.Line
	to       protocol.Target
	progress protocol.Progress
	want     protocol.Hold
	lines    []protocol.Line // as before, when nil
	moves    []protocol.Move
}

func (c settleCase) run(t *testing.T) {
	before := slices.Clone(c.hold)
	if c.lines == nil {
		c.lines = c.hold
	}
	want := protocol.Settled{Progress: c.progress, State: c.want, Lines: c.lines, Moves: c.moves}
	if got := protocol.SettleTo(c.state, c.hold, c.to); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !slices.Equal(c.hold, before) {
		t.Error("the lines of the hold were changed")
	}
}

const (
	applied       = protocol.ProgressApplied
	repeated      = protocol.ProgressRepeated
	overtaken     = protocol.ProgressOvertaken
	contradiction = protocol.ProgressContradiction
)

// Stock moves the difference to its own totals, and ignores smaller ones.
func TestSettleTo_totals(t *testing.T) {
	held, committed, released := protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased
	to := func(lines ...protocol.Line) protocol.Target { return protocol.Target{Lines: lines} }
	other := of("q", "s", line(1, 0, 0, 0, 0))
	otherSold := of("q", "s", line(1, 1, 0, 0, 0))
	for name, c := range map[string]settleCase{
		"sells a part": {
			held, list(line(3, 0, 0, 0, 0)), to(line(3, 1, 0, 0, 0)), applied, held,
			list(line(3, 1, 0, 0, 0)),
			[]protocol.Move{{Commit: 1}},
		},
		"sells another part and gives the rest back": {
			held, list(line(3, 1, 0, 0, 0)), to(line(3, 2, 1, 0, 0)), applied, committed,
			list(line(3, 2, 1, 0, 0)),
			[]protocol.Move{{Commit: 1, Release: 1}},
		},
		"gives a part back": {
			held, list(line(3, 0, 0, 0, 0)), to(line(3, 0, 1, 0, 0)), applied, held,
			list(line(3, 0, 1, 0, 0)),
			[]protocol.Move{{Release: 1}},
		},
		"gives the last part back": {
			held, list(line(3, 0, 1, 0, 0)), to(line(3, 0, 3, 0, 0)), applied, released,
			list(line(3, 0, 3, 0, 0)),
			[]protocol.Move{{Release: 2}},
		},
		"takes units back": {
			committed, list(line(3, 3, 0, 0, 0)), to(line(3, 3, 0, 2, 1)), applied, committed,
			list(line(3, 3, 0, 2, 1)),
			[]protocol.Move{{Restock: 1}},
		},
		"takes units back of a sale that it had not seen": {
			held, list(line(3, 0, 0, 0, 0)), to(line(3, 3, 0, 1, 1)), applied, committed,
			list(line(3, 3, 0, 1, 1)),
			[]protocol.Move{{Commit: 3, Restock: 1}},
		},
		"takes units back into a row that was not reserved": {
			committed, list(line(3, 3, 0, 0, 0)), to(line(3, 3, 0, 2, 0), of("p", "t", line(0, 0, 0, 0, 2))), applied, committed,
			list(line(3, 3, 0, 2, 0), of("p", "t", line(0, 0, 0, 0, 2))),
			[]protocol.Move{{}, {Restock: 2}},
		},
		"moves one line of two": {
			held, list(line(3, 0, 0, 0, 0), other), to(line(3, 0, 0, 0, 0), otherSold), applied, held,
			list(line(3, 0, 0, 0, 0), otherSold),
			[]protocol.Move{{}, {Commit: 1}},
		},
		"finds lines in another order": {
			held, list(line(3, 0, 0, 0, 0), other), to(otherSold, line(3, 3, 0, 0, 0)), applied, committed,
			list(line(3, 3, 0, 0, 0), otherSold),
			[]protocol.Move{{Commit: 3}, {Commit: 1}},
		},
		"ignores a line that was granted nothing": {
			held, list(line(3, 0, 0, 0, 0)), to(line(3, 3, 0, 0, 0), of("q", "s", line(0, 0, 0, 0, 0))), applied, committed,
			list(line(3, 3, 0, 0, 0)),
			[]protocol.Move{{Commit: 3}},
		},
		"repeats": {
			held, list(line(3, 1, 1, 0, 0)), to(line(3, 1, 1, 0, 0)), repeated, held, nil, nil,
		},
		"was overtaken": {
			committed, list(line(3, 2, 1, 1, 0)), to(line(3, 2, 0, 0, 0)), overtaken, committed, nil, nil,
		},
		"was overtaken in one line": {
			committed, list(line(3, 3, 0, 0, 0), otherSold), to(line(3, 3, 0, 0, 0), other), overtaken, committed, nil, nil,
		},
		"does not know a line that takes returned units": {
			committed, list(line(3, 3, 0, 2, 0), of("p", "t", line(0, 0, 0, 0, 2))), to(line(3, 3, 0, 0, 0)), overtaken, committed, nil, nil,
		},
		"sells what was given back": {
			released, list(line(3, 0, 3, 0, 0)), to(line(3, 3, 0, 0, 0)), contradiction, released, nil, nil,
		},
		"grows in one line and falls in the other": {
			held, list(line(3, 1, 0, 0, 0), other), to(line(3, 0, 0, 0, 0), otherSold), contradiction, held, nil, nil,
		},
		"sells more than was granted": {
			held, list(line(3, 2, 0, 0, 0)), to(line(3, 3, 1, 0, 0)), contradiction, held, nil, nil,
		},
		"takes more back than was sold": {
			committed, list(line(3, 2, 1, 0, 0)), to(line(3, 2, 1, 3, 0)), contradiction, committed, nil, nil,
		},
		"restocks more than was returned": {
			committed, list(line(3, 3, 0, 0, 0)), to(line(3, 3, 0, 1, 1), of("p", "t", line(0, 0, 0, 0, 1))), contradiction, committed, nil, nil,
		},
		"restocks another product": {
			committed, list(line(3, 3, 0, 0, 0)), to(line(3, 3, 0, 1, 0), of("q", "t", line(0, 0, 0, 0, 1))), contradiction, committed, nil, nil,
		},
		"has another quantity": {
			held, list(line(3, 0, 0, 0, 0)), to(line(4, 1, 0, 0, 0)), contradiction, held, nil, nil,
		},
		"has another row": {
			held, list(line(3, 0, 0, 0, 0)), to(of("q", "s", line(3, 1, 0, 0, 0))), contradiction, held, nil, nil,
		},
	} {
		t.Run(name, c.run)
	}
}

// A whole settlement is the totals of all units: a message of the releases before
// totals keeps its meaning, also when it is late or repeated.
func TestSettleTo_whole(t *testing.T) {
	held, committed, released := protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased
	whole := func(s protocol.Settlement) protocol.Target { return protocol.Target{Whole: s} }
	two := list(line(3, 0, 0, 0, 0), of("q", "s", line(1, 0, 0, 0, 0)))
	for name, c := range map[string]settleCase{
		"commits all": {
			held, two, whole(protocol.Commit), applied, committed,
			list(line(3, 3, 0, 0, 0), of("q", "s", line(1, 1, 0, 0, 0))),
			[]protocol.Move{{Commit: 3}, {Commit: 1}},
		},
		"releases all": {
			held, two, whole(protocol.Release), applied, released,
			list(line(3, 0, 3, 0, 0), of("q", "s", line(1, 0, 1, 0, 0))),
			[]protocol.Move{{Release: 3}, {Release: 1}},
		},
		"commits again":          {committed, list(line(3, 3, 0, 0, 0)), whole(protocol.Commit), repeated, committed, nil, nil},
		"releases again":         {released, list(line(3, 0, 3, 0, 0)), whole(protocol.Release), repeated, released, nil, nil},
		"commits after a return": {committed, list(line(3, 3, 0, 1, 1)), whole(protocol.Commit), overtaken, committed, nil, nil},
		"commits after a return to another row": {
			committed, list(line(3, 3, 0, 1, 0), of("p", "t", line(0, 0, 0, 0, 1))), whole(protocol.Commit), overtaken, committed, nil, nil,
		},
		"commits what was released": {released, list(line(3, 0, 3, 0, 0)), whole(protocol.Commit), contradiction, released, nil, nil},
		"releases what was sold":    {committed, list(line(3, 3, 0, 0, 0)), whole(protocol.Release), contradiction, committed, nil, nil},
		"releases a part sold":      {held, list(line(3, 1, 0, 0, 0)), whole(protocol.Release), contradiction, held, nil, nil},
		"is no settlement":          {held, list(line(3, 0, 0, 0, 0)), whole("sell"), contradiction, held, nil, nil},
	} {
		t.Run(name, c.run)
	}
}

// A release without a hold leaves a tombstone; nothing else does.
func TestSettleTo_tombstone(t *testing.T) {
	absent, released := protocol.HoldAbsent, protocol.HoldReleased
	releasesAll := list(line(3, 0, 3, 0, 0), of("q", "s", line(0, 0, 0, 0, 0)))
	for name, c := range map[string]settleCase{
		"release":             {absent, nil, protocol.Target{Whole: protocol.Release}, protocol.ProgressTombstoned, released, nil, nil},
		"release of all":      {absent, nil, protocol.Target{Lines: releasesAll}, protocol.ProgressTombstoned, released, nil, nil},
		"release again":       {released, nil, protocol.Target{Whole: protocol.Release}, repeated, released, nil, nil},
		"release of all late": {released, nil, protocol.Target{Lines: releasesAll}, repeated, released, nil, nil},
		"release of a part":   {absent, nil, protocol.Target{Lines: list(line(3, 0, 1, 0, 0))}, contradiction, absent, nil, nil},
		"commit":              {absent, nil, protocol.Target{Whole: protocol.Commit}, contradiction, absent, nil, nil},
		"commit of a part":    {absent, nil, protocol.Target{Lines: list(line(3, 1, 2, 0, 0))}, contradiction, absent, nil, nil},
		"commit of a grave":   {released, nil, protocol.Target{Whole: protocol.Commit}, contradiction, released, nil, nil},
		"nothing":             {absent, nil, protocol.Target{}, contradiction, absent, nil, nil},
	} {
		t.Run(name, c.run)
	}
}

// For a hold that is settled once, as before totals, SettleTo and Settle agree.
func TestSettleTo_Settle(t *testing.T) {
	lines := map[protocol.Hold][]protocol.Line{
		protocol.HoldAbsent:    nil,
		protocol.HoldHeld:      list(line(2, 0, 0, 0, 0)),
		protocol.HoldCommitted: list(line(2, 2, 0, 0, 0)),
		protocol.HoldReleased:  list(line(2, 0, 2, 0, 0)),
	}
	same := map[protocol.Effect]protocol.Progress{
		protocol.Applied: applied, protocol.Repeated: repeated,
		protocol.Tombstoned: protocol.ProgressTombstoned, protocol.Contradiction: contradiction,
	}
	for _, in := range pairs(holds, settlements) {
		state, effect := protocol.Settle(in.a, in.b)
		got := protocol.SettleTo(in.a, lines[in.a], protocol.Target{Whole: in.b})
		if got.State != state || got.Progress != same[effect] {
			t.Errorf("%q by %q: %q, progress %d; want %q, %d", in.a, in.b, got.State, got.Progress, state, same[effect])
		}
	}
}

// The settlements of one reservation lead to its last totals in any order and with
// any repetition, and move each unit once.
func TestSettleTo_order(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		last := randomLines(random)
		hold, history := slices.Clone(last), [][]protocol.Line{}
		for range 12 {
			last = randomDecision(random, last)
			history = append(history, last)
		}
		messages := slices.Concat(history, history)
		random.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
		state, moved := protocol.HoldHeld, make([]protocol.Move, len(hold))
		for _, m := range messages {
			got := protocol.SettleTo(state, hold, protocol.Target{Lines: m})
			if got.Progress == contradiction {
				t.Fatalf("seed %d: %+v contradicts %+v", seed, m, hold)
			}
			state, hold = got.State, got.Lines
			for i, move := range got.Moves {
				moved[i].Commit += move.Commit
				moved[i].Release += move.Release
				moved[i].Restock += move.Restock
			}
		}
		if !slices.Equal(hold, last) || state != protocol.HoldOf(last) {
			t.Fatalf("seed %d: %q %+v, want %q %+v", seed, state, hold, protocol.HoldOf(last), last)
		}
		for i, l := range last {
			if want := (protocol.Move{Commit: l.Committed, Release: l.Released, Restock: l.Restocked}); moved[i] != want {
				t.Fatalf("seed %d, line %d: moved %+v, want %+v", seed, i, moved[i], want)
			}
		}
	}
}

// randomLines returns 1 to 4 lines, each of another product, of which nothing is
// settled.
func randomLines(random *rand.Rand) []protocol.Line {
	lines := make([]protocol.Line, 1+random.IntN(4))
	for i := range lines {
		lines[i] = of(strconv.Itoa(i), "s", line(1+random.Int64N(5), 0, 0, 0, 0))
	}
	return lines
}

// randomDecision returns the lines after a part of one of them was sold, given
// back or returned, or all are as before.
func randomDecision(random *rand.Rand, lines []protocol.Line) []protocol.Line {
	l := lines[random.IntN(len(lines))]
	units := []protocol.Units{{ProductID: l.ProductID, StoreID: l.StoreID, Quantity: 1}}
	switch random.IntN(3) {
	case 0:
		return protocol.Confirm(protocol.Pending, lines, units, true, 1, 0).Lines
	case 1:
		return protocol.Cancel(protocol.Pending, lines, units, 1, 0).Lines
	default:
		return protocol.Return(lines, units, random.IntN(2) == 0, "").Lines
	}
}

func TestValidLines(t *testing.T) {
	for name, c := range map[string]struct {
		lines []protocol.Line
		want  bool
	}{
		"nothing settled":        {list(line(2, 0, 0, 0, 0)), true},
		"all":                    {list(line(2, 1, 1, 1, 1)), true},
		"more than granted":      {list(line(2, 2, 1, 0, 0)), false},
		"more back than sold":    {list(line(2, 1, 1, 2, 0)), false},
		"more in than back":      {list(line(2, 2, 0, 1, 2)), false},
		"in another store":       {list(line(2, 2, 0, 2, 1), of("p", "t", line(0, 0, 0, 0, 1))), true},
		"too many there":         {list(line(2, 2, 0, 1, 1), of("p", "t", line(0, 0, 0, 0, 1))), false},
		"of another product":     {list(line(2, 2, 0, 1, 0), of("q", "s", line(0, 0, 0, 0, 1))), false},
		"fewer than none sold":   {list(line(2, -1, 0, -1, 0)), false},
		"fewer than none back":   {list(line(2, 1, 0, -1, 0)), false},
		"fewer than none given":  {list(line(2, 1, -1, 0, 0)), false},
		"fewer than none return": {list(line(2, 1, 0, 0, -1)), false},
	} {
		if got := protocol.ValidLines(c.lines); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}
