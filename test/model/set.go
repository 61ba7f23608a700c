package main

// set is a set of states: open addressing in one flat slice, which takes a
// fraction of a map's time and memory. Zero marks a free slot, and no state is
// zero.
type set struct {
	slots []state // a power of two in length, at most half full
	shift uint    // 64 minus the logarithm of that length
	n     int
}

const setBits = 16 // logarithm of a new set's length

func newSet() set { return set{slots: make([]state, 1<<setBits), shift: 64 - setBits} }

// add reports whether the state is new.
func (t *set) add(s state) bool {
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
func (t *set) find(s state) *state {
	last := uint64(len(t.slots) - 1)
	for at := hash(s) >> t.shift; ; at = (at + 1) & last {
		if slot := &t.slots[at]; *slot == s || *slot == 0 {
			return slot
		}
	}
}

func (t *set) grow() {
	old := t.slots
	t.slots, t.shift = make([]state, 2*len(old)), t.shift-1
	for _, s := range old {
		if s != 0 {
			*t.find(s) = s
		}
	}
}

// hash spreads a state over its upper bits; the multipliers are those of
// MurmurHash3's finalizer.
func hash(s state) uint64 {
	x := uint64(s)
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	return (x ^ x>>33) * 0xc4ceb9fe1a85ec53
}
