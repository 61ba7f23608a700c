package embedded

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

// pausedClock sends the length of each pause of a member, and ends it at once.
type pausedClock struct {
	clock.System
	pauses chan time.Duration
}

func (c pausedClock) NewTimer(d time.Duration) clock.Timer {
	if d < minPause || d > maxPause || d == saveInterval {
		return c.System.NewTimer(d)
	}
	select {
	case c.pauses <- d:
	default:
	}
	return c.System.NewTimer(0)
}

// fill removes the room to grow from the broker's file, or gives it back.
func fill(b *Broker, full bool) error {
	query := `PRAGMA max_page_count = 4294967294`
	if full {
		query = `PRAGMA max_page_count = 1` // SQLite takes the present size
	}
	return b.db.Write(context.Background(), func(tx *sqlite.Tx) error {
		var limit int64
		return tx.QueryRow(query).Scan(&limit)
	})
}

func mustFill(t *testing.T, b *Broker, full bool) {
	t.Helper()
	if err := fill(b, full); err != nil {
		t.Fatal(err)
	}
}

func largeEvent(t *testing.T, id string) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: id}, inventory.StockUpdated{ProductID: id, Reason: strings.Repeat("x", 64<<10)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// outage is a broker whose file can be full, and a subscription that begins
// while it is.
type outage struct {
	*Broker
	publisher events.Publisher
	pauses    chan time.Duration // the group could not be stored
	retries   chan struct{}      // the dead letter could not be stored
	got       chan string        // ids of the events handled
	ended     chan error
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	o := &outage{
		pauses: make(chan time.Duration, 1), retries: make(chan struct{}, 1),
		got: make(chan string, 10), ended: make(chan error, 1),
	}
	var err error
	o.Broker, err = Open(t.Context(), Options{
		Path: filepath.Join(t.TempDir(), "broker.db"), Logger: slog.New(slog.DiscardHandler),
		Clock: pausedClock{pauses: o.pauses},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	o.publisher = o.Publisher()
	return o
}

func (o *outage) publish(t *testing.T, id string) {
	t.Helper()
	if err := o.publisher.Publish(t.Context(), largeEvent(t, id)); err != nil {
		t.Fatalf("publish %s: %v", id, err)
	}
}

func (o *outage) expect(t *testing.T, id string) {
	t.Helper()
	if got := <-o.got; got != id {
		t.Fatalf("got event %s, want %s", got, id)
	}
}

// subscribe handles all events but poison, which fills the file and fails.
func (o *outage) subscribe(ctx context.Context) {
	o.ended <- o.Subscriber().Subscribe(ctx, events.Subscription{
		Group: strings.Repeat("g", 64<<10), // needs pages of its own
		Retry: events.Retry{MaxAttempts: 1, Wait: func(ctx context.Context, _ time.Duration) error {
			select {
			case o.retries <- struct{}{}:
			default:
			}
			return ctx.Err()
		}},
		Handler: func(_ context.Context, e events.Event) error {
			o.got <- e.ID
			if e.ID == "poison" {
				return errors.Join(errors.New("poison"), fill(o.Broker, true))
			}
			return nil
		},
	})
}

func TestBroker_SurvivesFullDisk(t *testing.T) {
	o := newOutage(t)
	o.publish(t, "first")
	mustFill(t, o.Broker, true)
	err := o.publisher.Publish(t.Context(), largeEvent(t, "refused"))
	if problem.CodeOf(err) != problem.StorageUnavailable {
		t.Fatalf("Publish on a full disk: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go o.subscribe(ctx)
	<-o.pauses
	mustFill(t, o.Broker, false)
	o.expect(t, "first")
	o.publish(t, "second")
	o.expect(t, "second") // and nothing of the refused one

	o.publish(t, "poison")
	o.expect(t, "poison")
	<-o.retries
	mustFill(t, o.Broker, false)
	o.publish(t, "third")
	o.expect(t, "third")
	cancel()
	if err := <-o.ended; err != nil {
		t.Errorf("Subscribe: %v", err)
	}
	letters, err := o.DeadLetters(t.Context(), "", 10)
	if err != nil || len(letters) != 1 || letters[0].EventID != "poison" {
		t.Errorf("got %v and %v, want one dead letter", letters, err)
	}
}
