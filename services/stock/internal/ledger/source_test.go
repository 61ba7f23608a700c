package ledger

import (
	"fmt"
	"strings"
	"testing"
)

// wishOf reads a wish: a product, its units, and the ranking of its stores.
func wishOf(text string) wish {
	words := strings.Fields(text)
	w := wish{productID: words[0], stores: words[2:], ranking: len(words) > 3}
	_, _ = fmt.Sscan(words[1], &w.quantity)
	return w
}

func TestSource(t *testing.T) {
	for name, test := range map[string]struct {
		sourcing  Sourcing
		available string // product store units, …
		wishes    string
		want      string
	}{
		"one store":             {SourcingRanked, "p A 5", "p 3 A", "A3"},
		"one store, too little": {SourcingRanked, "p A 2", "p 3 A", "A2"},
		"ranked takes the units of the first store":        {SourcingRanked, "p A 2, p B 9", "p 3 A B", "A2 B1"},
		"ranked skips an empty store":                      {SourcingRanked, "p B 9", "p 3 A B", "B3"},
		"ranked leaves the units of a line without choice": {SourcingRanked, "p A 3, p B 9", "p 3 A B, p 2 A", "A1 B2; A2"},
		"ranked serves lines in their order":               {SourcingRanked, "p A 3, p B 3", "p 2 A B, p 4 A B", "A2; A1 B3"},
		"single store is the first that has all":           {SourcingSingleStore, "p A 2, p B 3, p C 9", "p 3 A B C", "B3"},
		"single store serves all lines":                    {SourcingSingleStore, "p A 9, q A 1, p B 9, q B 9", "p 3 A B, q 2 A B", "B3; B2"},
		"single store with the most units if none has all": {SourcingSingleStore, "p A 1, p B 2, p C 2", "p 3 A B C", "B2"},
		"fewest stores":                        {SourcingFewestStores, "p A 2, p B 2, p C 4", "p 4 A B C", "C4"},
		"fewest stores, ties by rank":          {SourcingFewestStores, "p A 2, p B 2, p C 2, p D 2", "p 4 A B C D", "A2 B2"},
		"fewest stores of all lines":           {SourcingFewestStores, "p A 3, q B 3, p C 3, q C 3", "p 3 A C, q 3 B C", "C3; C3"},
		"fewest stores that have all there is": {SourcingFewestStores, "p A 1, p B 3", "p 9 A B C", "A1 B3"},
		"fewest stores, none has any":          {SourcingFewestStores, "", "p 9 A B C", ""},
		"fewest of many stores": {
			SourcingFewestStores, "p A 1, p B 1, p C 1, p M 4, p N 3", "p 7 A B C D E F G H I J K L M N", "M4 N3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			available := map[RowKey]int64{}
			for entry := range strings.SplitSeq(test.available, ", ") {
				var product, store string
				var units int64
				if _, err := fmt.Sscan(entry, &product, &store, &units); err == nil {
					available[RowKey{product, store}] = units
				}
			}
			var wishes []wish
			for text := range strings.SplitSeq(test.wishes, ", ") {
				wishes = append(wishes, wishOf(text))
			}
			var got []string
			for _, pieces := range source(wishes, available, test.sourcing) {
				var line []string
				for _, p := range pieces {
					line = append(line, fmt.Sprintf("%s%d", p.store, p.units))
				}
				got = append(got, strings.Join(line, " "))
			}
			if text := strings.Join(got, "; "); text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

// A full basket of long rankings, with one unit in each row: the grant stays within
// its rows, each line has at least one of them, and no line more than it asked for.
func TestSource_rows(t *testing.T) {
	const lines, stores = 100, 50
	available := map[RowKey]int64{}
	var wishes []wish
	for line := range lines {
		w := wish{productID: fmt.Sprintf("p-%d", line), quantity: stores, ranking: true}
		for store := range stores {
			w.stores = append(w.stores, fmt.Sprintf("S-%02d", store))
			available[RowKey{w.productID, w.stores[store]}] = 1
		}
		wishes = append(wishes, w)
	}
	rows := 0
	for line, pieces := range source(wishes, available, SourcingRanked) {
		rows += len(pieces)
		if len(pieces) == 0 || len(pieces) > stores {
			t.Errorf("line %d has %d rows", line, len(pieces))
		}
	}
	if rows != maxGranted {
		t.Errorf("the grant has %d rows, want %d", rows, maxGranted)
	}
}
