package protocol_test

import (
	"reflect"
	"slices"
	"testing"

	"inventory.example/pkg/contract/protocol"
)

func unitsOf(product string, quantity int64) protocol.Units {
	return protocol.Units{ProductID: product, StoreID: "s", Quantity: quantity}
}

// order is three units of p, one of them sold, and one unit of q.
func order() []protocol.Line { return list(line(3, 1, 0, 0, 0), of("q", "s", line(1, 0, 0, 0, 0))) }

func TestStatusOf(t *testing.T) {
	for name, c := range map[string]struct {
		lines     []protocol.Line
		givenBack protocol.Status
		want      protocol.Status
	}{
		"held":                      {list(line(2, 1, 0, 0, 0)), protocol.Cancelled, protocol.Pending},
		"sold":                      {list(line(2, 2, 0, 0, 0)), protocol.Cancelled, protocol.Confirmed},
		"sold in part, the rest up": {list(line(2, 1, 1, 0, 0)), protocol.Expired, protocol.Confirmed},
		"cancelled":                 {list(line(2, 0, 2, 0, 0)), protocol.Cancelled, protocol.Cancelled},
		"expired":                   {list(line(2, 0, 2, 0, 0)), protocol.Expired, protocol.Expired},
	} {
		if got := protocol.StatusOf(c.lines, c.givenBack); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Only a pending reservation is due, from the moment at which its time is over.
func TestIsDue(t *testing.T) {
	complete(t, map[pair[protocol.Status, int]]bool{
		{protocol.Absent, 4}: false, {protocol.Absent, 5}: false, {protocol.Absent, 6}: false,
		{protocol.Pending, 4}: false, {protocol.Pending, 5}: true, {protocol.Pending, 6}: true,
		{protocol.Confirmed, 4}: false, {protocol.Confirmed, 5}: false, {protocol.Confirmed, 6}: false,
		{protocol.Cancelled, 4}: false, {protocol.Cancelled, 5}: false, {protocol.Cancelled, 6}: false,
		{protocol.Expired, 4}: false, {protocol.Expired, 5}: false, {protocol.Expired, 6}: false,
	}, pairs(statuses, []int{4, 5, 6}), func(in pair[protocol.Status, int]) bool {
		return protocol.IsDue(in.a, 5, in.b)
	})
}

// endCase is a confirm or a cancel of the order, which expires at 5.
type endCase struct {
	units []protocol.Units
	keep  bool
	at    int
	act   protocol.Status
	want  protocol.Ended
}

func TestConfirm(t *testing.T) {
	pending := protocol.Pending
	unchanged := func(e protocol.Ending, s protocol.Status, at int) protocol.Ended {
		return protocol.Ended{Ending: e, Act: s, Lines: order(), Line: at}
	}
	one := []protocol.Units{unitsOf("p", 1)}
	for name, c := range map[string]endCase{
		"all": {nil, false, 4, pending, protocol.Ended{
			Act: protocol.Confirmed, Lines: list(line(3, 3, 0, 0, 0), of("q", "s", line(1, 1, 0, 0, 0))),
		}},
		"a part, the rest is given back": {one, false, 4, pending, protocol.Ended{
			Act: protocol.Confirmed, Lines: list(line(3, 2, 1, 0, 0), of("q", "s", line(1, 0, 1, 0, 0))),
		}},
		"a part, the rest is kept": {one, true, 4, pending, protocol.Ended{
			Act: pending, Lines: list(line(3, 2, 0, 0, 0), of("q", "s", line(1, 0, 0, 0, 0))),
		}},
		"all in parts": {[]protocol.Units{unitsOf("q", 1), unitsOf("p", 1), unitsOf("p", 1)}, true, 4, pending, protocol.Ended{
			Act: protocol.Confirmed, Lines: list(line(3, 3, 0, 0, 0), of("q", "s", line(1, 1, 0, 0, 0))),
		}},
		"too many":              {[]protocol.Units{unitsOf("q", 1), unitsOf("p", 3)}, true, 4, pending, unchanged(protocol.EndTooMany, pending, 1)},
		"too many in two parts": {[]protocol.Units{unitsOf("q", 1), unitsOf("q", 1)}, true, 4, pending, unchanged(protocol.EndTooMany, pending, 1)},
		"none":                  {[]protocol.Units{unitsOf("q", 0)}, true, 4, pending, unchanged(protocol.EndTooMany, pending, 0)},
		"another row":           {[]protocol.Units{unitsOf("r", 1)}, true, 4, pending, unchanged(protocol.EndNoLine, pending, 0)},
		"its time is over":      {one, true, 5, pending, unchanged(protocol.EndExpired, pending, 0)},
		"it has expired":        {nil, false, 6, protocol.Expired, unchanged(protocol.EndExpired, protocol.Expired, 0)},
		"it was cancelled":      {nil, false, 4, protocol.Cancelled, unchanged(protocol.EndSettled, protocol.Cancelled, 0)},
		"again":                 {nil, false, 6, protocol.Confirmed, unchanged(protocol.EndRepeated, protocol.Confirmed, 0)},
		"a part again":          {one, false, 4, protocol.Confirmed, unchanged(protocol.EndSettled, protocol.Confirmed, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			lines := order()
			if got := protocol.Confirm(c.act, lines, c.units, c.keep, 5, c.at); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if !slices.Equal(lines, order()) {
				t.Error("the lines were changed")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	pending := protocol.Pending
	for name, c := range map[string]endCase{
		"all that is held": {nil, false, 4, pending, protocol.Ended{
			Act: protocol.Cancelled, Lines: list(line(3, 1, 2, 0, 0), of("q", "s", line(1, 0, 1, 0, 0))),
		}},
		"a part": {[]protocol.Units{unitsOf("p", 2)}, false, 4, pending, protocol.Ended{
			Act: pending, Lines: list(line(3, 1, 2, 0, 0), of("q", "s", line(1, 0, 0, 0, 0))),
		}},
		"its time is over": {nil, false, 5, pending, protocol.Ended{Ending: protocol.EndExpired, Act: pending, Lines: order()}},
		"again":            {nil, false, 6, protocol.Cancelled, protocol.Ended{Ending: protocol.EndRepeated, Act: protocol.Cancelled, Lines: order()}},
		"it was sold":      {nil, false, 4, protocol.Confirmed, protocol.Ended{Ending: protocol.EndSettled, Act: protocol.Confirmed, Lines: order()}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := protocol.Cancel(c.act, order(), c.units, 5, c.at); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// The expiry gives back all that is held, and nothing of a reservation whose time
// was extended since it was found.
func TestExpire(t *testing.T) {
	got := protocol.Expire(protocol.Pending, list(line(2, 0, 0, 0, 0)), 5, 5)
	if want := (protocol.Ended{Act: protocol.Expired, Lines: list(line(2, 0, 2, 0, 0))}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := protocol.Expire(protocol.Pending, order(), 5, 5); got.Act != protocol.Expired || protocol.HoldOf(got.Lines) != protocol.HoldCommitted {
		t.Errorf("a reservation that was sold in part: %+v", got)
	}
	for _, status := range statuses {
		for _, at := range []int{4, 5} {
			due := status == protocol.Pending && at == 5
			got := protocol.Expire(status, order(), 5, at)
			if (got.Ending == protocol.EndApplied) != due || !due && !reflect.DeepEqual(got.Lines, order()) {
				t.Errorf("%q at %d: %+v", status, at, got)
			}
		}
	}
}

// An extend moves the end of a pending reservation to a later time, never to an
// earlier one, and not beyond its longest life.
func TestExtend(t *testing.T) {
	type extended struct {
		expires   int
		extension protocol.Extension
	}
	const expires, latest = 5, 9
	for name, c := range map[string]struct {
		status     protocol.Status
		at, wanted int
		want       extended
	}{
		"later":            {protocol.Pending, 4, 9, extended{9, protocol.ExtendMoved}},
		"the same":         {protocol.Pending, 4, 5, extended{5, protocol.ExtendKept}},
		"earlier":          {protocol.Pending, 3, 4, extended{5, protocol.ExtendKept}},
		"too late":         {protocol.Pending, 4, 10, extended{5, protocol.ExtendTooLong}},
		"its time is over": {protocol.Pending, 5, 9, extended{5, protocol.ExtendExpired}},
		"it has expired":   {protocol.Expired, 4, 9, extended{5, protocol.ExtendExpired}},
		"it was sold":      {protocol.Confirmed, 4, 9, extended{5, protocol.ExtendSettled}},
		"it was cancelled": {protocol.Cancelled, 4, 9, extended{5, protocol.ExtendSettled}},
	} {
		got, extension := protocol.Extend(c.status, expires, c.at, c.wanted, latest)
		if (extended{got, extension}) != c.want {
			t.Errorf("%s: %d, extension %d; want %+v", name, got, extension, c.want)
		}
	}
}

func TestReturn(t *testing.T) {
	sold := func() []protocol.Line { return list(line(3, 2, 1, 1, 0), of("q", "s", line(1, 1, 0, 0, 0))) }
	refused := func(r protocol.Returning, at int) protocol.Returned {
		return protocol.Returned{Returning: r, Lines: sold(), Line: at}
	}
	for name, c := range map[string]struct {
		units   []protocol.Units
		restock bool
		toStore string
		want    protocol.Returned
	}{
		"into its row": {[]protocol.Units{unitsOf("p", 1), unitsOf("q", 1)}, true, "", protocol.Returned{
			Lines: list(line(3, 2, 1, 2, 1), of("q", "s", line(1, 1, 0, 1, 1))),
		}},
		"not into stock": {[]protocol.Units{unitsOf("p", 1)}, false, "t", protocol.Returned{
			Lines: list(line(3, 2, 1, 2, 0), of("q", "s", line(1, 1, 0, 0, 0))),
		}},
		"into another store": {[]protocol.Units{unitsOf("p", 1), unitsOf("q", 1)}, true, "t", protocol.Returned{
			Lines: list(line(3, 2, 1, 2, 0), of("q", "s", line(1, 1, 0, 1, 0)),
				of("p", "t", line(0, 0, 0, 0, 1)), of("q", "t", line(0, 0, 0, 0, 1))),
		}},
		"more than was sold": {[]protocol.Units{unitsOf("q", 1), unitsOf("p", 2)}, true, "", refused(protocol.ReturnTooMany, 1)},
		"none":               {[]protocol.Units{unitsOf("q", 0)}, true, "", refused(protocol.ReturnTooMany, 0)},
		"another row":        {[]protocol.Units{unitsOf("r", 1)}, true, "", refused(protocol.ReturnNoLine, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			lines := sold()
			got := protocol.Return(lines, c.units, c.restock, c.toStore)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if !protocol.ValidLines(got.Lines) {
				t.Error("the lines are not valid")
			}
			if !slices.Equal(lines, sold()) {
				t.Error("the lines were changed")
			}
		})
	}
}

// A stock of the release before takes whole settlements only, so nothing else is
// decided before stock is known to take totals.
func TestMayDecide(t *testing.T) {
	none := of("q", "s", line(0, 0, 0, 0, 0))
	for name, c := range map[string]struct {
		lines []protocol.Line
		whole protocol.Settlement
	}{
		"all sold":          {list(line(3, 3, 0, 0, 0), none), protocol.Commit},
		"all given back":    {list(line(3, 0, 3, 0, 0), none), protocol.Release},
		"nothing":           {list(line(3, 0, 0, 0, 0)), ""},
		"a part sold":       {list(line(3, 1, 0, 0, 0)), ""},
		"sold and released": {list(line(3, 2, 1, 0, 0)), ""},
		"one sold, one not": {list(line(3, 3, 0, 0, 0), of("q", "s", line(1, 0, 1, 0, 0))), ""},
		"returned":          {list(line(3, 3, 0, 1, 0)), ""},
		"no lines":          {nil, ""},
	} {
		if got := protocol.WholeOf(c.lines); got != c.whole {
			t.Errorf("%s: %q, want %q", name, got, c.whole)
		}
		if got := protocol.MayDecide(c.lines, false); got != (c.whole != "") {
			t.Errorf("%s: %t to a stock that takes whole settlements", name, got)
		}
		if !protocol.MayDecide(c.lines, true) {
			t.Errorf("%s: false to a stock that takes totals", name)
		}
	}
}

// The walk settles a pending reservation, too, when more of it was decided than
// stock has settled.
func TestWalkTotals(t *testing.T) {
	sold := list(line(3, 1, 1, 0, 0))
	complete(t, map[pair[protocol.Status, int64]]protocol.Remedy{
		{protocol.Absent, 0}: protocol.WalkRepair, {protocol.Absent, 2}: protocol.WalkRepair,
		{protocol.Pending, 0}: protocol.WalkSettle, {protocol.Pending, 2}: protocol.WalkLeave,
		{protocol.Confirmed, 0}: protocol.WalkSettle, {protocol.Confirmed, 2}: protocol.WalkSettle,
		{protocol.Cancelled, 0}: protocol.WalkSettle, {protocol.Cancelled, 2}: protocol.WalkSettle,
		{protocol.Expired, 0}: protocol.WalkSettle, {protocol.Expired, 2}: protocol.WalkSettle,
	}, pairs(statuses, []int64{0, 2}), func(in pair[protocol.Status, int64]) protocol.Remedy {
		return protocol.WalkTotals(in.a, sold, in.b)
	})
}
