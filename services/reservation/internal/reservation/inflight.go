package reservation

import (
	"context"
	"sync"
)

// rememberedCreates is the number of recorded reservations that are remembered, so
// that the repair needs no query for them: some seconds at full load. Forgetting one
// costs a read of the database.
const rememberedCreates = 1 << 16

// inFlight knows the reservations that this process is creating at this moment
// or has just recorded. It only saves work: a process that knows nothing, such
// as one that was just started, repairs as correctly. So does one that knows
// nothing of the creates of another instance: a repair inserts a reservation that
// is absent in its transaction, and a create that comes after it adopts that one
// (protocol.Granted). Without RepairAfter such a repair would happen often, and
// its reservation has the service as its actor instead of the caller.
type inFlight struct {
	mu       sync.Mutex
	underWay map[string]*underWay
	recorded map[string]struct{}
	order    []string // ring of the ids in recorded
	next     int
}

type underWay struct {
	handlers int // more than one when a request was sent twice
	ended    chan struct{}
}

func newInFlight() *inFlight {
	return &inFlight{
		underWay: map[string]*underWay{}, recorded: map[string]struct{}{}, order: make([]string, 0, rememberedCreates),
	}
}

// begin notes that a handler asks stock for the hold of id.
func (f *inFlight) begin(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.underWay[id]
	if w == nil {
		w = &underWay{ended: make(chan struct{})}
		f.underWay[id] = w
	}
	w.handlers++
}

// endHandler notes that the handler is done, and whether the reservation is recorded now.
func (f *inFlight) endHandler(id string, recorded bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if recorded {
		f.remember(id)
	}
	w := f.underWay[id]
	if w.handlers--; w.handlers == 0 {
		close(w.ended)
		delete(f.underWay, id)
	}
}

func (f *inFlight) remember(id string) {
	if _, known := f.recorded[id]; known {
		return
	}
	f.recorded[id] = struct{}{}
	if len(f.order) < cap(f.order) {
		f.order = append(f.order, id)
		return
	}
	delete(f.recorded, f.order[f.next])
	f.order[f.next] = id
	f.next = (f.next + 1) % len(f.order)
}

// isRecorded reports whether this process has recorded id a short time ago.
func (f *inFlight) isRecorded(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, recorded := f.recorded[id]
	return recorded
}

// isUnderWay reports whether a handler works on id.
func (f *inFlight) isUnderWay(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.underWay[id] != nil
}

// waitForHandlers waits until no handler works on id and reports whether its record was
// written by this process.
func (f *inFlight) waitForHandlers(ctx context.Context, id string) (recorded bool, err error) {
	for {
		f.mu.Lock()
		_, recorded = f.recorded[id]
		w := f.underWay[id]
		f.mu.Unlock()
		if recorded || w == nil {
			return recorded, nil
		}
		select {
		case <-w.ended:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
