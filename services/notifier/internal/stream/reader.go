package stream

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"inventory.example/services/notifier/internal/feed"
)

// Reader is one reader's place in the feed. It is used by one goroutine at a
// time.
type Reader struct {
	hub    *Hub
	key    string // name of its API key
	filter Filter
	last   int64 // seq of the last entry that was looked at
	live   bool  // has been in the window
	slow   bool
	close  sync.Once
}

// Close gives the reader's place up. More calls do nothing.
func (r *Reader) Close() {
	r.close.Do(func() {
		r.hub.perKey.remove(r.key)
		r.hub.readers.Add(-1)
	})
}

// TooSlow counts the reader as dropped and returns ErrTooSlow. Who cannot get
// rid of what Next returned calls it.
func (r *Reader) TooSlow() error {
	if !r.slow {
		r.slow = true
		r.hub.dropped.Add(1)
	}
	return ErrTooSlow
}

// Next returns the next frames that pass the filter; they must not be changed.
// There may be none although there is more to look at. At the end of the feed
// it returns a channel that is closed when there is more; otherwise that is
// nil. The error is ErrTooSlow, or one of the Feed.
func (r *Reader) Next(ctx context.Context) (frames []*Frame, more <-chan struct{}, err error) {
	// This order matters: a change after the look at the window closes the
	// channel that was taken before it.
	changed := *r.hub.changed.Load()
	w := r.hub.window.Load()
	if r.last < w.before {
		if r.live {
			return nil, nil, r.TooSlow()
		}
		frames, err = r.replay(ctx, w)
		return frames, nil, err
	}
	r.live = true
	at, found := slices.BinarySearchFunc(w.frames, r.last, func(f *Frame, seq int64) int { return cmp.Compare(f.Seq, seq) })
	if found {
		at++
	}
	found = false
	for ; at < len(w.frames) && len(frames) < batch; at++ {
		found = true
		r.last = w.frames[at].Seq
		if r.filter.passes(w.frames[at].Entry) {
			frames = append(frames, w.frames[at])
		}
	}
	if found {
		return frames, nil, nil
	}
	return nil, changed, nil
}

// replay returns the next frames from the table. All that the window has not
// is there: it was committed before. What the table has already and the window
// not yet is left to the window: nobody may have the id of an entry that Open
// would take for one that never was.
func (r *Reader) replay(ctx context.Context, w *window) ([]*Frame, error) {
	entries, err := r.hub.options.Feed.Entries(ctx, r.last, batch)
	if err != nil {
		return nil, err
	}
	newest := w.newest()
	entries = slices.DeleteFunc(entries, func(e feed.Entry) bool { return e.Seq > newest })
	if len(entries) == 0 {
		// What was there before the window is kept no longer.
		r.last = w.before
		return nil, nil
	}
	var frames []*Frame
	for _, e := range entries {
		r.last = e.Seq
		if r.filter.passes(e) {
			frames = append(frames, &Frame{Entry: e})
		}
	}
	return frames, nil
}
