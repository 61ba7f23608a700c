package search

// set is a set of states: open addressing in one flat slice, which takes a
// fraction of a map's time and memory. The zero value marks a free slot.
type set[S State] struct {
	slots []S  // a power of two in length, at most half full
	shift uint // 64 minus the logarithm of that length
	n     int
}

const setBits = 16 // logarithm of a new set's length

func newSet[S State]() set[S] { return set[S]{slots: make([]S, 1<<setBits), shift: 64 - setBits} }

// add reports whether the state is new.
func (t *set[S]) add(s S) bool {
	slot := t.find(s)
	if *slot == s {
		return false
	}
	*slot = s
	t.n++
	if t.n > len(t.slots)/2 {
		t.grow()
	}
	return true
}

// find returns the slot that holds the state, or the free one where it belongs.
func (t *set[S]) find(s S) *S {
	var free S
	last := uint64(len(t.slots) - 1)
	for at := s.Hash() >> t.shift; ; at = (at + 1) & last {
		if slot := &t.slots[at]; *slot == s || *slot == free {
			return slot
		}
	}
}

func (t *set[S]) grow() {
	var free S
	old := t.slots
	t.slots, t.shift = make([]S, 2*len(old)), t.shift-1
	for _, s := range old {
		if s != free {
			*t.find(s) = s
		}
	}
}

// Spread spreads a number over its upper bits; the multipliers are those of
// MurmurHash3's finalizer.
func Spread(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	return (x ^ x>>33) * 0xc4ceb9fe1a85ec53
}
