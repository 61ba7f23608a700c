package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is a feed in memory.
type table struct {
	entries []feed.Entry
	newest  int64
	err     error
	hint    func(after int64, list []feed.Entry)
}

// Listen implements stream.Feed.
func (f *table) Listen(recorded func(after int64, list []feed.Entry)) { f.hint = recorded }

// announce passes entries that were added one after the other to the listener.
func (f *table) announce(list ...feed.Entry) {
	after := int64(0)
	for _, e := range f.entries {
		if e.Seq < list[0].Seq {
			after = e.Seq
		}
	}
	f.hint(after, list)
}

// Entries implements stream.Feed.
func (f *table) Entries(_ context.Context, after int64, limit int) (list []feed.Entry, err error) {
	for _, e := range f.entries {
		if e.Seq > after && len(list) < limit {
			list = append(list, e)
		}
	}
	return list, f.err
}

// Newest implements stream.Feed.
func (f *table) Newest(context.Context) (int64, error) { return f.newest, f.err }

// add appends an entry, as a commit would.
func (f *table) add(t *testing.T, seq int64) feed.Entry {
	t.Helper()
	e, err := events.Decode(fmt.Appendf(nil,
		"{\"id\":\"e-%d\",\r\n\"event_type\":\"stock.low\",\"aggregate_id\":\"p-1\",\n\"created_at\":\"%s\",\"payload\":{}}",
		seq, events.FormatTime(time.Unix(0, 0))))
	if err != nil {
		t.Fatal(err)
	}
	entry := feed.Entry{Seq: seq, Event: e, Stores: []string{"MAD-001"}}
	f.entries, f.newest = append(f.entries, entry), seq
	return entry
}

