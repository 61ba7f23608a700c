package search

import (
	"slices"
	"strconv"
	"testing"
)

// number is the state of a model that only counts.
type number uint64

func (n number) Hash() uint64   { return Spread(uint64(n)) }
func (n number) String() string { return strconv.FormatUint(uint64(n), 10) }
func (n number) AtRest() bool   { return n > 5 }

func TestSet(t *testing.T) {
	t.Run("add", testSetAdd)
}

func testSetAdd(t *testing.T) {
	const n = 3 << setBits // grows several times
	known := newSet[number]()
	states := make([]number, n)
	for i := range states {
		states[i] = number(i+1) << 20
		if !known.add(states[i]) {
			t.Fatalf("state %d is taken for known", i)
		}
	}
	if i := slices.IndexFunc(states, known.add); i >= 0 {
		t.Fatalf("state %d is taken for new", i)
	}
	if known.n != n {
		t.Errorf("%d states, want %d", known.n, n)
	}
}
