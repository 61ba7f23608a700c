package protocol_test

import (
	"fmt"
	"testing"

	"inventory.example/pkg/contract/protocol"
)

var (
	statuses = []protocol.Status{
		protocol.Absent, protocol.Pending, protocol.Confirmed, protocol.Cancelled, protocol.Expired,
	}
	holds = []protocol.Hold{
		protocol.HoldAbsent, protocol.HoldHeld, protocol.HoldCommitted, protocol.HoldReleased,
	}
	settlements = []protocol.Settlement{protocol.Commit, protocol.Release}
	saved       = []bool{false, true}
	forgotten   = []bool{false, true}
)

// pair is an input of two arguments.
type pair[A, B comparable] struct {
	a A
	b B
}

func pairs[A, B comparable](as []A, bs []B) (all []pair[A, B]) {
	for _, a := range as {
		for _, b := range bs {
			all = append(all, pair[A, B]{a, b})
		}
	}
	return all
}

// complete runs f over all inputs; each must be in the table, and nothing else.
func complete[In, Out comparable](t *testing.T, table map[In]Out, inputs []In, f func(In) Out) {
	t.Helper()
	if len(table) != len(inputs) {
		t.Errorf("%d lines in the table, want %d", len(table), len(inputs))
	}
	for _, in := range inputs {
		t.Run(fmt.Sprintf("%+v", in), func(t *testing.T) {
			want, found := table[in]
			if !found {
				t.Fatal("not in the table")
			}
			if got := f(in); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestStatus_Live(t *testing.T) {
	complete(t, map[protocol.Status]bool{
		protocol.Absent:    false,
		protocol.Pending:   true,
		protocol.Confirmed: true,
		protocol.Cancelled: false,
		protocol.Expired:   false,
	}, statuses, protocol.Status.Live)
}

func TestStatus_Settled(t *testing.T) {
	complete(t, map[protocol.Status]bool{
		protocol.Absent:    false,
		protocol.Pending:   false,
		protocol.Confirmed: true,
		protocol.Cancelled: true,
		protocol.Expired:   true,
	}, statuses, protocol.Status.Settled)
}

// Confirmed ends committed, cancelled and expired end released. Without a decision
// there is no settlement.
func TestStatus_Settling(t *testing.T) {
	complete(t, map[protocol.Status]protocol.Settlement{
		protocol.Absent:    "",
		protocol.Pending:   "",
		protocol.Confirmed: protocol.Commit,
		protocol.Cancelled: protocol.Release,
		protocol.Expired:   protocol.Release,
	}, statuses, protocol.Status.Settling)
}

// The same request again gets the same result, a settled hold is reported as such,
// and a late hold is refused because of the tombstone.
func TestRequestHold(t *testing.T) {
	type answer struct {
		hold  protocol.Hold
		grant protocol.Grant
	}
	complete(t, map[protocol.Hold]answer{
		protocol.HoldAbsent:    {protocol.HoldHeld, protocol.GrantNew},
		protocol.HoldHeld:      {protocol.HoldHeld, protocol.GrantRepeated},
		protocol.HoldCommitted: {protocol.HoldCommitted, protocol.GrantSettled},
		protocol.HoldReleased:  {protocol.HoldReleased, protocol.GrantSettled},
	}, holds, func(h protocol.Hold) answer {
		hold, grant := protocol.RequestHold(h)
		return answer{hold, grant}
	})
}

type settled struct {
	hold   protocol.Hold
	effect protocol.Effect
}

func settle(in pair[protocol.Hold, protocol.Settlement]) settled {
	hold, effect := protocol.Settle(in.a, in.b)
	return settled{hold, effect}
}

func TestSettle(t *testing.T) {
	t.Run("usual case", testSettleUsualCase)
	t.Run("unknown settlement", testSettleUnknownSettlement)
}

// held → committed, held → released, unseen → released (tombstone); a repeat
// is a no-op, a contradiction is refused.
func testSettleUsualCase(t *testing.T) {
	complete(t, map[pair[protocol.Hold, protocol.Settlement]]settled{
		{protocol.HoldAbsent, protocol.Commit}:     {protocol.HoldAbsent, protocol.Contradiction},
		{protocol.HoldAbsent, protocol.Release}:    {protocol.HoldReleased, protocol.Tombstoned},
		{protocol.HoldHeld, protocol.Commit}:       {protocol.HoldCommitted, protocol.Applied},
		{protocol.HoldHeld, protocol.Release}:      {protocol.HoldReleased, protocol.Applied},
		{protocol.HoldCommitted, protocol.Commit}:  {protocol.HoldCommitted, protocol.Repeated},
		{protocol.HoldCommitted, protocol.Release}: {protocol.HoldCommitted, protocol.Contradiction},
		{protocol.HoldReleased, protocol.Commit}:   {protocol.HoldReleased, protocol.Contradiction},
		{protocol.HoldReleased, protocol.Release}:  {protocol.HoldReleased, protocol.Repeated},
	}, pairs(holds, settlements), settle)
}

// An unknown settlement moves no stock.
func testSettleUnknownSettlement(t *testing.T) {
	for _, settlement := range []protocol.Settlement{"", "sell"} {
		for _, hold := range holds {
			if got, want := settle(pair[protocol.Hold, protocol.Settlement]{hold, settlement}),
				(settled{hold, protocol.Contradiction}); got != want {
				t.Errorf("%q by %q: got %+v, want %+v", hold, settlement, got, want)
			}
		}
	}
}

// Whether a result is saved for the key, and whether the row is older than
// results are kept.
var (
	neither = pair[bool, bool]{false, false}
	old     = pair[bool, bool]{false, true}
	first   = pair[bool, bool]{true, false}
	both    = pair[bool, bool]{true, true}
)

// The first result for a key is repeated; an existing reservation is adopted,
// unless its key is free again; after a settled attempt comes the next one;
// otherwise stock is asked.
func TestChoose(t *testing.T) {
	complete(t, map[pair[pair[bool, bool], protocol.Status]]protocol.Choice{
		{neither, protocol.Absent}:    protocol.ChooseAsk,
		{neither, protocol.Pending}:   protocol.ChooseAdopt,
		{neither, protocol.Confirmed}: protocol.ChooseAdopt,
		{neither, protocol.Cancelled}: protocol.ChooseNext,
		{neither, protocol.Expired}:   protocol.ChooseNext,
		{old, protocol.Absent}:        protocol.ChooseAsk,
		{old, protocol.Pending}:       protocol.ChooseNext,
		{old, protocol.Confirmed}:     protocol.ChooseNext,
		{old, protocol.Cancelled}:     protocol.ChooseNext,
		{old, protocol.Expired}:       protocol.ChooseNext,
		{first, protocol.Absent}:      protocol.ChooseReplay,
		{first, protocol.Pending}:     protocol.ChooseReplay,
		{first, protocol.Confirmed}:   protocol.ChooseReplay,
		{first, protocol.Cancelled}:   protocol.ChooseReplay,
		{first, protocol.Expired}:     protocol.ChooseReplay,
		{both, protocol.Absent}:       protocol.ChooseReplay,
		{both, protocol.Pending}:      protocol.ChooseReplay,
		{both, protocol.Confirmed}:    protocol.ChooseReplay,
		{both, protocol.Cancelled}:    protocol.ChooseReplay,
		{both, protocol.Expired}:      protocol.ChooseReplay,
	}, pairs(pairs(saved, forgotten), statuses), func(in pair[pair[bool, bool], protocol.Status]) protocol.Choice {
		return protocol.Choose(in.a.a, in.a.b, in.b)
	})
}

// The reservation is inserted as pending; one that the repair inserted before is
// adopted; the result that a key has is the only one. An unsettled reservation next to
// another attempt's result does not occur: only a settled attempt is followed by
// another.
func TestGranted(t *testing.T) {
	complete(t, map[pair[bool, protocol.Status]]protocol.Recording{
		{false, protocol.Absent}:    protocol.RecordInsert,
		{false, protocol.Pending}:   protocol.RecordAdopt,
		{false, protocol.Confirmed}: protocol.RecordAdopt,
		{false, protocol.Cancelled}: protocol.RecordNext,
		{false, protocol.Expired}:   protocol.RecordNext,
		{true, protocol.Absent}:     protocol.RecordReplay,
		{true, protocol.Pending}:    protocol.RecordReplay,
		{true, protocol.Confirmed}:  protocol.RecordReplay,
		{true, protocol.Cancelled}:  protocol.RecordReplay,
		{true, protocol.Expired}:    protocol.RecordReplay,
	}, pairs(saved, statuses), func(in pair[bool, protocol.Status]) protocol.Recording {
		return protocol.Granted(in.a, in.b)
	})
}

// Reservation reads its own record once more (confirmed: that is the result) before
// it goes to the next attempt. A settled hold under a reservation that is missing or
// still pending does not occur: the reservation is the decision.
func TestRefused(t *testing.T) {
	complete(t, map[pair[pair[bool, bool], protocol.Status]]protocol.Recourse{
		{neither, protocol.Absent}:    protocol.RecourseNext,
		{neither, protocol.Pending}:   protocol.RecourseAdopt,
		{neither, protocol.Confirmed}: protocol.RecourseAdopt,
		{neither, protocol.Cancelled}: protocol.RecourseNext,
		{neither, protocol.Expired}:   protocol.RecourseNext,
		{old, protocol.Absent}:        protocol.RecourseNext,
		{old, protocol.Pending}:       protocol.RecourseNext,
		{old, protocol.Confirmed}:     protocol.RecourseNext,
		{old, protocol.Cancelled}:     protocol.RecourseNext,
		{old, protocol.Expired}:       protocol.RecourseNext,
		{first, protocol.Absent}:      protocol.RecourseReplay,
		{first, protocol.Pending}:     protocol.RecourseReplay,
		{first, protocol.Confirmed}:   protocol.RecourseReplay,
		{first, protocol.Cancelled}:   protocol.RecourseReplay,
		{first, protocol.Expired}:     protocol.RecourseReplay,
		{both, protocol.Absent}:       protocol.RecourseReplay,
		{both, protocol.Pending}:      protocol.RecourseReplay,
		{both, protocol.Confirmed}:    protocol.RecourseReplay,
		{both, protocol.Cancelled}:    protocol.RecourseReplay,
		{both, protocol.Expired}:      protocol.RecourseReplay,
	}, pairs(pairs(saved, forgotten), statuses), func(in pair[pair[bool, bool], protocol.Status]) protocol.Recourse {
		return protocol.Refused(in.a.a, in.a.b, in.b)
	})
}

// If the reservation exists by now, it is the result; otherwise the id becomes a
// cancelled reservation, reason aborted. A settled one needs no abort and is not a
// result: 503, and the retry continues with the next attempt.
func TestTimedOut(t *testing.T) {
	complete(t, map[protocol.Status]protocol.Decision{
		protocol.Absent:    protocol.DecideAbort,
		protocol.Pending:   protocol.DecideAdopt,
		protocol.Confirmed: protocol.DecideAdopt,
		protocol.Cancelled: protocol.DecideGiveUp,
		protocol.Expired:   protocol.DecideGiveUp,
	}, statuses, protocol.TimedOut)
}

// The consumer of stock.reserved inserts if the row is missing and stock still
// has that hold in state held, and never else.
func TestRepair(t *testing.T) {
	inputs := pairs(statuses, holds)
	table := make(map[pair[protocol.Status, protocol.Hold]]bool, len(inputs))
	for _, in := range inputs {
		table[in] = false
	}
	table[pair[protocol.Status, protocol.Hold]{protocol.Absent, protocol.HoldHeld}] = true
	complete(t, table, inputs, func(in pair[protocol.Status, protocol.Hold]) bool {
		return protocol.Repair(in.a, in.b)
	})
}

// The walk repairs a hold without a row, settles one whose reservation is over,
// and leaves the others alone.
func TestWalk(t *testing.T) {
	complete(t, map[protocol.Status]protocol.Remedy{
		protocol.Absent:    protocol.WalkRepair,
		protocol.Pending:   protocol.WalkLeave,
		protocol.Confirmed: protocol.WalkSettle,
		protocol.Cancelled: protocol.WalkSettle,
		protocol.Expired:   protocol.WalkSettle,
	}, statuses, protocol.Walk)
}
