package embedded

import (
	"sync"

	"inventory.example/pkg/events"
)

// batch is the content of one record of the log.
type batch struct {
	first     int64 // offset of events[0]
	onlyGroup string
	events    []events.Event
}

// tail keeps the newest entries of the log in memory, as the commits announce
// them: those with offsets from first up to, not including, next. Offset o is at
// ring[o % len(ring)].
type tail struct {
	mu          sync.Mutex
	ring        []entry
	first, next int64
	bytes       int // of the documents in ring
}

func newTail(length int) *tail { return &tail{ring: make([]entry, length)} }

// start sets the next offset. It is called once, before the first commit.
func (t *tail) start(next int64) { t.first, t.next = next, next }

// skipTo forgets all entries when the log has others that were not announced, up
// to the offset next, and reports whether it did. They are read from the log.
func (t *tail) skipTo(next int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skip(next)
}

// skip is skipTo for callers that hold mu.
func (t *tail) skip(next int64) bool {
	if next <= t.next {
		return false
	}
	for t.first < t.next {
		t.dropOldest()
	}
	t.first, t.next = next, next
	return true
}

func (t *tail) place(offset int64) *entry { return &t.ring[offset%int64(len(t.ring))] }

func (t *tail) appendBatch(b batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.skip(b.first)
	for i, e := range b.events {
		if b.first+int64(i) < t.next {
			continue // it was skipped before it was announced
		}
		if t.next-t.first == int64(len(t.ring)) {
			t.dropOldest()
		}
		*t.place(t.next) = entry{offset: b.first + int64(i), onlyGroup: b.onlyGroup, event: e}
		t.next++
		t.bytes += len(e.Document())
		for t.bytes > tailBytes {
			t.dropOldest()
		}
	}
}

// dropOldest removes the oldest entry.
func (t *tail) dropOldest() {
	oldest := t.place(t.first)
	t.bytes -= len(oldest.event.Document())
	*oldest = entry{}
	t.first++
}

// entriesAfter returns the entries after position, limit at most. It reports
// false if some of them are no longer in memory.
func (t *tail) entriesAfter(position int64, limit int) (list []entry, complete bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if position+1 < t.first {
		return nil, false
	}
	n := min(t.next-position-1, int64(limit))
	if n <= 0 {
		return nil, true
	}
	list = make([]entry, n)
	for i := range list {
		list[i] = *t.place(position + 1 + int64(i))
	}
	return list, true
}

// lastOffset returns the offset of the newest entry; 0 before the first one.
func (t *tail) lastOffset() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next - 1
}
