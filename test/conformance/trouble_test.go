package conformance_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// Bounds of the tests of bad situations.
const (
	within     = time.Minute     // for each expected result
	publishFor = 5 * time.Second // a call of PublishBatch that cannot succeed
)

// trouble is a bad situation and its end.
type trouble struct {
	open   opener
	list   []events.Event     // that cannot be published; default: an ordinary event
	want   []string           // one of these is in the error
	not    string             // is not in the error
	repair func(t testing.TB) // may be nil: only the next events can be published
}

// test publishes in a bad situation, which must fail with a clear error within
// publishFor, while a subscriber waits. After the repair the same publisher and
// subscriber must work.
func (tr trouble) test(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	b := tr.open(t)
	p := b.Publisher()
	stop, handled := listen(t, ctx, b.Subscriber())

	list := tr.list
	if list == nil {
		list = []events.Event{newEvent(t, "product-1", 1, "")}
	}
	limited, end := context.WithTimeout(ctx, publishFor)
	defer end()
	err := p.PublishBatch(limited, list)
	if err == nil {
		t.Fatal("PublishBatch succeeded")
	}
	t.Logf("PublishBatch: %v", err)
	if !containsOne(err.Error(), tr.want) {
		t.Errorf("the error names none of %q: %v", tr.want, err)
	}
	if tr.not != "" && strings.Contains(err.Error(), tr.not) {
		t.Errorf("the error holds the secret %q", tr.not)
	}
	if tr.repair != nil {
		tr.repair(t)
	}

	last := newEvent(t, "product-1", 2, "")
	publishUntilTaken(t, ctx, p, last)
	for id := ""; id != last.ID; {
		select {
		case id = <-handled:
		case <-ctx.Done():
			t.Fatal("the subscriber was not given the event: ", ctx.Err())
		}
	}
	stop()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// listen subscribes and returns the ids of the handled events. The caller must
// call stop.
func listen(t testing.TB, ctx context.Context, sub events.Subscriber) (stop func(), handled <-chan string) { //nolint:revive // t comes first in tests
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	ids, ended := make(chan string, 100), make(chan error, 1)
	go func() {
		ended <- sub.Subscribe(ctx, events.Subscription{
			Group: "group", Member: "member",
			Handler: func(_ context.Context, e events.Event) error {
				ids <- e.ID
				return nil
			},
		})
	}()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Subscribe: %v", err)
		}
		ended <- nil // a second call does nothing
	}
	t.Cleanup(stop)
	return stop, ids
}

// publishUntilTaken publishes as the relay does: again until the broker takes
// it.
func publishUntilTaken(t testing.TB, ctx context.Context, p events.Publisher, list ...events.Event) { //nolint:revive // t comes first in tests
	t.Helper()
	for {
		err := p.PublishBatch(ctx, list)
		if err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("publish: ", err)
		}
	}
}

func containsOne(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func newEvent(t testing.TB, key string, version int64, description string) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: newName(key), Version: version, At: time.Now().UTC()}, inventory.ProductUpdated{
		Product: inventory.Product{ID: key, SKU: "SKU-1", Name: "Product", Description: description, Price: "1.00", Version: version},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// largeEvent returns an event of more than size bytes that cannot be
// compressed.
func largeEvent(t testing.TB, size int) events.Event {
	t.Helper()
	noise := make([]byte, size)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	return newEvent(t, "product-1", 1, base64.StdEncoding.EncodeToString(noise))
}

// roundTrip publishes, receives and buries an event.
func roundTrip(t *testing.T, open opener) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	b := open(t)
	p := b.Publisher()
	good, bad := newEvent(t, "product-1", 1, ""), newEvent(t, "product-2", 1, "")
	publishUntilTaken(t, ctx, p, bad, good)
	buried := make(chan struct{}, 1)
	handled := make(chan string, 10)
	ended := make(chan error, 1)
	listening, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		ended <- b.Subscriber().Subscribe(listening, events.Subscription{
			Group: "group", Member: "member", Retry: events.Retry{MaxAttempts: 1},
			Handler: func(_ context.Context, e events.Event) error {
				if e.AggregateID == "product-2" {
					return context.DeadlineExceeded // any error
				}
				handled <- e.ID
				return nil
			},
			Observe: func(o events.Outcome) {
				if o == events.Buried {
					buried <- struct{}{}
				}
			},
		})
	}()
	for range 2 {
		select {
		case id := <-handled:
			if id != good.ID {
				t.Errorf("got event %s, want %s", id, good.ID)
			}
		case <-buried:
			letters, err := b.DeadLetters(ctx, "", 10)
			if err != nil || len(letters) != 1 || letters[0].EventID != bad.ID {
				t.Errorf("got dead letters %+v, %v", letters, err)
			}
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
