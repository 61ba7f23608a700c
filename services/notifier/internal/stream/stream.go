// Package stream passes the feed on to readers that stay connected: each reader
// gets the entries that pass its filter, from the place that it names, in the order
// of the feed, without a gap or a repetition. It does no I/O; its port is
// implemented by notifierdb, and rest speaks server-sent events.
//
// The newest entries are in one window in memory that all readers share, so that a
// reader costs no more than its place in the window. A reader that begins before
// the window reads the table until the window has the rest. A reader that was in
// the window and fell behind it is too slow and is dropped.
package stream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/feed"
)

// Feed is the table from which readers catch up.
type Feed interface {
	// Entries returns the entries after the one with the seq after, limit at most,
	// in their order.
	Entries(ctx context.Context, after int64, limit int) ([]feed.Entry, error)
	// Newest returns the seq of the last entry, 0 when there is none.
	Newest(ctx context.Context) (int64, error)
	// Listen makes recorded receive the entries that were committed, soon after
	// their commits and in their order, with the seq of the entry before the first
	// of them. This is a hint: calls may be missing, and Entries returns the
	// entries nevertheless. recorded does not block. There is one listener.
	Listen(recorded func(after int64, list []feed.Entry))
}

// The bounds of the window, which are also the bounds of a reader's backlog.
const (
	defaultWindow = 4096
	// maxWindowBytes bounds the documents of the window. The memory of entries that
	// left the window is freed in portions, so up to twice as much is in use.
	maxWindowBytes = 16 << 20
)

// batch bounds the entries that a reader gets at once, and so its memory while it
// waits for its connection.
const batch = 64

// Options are the ports and limits of a Hub. Feed and MaxReaders are required.
type Options struct {
	Feed       Feed
	MaxReaders int
	// MaxReadersPerKey bounds the readers with the API keys of one name; 0: no
	// bound.
	MaxReadersPerKey int
	Window           int         // entries that a reader may lag behind; 0: 4096
	Clock            clock.Clock // nil: the system's
}

// lookInterval is after how long the feed is asked for entries that were not
// announced.
const lookInterval = 10 * time.Second

// Hub is where the readers meet the feed. It is safe for concurrent use.
type Hub struct {
	options Options
	mutex   sync.Mutex // held while window is replaced
	window  atomic.Pointer[window]
	changed atomic.Pointer[chan struct{}] // closed some time after each change of the window
	wake    chan struct{}                 // has room for one
	readers atomic.Int64
	perKey  keyReaders
	dropped atomic.Int64
}

// window is the end of the feed. It never changes; each commit creates a new window
// that shares the frames of the previous one.
type window struct {
	before int64 // the seq before the first frame: the window has all later entries
	frames []*Frame
	bytes  int
	// begun counts how often the window began anew because entries were not
	// announced: readers find them in the table.
	begun int
}

// New returns a Hub without entries; Start must be called before there are readers
// or commits.
func New(o Options) *Hub {
	if o.Window == 0 {
		o.Window = defaultWindow
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	h := &Hub{options: o, wake: make(chan struct{}, 1)}
	changed := make(chan struct{})
	h.changed.Store(&changed)
	h.window.Store(&window{})
	return h
}

// Start reads the end of the feed, and follows the feed from there.
func (h *Hub) Start(ctx context.Context) error {
	h.options.Feed.Listen(h.addEntries)
	return h.readEnd(ctx)
}

// readEnd reads the end of the feed, for entries that were not announced.
func (h *Hub) readEnd(ctx context.Context) error {
	newest, err := h.options.Feed.Newest(ctx)
	if err != nil {
		return err
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if w := h.window.Load(); newest > w.newest() {
		h.window.Store(&window{before: newest, begun: w.begun + 1})
		h.wakeReaders()
	}
	return nil
}

// addEntries adds entries that were committed in this order after the seq after. It
// never waits for a reader: it runs on the goroutine that writes.
func (h *Hub) addEntries(after int64, list []feed.Entry) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	next := *h.window.Load()
	newest := next.newest()
	if after > newest {
		next = window{before: after, begun: next.begun + 1}
	}
	for _, entry := range list {
		if entry.Seq <= newest {
			continue // readEnd was faster
		}
		next.frames = append(next.frames, &Frame{Entry: entry})
		next.bytes += len(entry.Event.Document())
	}
	for len(next.frames) > h.options.Window || next.bytes > maxWindowBytes {
		first := next.frames[0]
		next.before = first.Seq
		next.bytes -= len(first.Event.Document())
		next.frames = next.frames[1:]
	}
	h.window.Store(&next)
	h.wakeReaders()
}

// wakeReaders makes Run wake the readers.
func (h *Hub) wakeReaders() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Run wakes the readers after commits until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	timer := h.options.Clock.NewTimer(lookInterval)
	defer func() { timer.Stop() }()
	for {
		select {
		case <-h.wake:
			next := make(chan struct{})
			close(*h.changed.Swap(&next))
		case <-timer.C():
			_ = h.readEnd(ctx) // after an error the feed is read again at the next tick
			timer = h.options.Clock.NewTimer(lookInterval)
		case <-ctx.Done():
			return nil
		}
	}
}

// Readers returns how many readers there are.
func (h *Hub) Readers() int64 { return h.readers.Load() }

// Dropped returns how many readers were too slow.
func (h *Hub) Dropped() int64 { return h.dropped.Load() }

// retryAfter is the Retry-After of a reader that is refused.
const retryAfter = 5 * time.Second

// Open returns a reader, with the API key of this name, of the entries that pass
// filter after the one with the seq after, or of future entries when after is nil. A
// seq that the feed has not reached, because the database was lost or restored, means
// all entries of the feed. The caller must Close the reader.
func (h *Hub) Open(key string, filter Filter, after *int64) (*Reader, error) {
	if h.readers.Add(1) > int64(h.options.MaxReaders) {
		h.readers.Add(-1)
		return nil, problem.Unavailable(problem.RateLimited, retryAfter, nil, "There are too many readers of the stream.")
	}
	if !h.perKey.add(key, h.options.MaxReadersPerKey) {
		h.readers.Add(-1)
		return nil, problem.Unavailable(problem.RateLimited, retryAfter, nil, "This API key has too many readers of the stream.")
	}
	newest := h.window.Load().newest()
	r := &Reader{hub: h, key: key, filter: filter, last: newest}
	if after != nil {
		r.last = *after
		if *after > newest {
			r.last = 0
		}
	}
	return r, nil
}

func (w *window) newest() int64 {
	if len(w.frames) == 0 {
		return w.before
	}
	return w.frames[len(w.frames)-1].Seq
}

// ErrTooSlow is the error of a reader that is dropped.
var ErrTooSlow = errors.New("the reader of the stream is too slow")

// keyReaders counts the readers of each API key, by its name.
type keyReaders struct {
	mu    sync.Mutex
	count map[string]int
}

// add counts a reader. It reports false, and does not count the reader, when the key
// has as many readers as it may have; limit 0 is unlimited.
func (k *keyReaders) add(key string, limit int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if limit > 0 && k.count[key] >= limit {
		return false
	}
	if k.count == nil {
		k.count = map[string]int{}
	}
	k.count[key]++
	return true
}

func (k *keyReaders) remove(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count[key]--; k.count[key] == 0 {
		delete(k.count, key)
	}
}
