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
	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/pkg/sqlite"
)

// pausedClock tells of each pause that begins, and ends it at once.
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

// fill leaves the broker's file no page to grow by, or takes that back.
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
	e, err := events.New(events.Meta{ID: id}, events.StockUpdated{ProductID: id, Reason: strings.Repeat("x", 64<<10)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestBroker_waits_out_a_full_disk(t *testing.T) {
	pauses := make(chan time.Duration, 1)
	b, err := Open(t.Context(), Options{
		Path: filepath.Join(t.TempDir(), "broker.db"), Logger: slog.New(slog.DiscardHandler),
		Clock: pausedClock{pauses: pauses},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	p, s := b.Publisher(), b.Subscriber()
	if err := p.Publish(t.Context(), largeEvent(t, "first")); err != nil {
		t.Fatal(err)
	}

	mustFill(t, b, true)
	if err := p.Publish(t.Context(), largeEvent(t, "refused")); problem.CodeOf(err) != problem.StorageUnavailable {
		t.Fatalf("Publish on a full disk: got %v", err)
	}
	got, ended := make(chan string, 10), make(chan error, 1)
	retry := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- s.Subscribe(ctx, events.Subscription{
			// A name that needs a page of its own.
			Group: strings.Repeat("g", 64<<10),
			Retry: events.Retry{MaxAttempts: 1, Wait: func(ctx context.Context, _ time.Duration) error {
				select {
				case retry <- struct{}{}:
				default:
				}
				return ctx.Err()
			}},
			Handler: func(_ context.Context, e events.Event) error {
				got <- e.ID
				if e.ID == "poison" {
					return errors.Join(errors.New("poison"), fill(b, true))
				}
				return nil
			},
		})
	}()
	<-pauses // the group cannot be stored
	mustFill(t, b, false)
	if id := <-got; id != "first" {
		t.Errorf("got %s first", id)
	}

	if err := p.Publish(t.Context(), largeEvent(t, "second")); err != nil {
		t.Errorf("Publish after the outage: %v", err)
	}
	if id := <-got; id != "second" {
		t.Errorf("got %s, want the event behind the refused one", id)
	}

	if err := p.Publish(t.Context(), largeEvent(t, "poison")); err != nil {
		t.Fatal(err)
	}
	if id := <-got; id != "poison" {
		t.Errorf("got %s", id)
	}
	<-retry // the dead letter cannot be stored
	mustFill(t, b, false)
	if err := p.Publish(t.Context(), largeEvent(t, "third")); err != nil {
		t.Fatal(err)
	}
	if id := <-got; id != "third" {
		t.Errorf("got %s, want the event behind the poison", id)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Subscribe: %v", err)
	}
	letters, err := b.DeadLetters(t.Context(), 0, 10)
	if err != nil || len(letters) != 1 || letters[0].EventID != "poison" {
		t.Errorf("got %v and %v, want one dead letter", letters, err)
	}
}
