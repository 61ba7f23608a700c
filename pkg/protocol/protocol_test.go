package protocol_test

import (
	"fmt"
	"testing"

	"inventory.example/pkg/protocol"
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

// complete runs f over all inputs; each must stand in the table, and nothing
// else may.
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

// Confirmed ends committed, cancelled and expired end released. As long as
// nothing is decided, stock is told nothing.
func TestStatus_Settling(t *testing.T) {
	complete(t, map[protocol.Status]protocol.Settlement{
		protocol.Absent:    "",
		protocol.Pending:   "",
		protocol.Confirmed: protocol.Commit,
		protocol.Cancelled: protocol.Release,
		protocol.Expired:   protocol.Release,
	}, statuses, protocol.Status.Settling)
}

// The same request again gets the same answer, a hold already settled is
// reported as such, and a late hold meets the tombstone and is refused.
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

// held → committed, held → released, unseen → released (tombstone); a repeat
// is a no-op, a contradiction is refused.
func TestSettle(t *testing.T) {
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

// What is neither commit nor release moves no stock.
func TestSettle_unknown_settlement(t *testing.T) {
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

// The first answer for a key is repeated; a row that is there is taken as it
// is, unless its key is free again; a settled attempt leads to the next one;
// otherwise stock is asked.
func TestChoose(t *testing.T) {
	complete(t, map[pair[pair[bool, bool], protocol.Status]]protocol.Step{
		{neither, protocol.Absent}:    protocol.Ask,
		{neither, protocol.Pending}:   protocol.Adopt,
		{neither, protocol.Confirmed}: protocol.Adopt,
		{neither, protocol.Cancelled}: protocol.NextAttempt,
		{neither, protocol.Expired}:   protocol.NextAttempt,
		{old, protocol.Absent}:        protocol.Ask,
		{old, protocol.Pending}:       protocol.NextAttempt,
		{old, protocol.Confirmed}:     protocol.NextAttempt,
		{old, protocol.Cancelled}:     protocol.NextAttempt,
		{old, protocol.Expired}:       protocol.NextAttempt,
		{first, protocol.Absent}:      protocol.Replay,
		{first, protocol.Pending}:     protocol.Replay,
		{first, protocol.Confirmed}:   protocol.Replay,
		{first, protocol.Cancelled}:   protocol.Replay,
		{first, protocol.Expired}:     protocol.Replay,
		{both, protocol.Absent}:       protocol.Replay,
		{both, protocol.Pending}:      protocol.Replay,
		{both, protocol.Confirmed}:    protocol.Replay,
		{both, protocol.Cancelled}:    protocol.Replay,
		{both, protocol.Expired}:      protocol.Replay,
	}, pairs(pairs(saved, forgotten), statuses), func(in pair[pair[bool, bool], protocol.Status]) protocol.Step {
		return protocol.Choose(in.a.a, in.a.b, in.b)
	})
}

// The row is inserted as pending; one that the repair put there meanwhile is
// taken as it is; the result that a key has is the only one. A row that is not
// settled beside another attempt's result does not occur: an attempt is left
// only when it is settled.
func TestGranted(t *testing.T) {
	complete(t, map[pair[bool, protocol.Status]]protocol.Step{
		{false, protocol.Absent}:    protocol.Insert,
		{false, protocol.Pending}:   protocol.Adopt,
		{false, protocol.Confirmed}: protocol.Adopt,
		{false, protocol.Cancelled}: protocol.NextAttempt,
		{false, protocol.Expired}:   protocol.NextAttempt,
		{true, protocol.Absent}:     protocol.Replay,
		{true, protocol.Pending}:    protocol.Replay,
		{true, protocol.Confirmed}:  protocol.Replay,
		{true, protocol.Cancelled}:  protocol.Replay,
		{true, protocol.Expired}:    protocol.Replay,
	}, pairs(saved, statuses), func(in pair[bool, protocol.Status]) protocol.Step {
		return protocol.Granted(in.a, in.b)
	})
}

// Reservation looks at its own row once more (confirmed: that is the answer)
// before it goes to the next attempt. A hold that is settled under a row that
// is missing or still pending does not occur: the row is the decision.
func TestRefused(t *testing.T) {
	complete(t, map[pair[pair[bool, bool], protocol.Status]]protocol.Step{
		{neither, protocol.Absent}:    protocol.NextAttempt,
		{neither, protocol.Pending}:   protocol.Adopt,
		{neither, protocol.Confirmed}: protocol.Adopt,
		{neither, protocol.Cancelled}: protocol.NextAttempt,
		{neither, protocol.Expired}:   protocol.NextAttempt,
		{old, protocol.Absent}:        protocol.NextAttempt,
		{old, protocol.Pending}:       protocol.NextAttempt,
		{old, protocol.Confirmed}:     protocol.NextAttempt,
		{old, protocol.Cancelled}:     protocol.NextAttempt,
		{old, protocol.Expired}:       protocol.NextAttempt,
		{first, protocol.Absent}:      protocol.Replay,
		{first, protocol.Pending}:     protocol.Replay,
		{first, protocol.Confirmed}:   protocol.Replay,
		{first, protocol.Cancelled}:   protocol.Replay,
		{first, protocol.Expired}:     protocol.Replay,
		{both, protocol.Absent}:       protocol.Replay,
		{both, protocol.Pending}:      protocol.Replay,
		{both, protocol.Confirmed}:    protocol.Replay,
		{both, protocol.Cancelled}:    protocol.Replay,
		{both, protocol.Expired}:      protocol.Replay,
	}, pairs(pairs(saved, forgotten), statuses), func(in pair[pair[bool, bool], protocol.Status]) protocol.Step {
		return protocol.Refused(in.a.a, in.a.b, in.b)
	})
}

// If the row is there by now, it is the answer; otherwise the id becomes a
// reservation that is cancelled, reason aborted. A settled one has nothing to
// abort and is no answer: 503, and the retry goes on with the next attempt.
func TestTimedOut(t *testing.T) {
	complete(t, map[protocol.Status]protocol.Step{
		protocol.Absent:    protocol.InsertAborted,
		protocol.Pending:   protocol.Adopt,
		protocol.Confirmed: protocol.Adopt,
		protocol.Cancelled: protocol.GiveUp,
		protocol.Expired:   protocol.GiveUp,
	}, statuses, protocol.TimedOut)
}

// The consumer of stock.reserved inserts if the row is missing and stock still
// has that hold in state held, and never else.
func TestRepair(t *testing.T) {
	inputs := pairs(statuses, holds)
	table := make(map[pair[protocol.Status, protocol.Hold]]protocol.Step, len(inputs))
	for _, in := range inputs {
		table[in] = protocol.NothingMissing
	}
	table[pair[protocol.Status, protocol.Hold]{protocol.Absent, protocol.HoldHeld}] = protocol.Insert
	complete(t, table, inputs, func(in pair[protocol.Status, protocol.Hold]) protocol.Step {
		return protocol.Repair(in.a, in.b)
	})
}

// The walk repairs a hold without a row, settles one whose reservation is over,
// and leaves the others alone.
func TestWalk(t *testing.T) {
	complete(t, map[protocol.Status]protocol.Step{
		protocol.Absent:    protocol.Insert,
		protocol.Pending:   protocol.NothingMissing,
		protocol.Confirmed: protocol.SettleAgain,
		protocol.Cancelled: protocol.SettleAgain,
		protocol.Expired:   protocol.SettleAgain,
	}, statuses, protocol.Walk)
}