func open(t *testing.T, f *table, window int) *stream.Hub {
	t.Helper()
	h := stream.New(stream.Options{Feed: f, MaxReaders: 10, Window: window})
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

func reader(t *testing.T, h *stream.Hub, after *int64) *stream.Reader {
	t.Helper()
	r, err := h.Open("Shop", stream.Filter{}, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// readRest reads to the end of the feed.
func readRest(t *testing.T, r *stream.Reader) string {
	t.Helper()
	var ids []string
	for {
		frames, more, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames {
			ids = append(ids, fmt.Sprint(f.Seq))
		}
		if more != nil {
			return strings.Join(ids, " ")
		}
	}
}

func wants(t *testing.T, r *stream.Reader, want string) {
	t.Helper()
	if got := readRest(t, r); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReader_Next(t *testing.T) {
	f := &table{}
	for _, seq := range []int64{2, 3, 7} { // seqs have gaps
		f.add(t, seq)
	}
	h := open(t, f, 3)
	zero, five, future := int64(0), int64(5), int64(100)
	live, all, some, lost := reader(t, h, nil), reader(t, h, &zero), reader(t, h, &five), reader(t, h, &future)
	wants(t, live, "")
	wants(t, all, "2 3 7")
	wants(t, lost, "2 3 7")
	f.announce(f.add(t, 8), f.add(t, 10))
	wants(t, live, "8 10")
	wants(t, all, "8 10")
	wants(t, some, "7 8 10")
	f.announce(f.add(t, 11))
	f.announce(f.add(t, 12))
	wants(t, live, "11 12")
	wants(t, some, "11 12")
	wants(t, reader(t, h, &zero), "2 3 7 8 10 11 12")
	wants(t, reader(t, h, nil), "")
}

// An entry that is in the table and not yet in the window is not passed on: a reader
// that came again with its id would be regarded as a reader of another feed.
func TestReader_BeforeTheWindow(t *testing.T) {
	f := &table{}
	for seq := range int64(3) {
		f.add(t, seq+1)
	}
	h := open(t, f, 3)
	zero := int64(0)
	early := reader(t, h, &zero)
	committed := []feed.Entry{f.add(t, 4), f.add(t, 5)}
	wants(t, early, "1 2 3")
	f.announce(committed...)
	wants(t, early, "4 5")
}

// Entries whose commits were not announced are read from the table, in their order,
// and no reader is dropped for them.
func TestReader_NotAnnounced(t *testing.T) {
	f := &table{}
	now, timers := clock.NewFake(time.Unix(0, 0)), make(chan time.Duration, 1)
	now.NotifyTimers(timers)
	h := stream.New(stream.Options{Feed: f, MaxReaders: 10, Window: 3, Clock: now})
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := reader(t, h, nil)
	f.announce(f.add(t, 1))
	wants(t, r, "1")
	f.add(t, 2)
	f.announce(f.add(t, 3), f.add(t, 5))
	wants(t, r, "2 3 5")
	f.add(t, 6)
	late := []feed.Entry{f.add(t, 7)}
	wants(t, r, "") // the hub does not know of them
	end := func() <-chan struct{} {
		t.Helper()
		_, more, err := r.Next(t.Context())
		if err != nil || more == nil {
			t.Fatal(more, err)
		}
		return more
	}
	more := end()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	pause := <-timers
	<-more // it wakes for the commits that were announced
	more = end()
	now.Advance(pause)
	<-more
	wants(t, r, "6 7")
	f.announce(late...) // which the look has overtaken
	f.announce(f.add(t, 8))
	wants(t, r, "8")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := h.Dropped(); n > 0 {
		t.Errorf("%d readers were dropped", n)
	}
}

// A reader that was in the window and fell behind it is dropped; a reader that begins
// before the window is not.
func TestReader_TooSlow(t *testing.T) {
	f := &table{}
	h := open(t, f, 3)
	slow, late := reader(t, h, nil), reader(t, h, nil)
	wants(t, slow, "")
	for seq := range int64(4) {
		f.announce(f.add(t, seq+1))
	}
	wants(t, late, "1 2 3 4") // its first read
	for range 2 {
		if _, _, err := slow.Next(t.Context()); !errors.Is(err, stream.ErrTooSlow) || h.Dropped() != 1 {
			t.Errorf("got %v, %d dropped", err, h.Dropped())
		}
	}
	slow.Close()
	slow.Close()
	if h.Readers() != 1 {
		t.Errorf("%d readers", h.Readers())
	}
}

// Entries that were removed from the table are skipped.
func TestReader_RemovedEntries(t *testing.T) {
	f := &table{}
	for seq := range int64(5) {
		f.add(t, seq+1)
	}
	h := open(t, f, 2)
	one := int64(1)
	early := reader(t, h, &one)
	f.entries = nil
	wants(t, early, "")
	f.announce(f.add(t, 6))
	wants(t, early, "6")
}

func TestReader_Wakes(t *testing.T) {
	f := &table{}
	h := open(t, f, 2)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	r := reader(t, h, nil)
	for seq := range int64(100) {
		_, more, err := r.Next(t.Context())
		if err != nil || more == nil {
			t.Fatal(more, err)
		}
		f.announce(f.add(t, seq+1))
		<-more
		// A wake-up for an earlier commit may come once more, but none is missed.
		wants(t, r, fmt.Sprint(seq+1))
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestHub_FailingFeed(t *testing.T) {
	f := &table{err: errors.New("the disk is gone")}
	if err := stream.New(stream.Options{Feed: f}).Start(t.Context()); !errors.Is(err, f.err) {
		t.Errorf("got %v", err)
	}
	f.err = nil
	f.add(t, 1)
	h := open(t, f, 2)
	zero := int64(0)
	r := reader(t, h, &zero)
	f.err = errors.New("the disk is gone")
	if _, _, err := r.Next(t.Context()); !errors.Is(err, f.err) {
		t.Errorf("got %v", err)
	}
}

func TestFrame_Text(t *testing.T) {
	f := stream.Frame{Entry: (&table{}).add(t, 7)}
	want := "id: 7\nevent: stock.low\n" +
		`data: {"id":"e-7","event_type":"stock.low","aggregate_id":"p-1","created_at":"1970-01-01T00:00:00.000Z","payload":{}}` + "\n\n"
	if got := string(f.Text()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	foreign := stream.Frame{Entry: feed.Entry{Seq: 8, Event: f.Event}}
	foreign.Event.Type = "a\nid: 9"
	if got := string(foreign.Text()); strings.Contains(got, "id: 9") {
		t.Errorf("got %q", got)
	}
}

func TestHub_ReadersPerKey(t *testing.T) {
	h := stream.New(stream.Options{Feed: &table{}, MaxReaders: 5, MaxReadersPerKey: 2})
	open := func(key string) (*stream.Reader, error) { return h.Open(key, stream.Filter{}, nil) }
	var readers []*stream.Reader
	for _, key := range []string{"Shop", "Shop", "Other", "Other"} {
		r, err := open(key)
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, r)
	}
	if _, err := open("Shop"); problem.CodeOf(err) != problem.RateLimited {
		t.Errorf("a third reader of a key: %v", err)
	}
	if h.Readers() != 4 {
		t.Errorf("%d readers", h.Readers())
	}
	readers[0].Close()
	readers[0].Close() // once is enough
	again, err := open("Shop")
	if err != nil {
		t.Errorf("a reader in the place of one that has gone: %v", err)
	}
	third, err := open("Third")
	if err != nil {
		t.Errorf("the first reader of another key: %v", err)
	}
	if _, err := open("Fourth"); problem.CodeOf(err) != problem.RateLimited {
		t.Errorf("one more than all may have: %v", err)
	}
	for _, r := range append(readers[1:], again, third) {
		r.Close()
	}
	if h.Readers() != 0 {
		t.Errorf("%d readers are left", h.Readers())
	}
}
