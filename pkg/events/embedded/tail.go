package embedded

import (
	"sync"

	"inventory.example/pkg/events"
)

// batch is what one row of the log holds.
type batch struct {
	first     int64 // offset of events[0]
	onlyGroup string
	events    []events.Event
}

// tail keeps the newest entries of the log in memory: those with offsets from
// first up to, not including, next. Offset o stands at ring[o % len(ring)].
type tail struct {
	mu          sync.Mutex
	ring        []entry
	first, next int64
	bytes       int // of the documents in ring
}

func newTail(length int) *tail { return &tail{ring: make([]entry, length)} }

// start sets the offset that comes next; it is called once, before the first
// commit.
func (t *tail) start(next int64) { t.first, t.next = next, next }

func (t *tail) place(offset int64) *entry { return &t.ring[offset%int64(len(t.ring))] }

func (t *tail) appendBatch(b batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, e := range b.events {
		if t.next-t.first == int64(len(t.ring)) {
			t.drop()
		}
		*t.place(t.next) = entry{offset: b.first + int64(i), onlyGroup: b.onlyGroup, event: e}
		t.next++
		t.bytes += len(e.Document())
		for t.bytes > tailBytes {
			t.drop()
		}
	}
}

// drop forgets the oldest entry.
func (t *tail) drop() {
	oldest := t.place(t.first)
	t.bytes -= len(oldest.event.Document())
	*oldest = entry{}
	t.first++
}

// after returns the entries behind position, limit at most. It reports false
// when some of them are no longer in memory.
func (t *tail) after(position int64, limit int) (list []entry, complete bool) {
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

// end returns the offset of the newest entry; 0 before the first one.
func (t *tail) end() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next - 1
}
