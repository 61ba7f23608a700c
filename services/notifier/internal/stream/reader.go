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
	last   int64 // seq of the last entry that the filter has seen
	live   bool  // has been in the window
	begun  int   // the beginning of that window
	slow   bool
	close  sync.Once
}

// Close frees the reader's place. More calls do nothing.
func (r *Reader) Close() {
	r.close.Do(func() {
		r.hub.perKey.remove(r.key)
		r.hub.readers.Add(-1)
	})
}

// TooSlow counts the reader as dropped and returns ErrTooSlow. It is called when the
// client does not accept the frames that Next returned.
func (r *Reader) TooSlow() error {
	if !r.slow {
		r.slow = true
		r.hub.dropped.Add(1)
	}
	return ErrTooSlow
}

// Next returns the next frames that pass the filter; they must not be changed.
// There may be none although the feed has more entries. At the end of the feed Next
// returns a channel that is closed when there are more entries; otherwise the channel
// is nil. The error is ErrTooSlow or an error of the Feed.
func (r *Reader) Next(ctx context.Context) (frames []*Frame, more <-chan struct{}, err error) {
	// The channel is loaded before the window, so that a change of the window after
	// that closes this channel.
	changed := *r.hub.changed.Load()
	w := r.hub.window.Load()
	if r.last < w.before {
		if r.live && r.begun == w.begun {
			return nil, nil, r.TooSlow()
		}
		frames, err = r.readTable(ctx, w)
		return frames, nil, err
	}
	r.live, r.begun = true, w.begun
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

// readTable returns the next frames from the table, which has all entries before the
// window. Entries that are in the table and not yet in the window are left to the
// window: a client must not get an id that Open would regard as an id the feed has
// not reached.
func (r *Reader) readTable(ctx context.Context, w *window) ([]*Frame, error) {
	entries, err := r.hub.options.Feed.Entries(ctx, r.last, batch)
	if err != nil {
		return nil, err
	}
	newest := w.newest()
	entries = slices.DeleteFunc(entries, func(e feed.Entry) bool { return e.Seq > newest })
	if len(entries) == 0 {
		// The entries before the window were removed.
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
