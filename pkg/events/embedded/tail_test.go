package embedded

import (
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

func offsets(list []entry) (first, last int64) {
	if len(list) == 0 {
		return 0, 0
	}
	return list[0].offset, list[len(list)-1].offset
}

func TestTail_EntriesAfter(t *testing.T) {
	tl := newTail(10)
	tl.start(101)
	if _, complete := tl.entriesAfter(99, 5); complete {
		t.Error("an empty tail claims to have what was published earlier")
	}
	if list, complete := tl.entriesAfter(100, 5); !complete || len(list) > 0 {
		t.Error("nothing was published yet, and that is all there is")
	}
	tl.appendBatch(batch{first: 101, events: make([]events.Event, 7)})
	tl.appendBatch(batch{first: 108, events: make([]events.Event, 7)})
	tests := map[string]struct {
		position, first, last int64
		complete              bool
	}{
		"fallen out":        {position: 103},
		"the oldest":        {position: 104, first: 105, last: 109, complete: true},
		"in the middle":     {position: 108, first: 109, last: 113, complete: true},
		"less than asked":   {position: 112, first: 113, last: 114, complete: true},
		"all is known":      {position: 114, complete: true},
		"ahead of the tail": {position: 120, complete: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list, complete := tl.entriesAfter(test.position, 5)
			if first, last := offsets(list); complete != test.complete || first != test.first || last != test.last {
				t.Errorf("got %d to %d, %v; want %d to %d, %v", first, last, complete, test.first, test.last, test.complete)
			}
		})
	}
	tl.appendBatch(batch{first: 115, events: make([]events.Event, 25)}) // more than the ring holds
	if first, last := offsets(must(tl.entriesAfter(129, 100))); first != 130 || last != 139 {
		t.Errorf("got %d to %d, want the ten newest", first, last)
	}
}

func must(list []entry, complete bool) []entry {
	if !complete {
		panic("not complete")
	}
	return list
}

func TestTail_BoundsBytes(t *testing.T) {
	e, err := events.New(events.Meta{ID: "large"}, inventory.StockUpdated{Reason: strings.Repeat("x", tailBytes/4)})
	if err != nil {
		t.Fatal(err)
	}
	tl := newTail(100)
	tl.start(1)
	tl.appendBatch(batch{first: 1, events: []events.Event{e, e, e, e, e}})
	if _, complete := tl.entriesAfter(1, 1); complete {
		t.Error("more bytes than allowed are kept")
	}
	if list, complete := tl.entriesAfter(2, 10); !complete || len(list) != 3 {
		t.Errorf("got %d entries, want the three that fit", len(list))
	}
	huge, err := events.New(events.Meta{ID: "huge"}, inventory.StockUpdated{Reason: strings.Repeat("x", tailBytes)})
	if err != nil {
		t.Fatal(err)
	}
	tl.appendBatch(batch{first: 6, events: []events.Event{huge}})
	if list, complete := tl.entriesAfter(6, 1); !complete || len(list) > 0 || tl.bytes != 0 {
		t.Errorf("an event larger than the tail is kept: %d entries, %d bytes", len(list), tl.bytes)
	}
}

func FuzzSplitDocuments(f *testing.F) {
	joined, err := joinDocuments(mustEvents(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(joined, int64(0), 10)
	f.Add(joined, int64(2), 1)
	f.Add(joined[:len(joined)-3], int64(0), 10)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, int64(0), 10)
	f.Fuzz(func(t *testing.T, joined []byte, position int64, limit int) {
		// From any bytes, there is at least one entry, and the offsets increase
		// within the record.
		position, limit = max(position, -position)%3, max(limit%5, 1)
		list := splitDocuments(nil, joined, rowHead{first: 1, last: 3}, position, limit)
		if len(list) == 0 || len(list) > limit {
			t.Fatalf("got %d entries, want 1 to %d", len(list), limit)
		}
		at := position
		for _, e := range list {
			if e.offset <= at || e.offset > 3 {
				t.Fatalf("offset %d after %d", e.offset, at)
			}
			at = e.offset
		}
	})
}

func mustEvents(f *testing.F) (list []events.Event) {
	f.Helper()
	for _, id := range []string{"a", "b", "c"} {
		e, err := events.New(events.Meta{ID: id}, inventory.StockUpdated{ProductID: id})
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}
