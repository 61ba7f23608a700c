package adapter_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

func newEvent(t *testing.T, id string) events.Event {
	t.Helper()
	e, err := events.New(events.Meta{ID: id}, inventory.StockCreated{ProductID: "product-1"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestBatch delivers a batch in which one record is for another group, one is
// not an event, and the first attempt of one event fails.
func TestBatch(t *testing.T) {
	var log bytes.Buffer
	var letters []events.DeadLetter
	var handled []string
	failed := false
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	m := adapter.NewMember(events.Subscription{
		Group: "stock", Member: "a",
		Retry: events.Retry{Wait: func(context.Context, time.Duration) error { return nil }},
		Handler: func(_ context.Context, e events.Event) error {
			if e.ID == "event-2" && !failed {
				failed = true
				return errors.New("the first attempt")
			}
			handled = append(handled, e.ID)
			return nil
		},
	}, func(_ context.Context, l events.DeadLetter) error {
		letters = append(letters, l)
		return nil
	}, clock.NewFake(now), slog.New(slog.NewTextHandler(&log, nil)))

	batch := m.NewBatch(4)
	for i, onlyGroup := range []string{"", "reservation", "stock"} {
		if m.Concerns(onlyGroup) {
			batch.Add(i, newEvent(t, []string{"event-1", "", "event-2"}[i]))
		} else {
			batch.Skip(i)
		}
	}
	batch.Bury(t.Context(), 3, []byte("no JSON"), events.ErrMalformed, slog.Int("offset", 7))
	if done := batch.MarkDone(m.Delivery.Run(t.Context(), batch.Events())); !slices.Equal(done, []bool{true, true, true, true}) {
		t.Errorf("done: got %v, want all", done)
	}
	if want := []string{"event-1", "event-2"}; !slices.Equal(handled, want) {
		t.Errorf("handled: got %v, want %v", handled, want)
	}
	if len(letters) != 1 || string(letters[0].Document) != "no JSON" || letters[0].Group != "stock" || !letters[0].FailedAt.Equal(now) {
		t.Errorf("dead letters: got %+v", letters)
	}
	for _, want := range []string{
		`msg="event failed" group=stock member=a event_id=event-2 event_type=stock.created attempt=1 err="the first attempt"`,
		`msg="not an event" group=stock member=a offset=7 err="malformed event"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
}

// TestBatch_interrupted expects that an event whose handler was interrupted by
// the end of the context, and every later event of its key, stay undone.
func TestBatch_interrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := adapter.NewMember(events.Subscription{
		Group: "stock",
		Handler: func(ctx context.Context, e events.Event) error {
			if e.ID == "event-2" {
				cancel()
			}
			return ctx.Err()
		},
	}, nil, clock.System{}, slog.New(slog.DiscardHandler))
	batch := m.NewBatch(3)
	for i, id := range []string{"event-1", "event-2", "event-3"} {
		batch.Add(i, newEvent(t, id))
	}
	if done := batch.MarkDone(m.Delivery.Run(ctx, batch.Events())); !slices.Equal(done, []bool{true, false, false}) {
		t.Errorf("done: got %v, want the first only", done)
	}
}

func TestWriteDeadLetter(t *testing.T) {
	letter := events.DeadLetter{Document: newEvent(t, "event-1").Document(), Group: "stock", Reason: "boom", Attempts: 5}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	full := errors.New("the disk is full")
	err := adapter.WriteDeadLetter(t.Context(), logger, letter, func(string) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v, want the error of write", err)
	}
	err = adapter.WriteDeadLetter(t.Context(), logger, letter, func(eventID string) error {
		if eventID != "event-1" {
			t.Errorf("got event %q, want event-1", eventID)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		`level=WARN msg="dead letter not stored yet" group=stock event_id=event-1 reason=boom attempts=5 err="the disk is full"`,
		`level=ERROR msg="event became a dead letter" group=stock event_id=event-1 reason=boom attempts=5`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
}
