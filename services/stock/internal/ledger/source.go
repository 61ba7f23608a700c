package ledger

import "slices"

// Sourcing decides the stores of lines that have a ranking of several.
type Sourcing string

// The ways of sourcing.
const (
	SourcingRanked       Sourcing = "ranked"        // each store gives its available units, in order
	SourcingSingleStore  Sourcing = "single_store"  // the first store that can serve all such lines alone
	SourcingFewestStores Sourcing = "fewest_stores" // as few stores as possible, ranking order breaking ties
)

// maxExact bounds the stores of which every combination is tried. Of more stores
// the one that adds the most units is taken until all units are there.
const maxExact = 12

// maxGranted is the most rows of one grant. Every event of the reservation and every
// settlement has all of them. Units of further rows count as not available.
const maxGranted = 500

// wish is a line of a request whose product is known. Its stores are those that
// may serve it, in order; a line of one store has no choice.
type wish struct {
	productID string
	stores    []string
	quantity  int64
	ranking   bool // the stores were given as a ranking
}

// source returns the pieces of each wish: lines without a choice are served first, the
// others in their order, of the units that are left. available has the units of each row, and
// afterwards those that no wish took.
func source(wishes []wish, available map[RowKey]int64, sourcing Sourcing) [][]piece {
	pieces := make([][]piece, len(wishes))
	var open []int
	for i, w := range wishes {
		if w.ranking {
			open = append(open, i)
		} else {
			pieces[i] = fill(w, w.stores, 1, available)
		}
	}
	if len(open) == 0 {
		return pieces
	}
	s := newSourcer(wishes, open, available)
	chosen := s.all()
	switch sourcing {
	case SourcingSingleStore:
		chosen = s.bestStore()
	case SourcingFewestStores:
		chosen = s.fewest()
	}
	further := maxGranted - len(wishes) // rows beyond the first of each wish
	for _, i := range open {
		stores := slices.DeleteFunc(slices.Clone(wishes[i].stores), func(store string) bool { return !chosen[s.ranks[store]] })
		pieces[i] = fill(wishes[i], stores, 1+further, available)
		further -= max(0, len(pieces[i])-1)
	}
	return pieces
}

// piece is the units that one store gives to a wish.
type piece struct {
	store string
	units int64
}

// fill takes the units of a wish from at most so many of the stores, in their order.
func fill(w wish, stores []string, most int, left map[RowKey]int64) (pieces []piece) {
	missing := w.quantity
	for _, store := range stores {
		if len(pieces) == most {
			break
		}
		key := RowKey{w.productID, store}
		if units := min(missing, left[key]); units > 0 {
			left[key] -= units
			missing -= units
			pieces = append(pieces, piece{store, units})
		}
	}
	return pieces
}

// sourcer chooses the stores of the wishes that have a ranking. It has stores and
// rows as numbers, because it may try thousands of combinations.
type sourcer struct {
	ranks  map[string]int // of the stores, in the order of their first appearance
	open   []openWish
	left   []int64 // units of each row
	remain []int64 // scratch of unitsFrom
}

type openWish struct {
	quantity int64
	options  []option
}

// option is a row that may serve a wish.
type option struct{ store, row int }

func newSourcer(wishes []wish, open []int, left map[RowKey]int64) *sourcer {
	s := &sourcer{ranks: map[string]int{}}
	rows := map[RowKey]int{}
	for _, i := range open {
		w := openWish{quantity: wishes[i].quantity}
		for _, store := range wishes[i].stores {
			if _, known := s.ranks[store]; !known {
				s.ranks[store] = len(s.ranks)
			}
			key := RowKey{wishes[i].productID, store}
			if _, known := rows[key]; !known {
				rows[key] = len(s.left)
				s.left = append(s.left, left[key])
			}
			w.options = append(w.options, option{s.ranks[store], rows[key]})
		}
		s.open = append(s.open, w)
	}
	s.remain = make([]int64, len(s.left))
	return s
}

// all returns every store as chosen.
func (s *sourcer) all() []bool { return slices.Repeat([]bool{true}, len(s.ranks)) }

// unitsFrom returns how many units the wishes get in all from the chosen stores.
func (s *sourcer) unitsFrom(chosen []bool) (units int64) {
	copy(s.remain, s.left)
	for _, w := range s.open {
		missing := w.quantity
		for _, o := range w.options {
			if missing > 0 && chosen[o.store] {
				n := min(missing, s.remain[o.row])
				s.remain[o.row] -= n
				missing -= n
				units += n
			}
		}
	}
	return units
}

// bestStore returns the store that gives the most units, the first of several.
func (s *sourcer) bestStore() []bool {
	best, most := 0, int64(-1)
	chosen := make([]bool, len(s.ranks))
	for store := range chosen {
		chosen[store] = true
		if units := s.unitsFrom(chosen); units > most {
			best, most = store, units
		}
		chosen[store] = false
	}
	chosen[best] = true
	return chosen
}

// fewest returns as few of the stores as give all the units that the stores give
// together.
func (s *sourcer) fewest() []bool {
	all := s.unitsFrom(s.all())
	if len(s.ranks) > maxExact {
		return s.greedy(all)
	}
	chosen := make([]bool, len(s.ranks))
	for size := 1; size < len(chosen); size++ {
		if s.combine(chosen, 0, size, all) {
			return chosen
		}
	}
	return s.all()
}

// combine chooses size more stores from rank first on, in the order of ranks, so
// that the chosen ones give all units, and reports whether there are such stores.
func (s *sourcer) combine(chosen []bool, first, size int, all int64) bool {
	if size == 0 {
		return s.unitsFrom(chosen) >= all
	}
	for store := first; store+size <= len(chosen); store++ {
		chosen[store] = true
		if s.combine(chosen, store+1, size-1, all) {
			return true
		}
		chosen[store] = false
	}
	return false
}

// greedy takes the store that adds the most units, the first of several, until all
// units are there.
func (s *sourcer) greedy(all int64) []bool {
	chosen := make([]bool, len(s.ranks))
	for range chosen {
		best, most := -1, int64(-1)
		for store := range chosen {
			if chosen[store] {
				continue
			}
			chosen[store] = true
			if units := s.unitsFrom(chosen); units > most {
				best, most = store, units
			}
			chosen[store] = false
		}
		chosen[best] = true
		if most >= all {
			break
		}
	}
	return chosen
}
