package protocol_test

import (
	"slices"
	"testing"

	"inventory.example/pkg/contract/protocol"
)

func TestFill(t *testing.T) {
	for name, c := range map[string]struct {
		wanted, available []int64
		takesPart         bool
		granted           []int64
		filling           protocol.Filling
	}{
		"enough":                 {[]int64{2, 3}, []int64{2, 9}, false, []int64{2, 3}, protocol.FillAll},
		"enough for a part":      {[]int64{2, 3}, []int64{2, 9}, true, []int64{2, 3}, protocol.FillAll},
		"one line short":         {[]int64{2, 3}, []int64{2, 1}, false, []int64{0, 0}, protocol.FillRefused},
		"one line short, a part": {[]int64{2, 3}, []int64{2, 1}, true, []int64{2, 1}, protocol.FillPart},
		"one line has none":      {[]int64{2, 3}, []int64{0, 3}, true, []int64{0, 3}, protocol.FillPart},
		"none has any":           {[]int64{2, 3}, []int64{0, 0}, true, []int64{0, 0}, protocol.FillRefused},
		"fewer than none":        {[]int64{2, 3}, []int64{-1, 3}, true, []int64{0, 3}, protocol.FillPart},
		"nothing is wanted":      {nil, nil, true, []int64{}, protocol.FillRefused},
	} {
		t.Run(name, func(t *testing.T) {
			granted, filling := protocol.Fill(c.wanted, c.available, c.takesPart)
			if !slices.Equal(granted, c.granted) || filling != c.filling {
				t.Errorf("got %v, %d; want %v, %d", granted, filling, c.granted, c.filling)
			}
		})
	}
}

// Two orders lock the rows that both want in one order.
func TestLockOrder(t *testing.T) {
	row := func(product, store string) protocol.Line { return protocol.Line{ProductID: product, StoreID: store} }
	lines := list(row("q", "a"), row("p", "b"), row("q", "b"), row("p", "a"))
	if got, want := protocol.LockOrder(lines), []int{3, 1, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
