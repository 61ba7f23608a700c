package embedded_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// consume handles as group what there is up to version last, and returns the
// versions that it handled; version 2 fails unless it works.
func consume(t *testing.T, b *broker, works bool, last int64) (versions []int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := b.Subscriber(t).Subscribe(ctx, events.Subscription{
		Group: "group", Retry: events.Retry{MaxAttempts: 1},
		Handler: func(_ context.Context, e events.Event) error {
			if e.Version == last {
				cancel()
			}
			if e.Version == 2 && !works {
				return errors.New("not today")
			}
			versions = append(versions, e.Version)
			return nil
		},
	}); err != nil {
		t.Fatal(err)
	}
	return versions
}

// onlyLetter expects one dead letter, of version 2, and returns it.
func onlyLetter(t *testing.T, b *broker) embedded.DeadLetter {
	t.Helper()
	letters, err := b.Broker.DeadLetters(t.Context(), 0, 10)
	if err != nil || len(letters) != 1 {
		t.Fatalf("got %d dead letters and %v, want 1", len(letters), err)
	}
	if l := letters[0]; l.EventID != "event-2" || l.Group != "group" || l.Reason != "not today" || l.Attempts != 1 {
		t.Errorf("got %+v", l)
	}
	return letters[0]
}

func expectConsumed(t *testing.T, got []int64, want ...int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("the group handled %v, want %v", got, want)
	}
}

func TestBroker_Replay(t *testing.T) {
	b := open(t, embedded.Options{})
	publish(t, b, 1, 3)
	expectConsumed(t, consume(t, b, false, 3), 1, 3)
	first := onlyLetter(t, b)
	if after, err := b.Broker.DeadLetters(t.Context(), first.ID, 10); err != nil || len(after) > 0 {
		t.Errorf("got %d letters behind the last and %v", len(after), err)
	}
	if err := b.Replay(t.Context(), first.ID+1); !errors.Is(err, embedded.ErrNoDeadLetter) {
		t.Errorf("got %v, want ErrNoDeadLetter", err)
	}

	if err := b.Replay(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.Replay(t.Context(), first.ID); !errors.Is(err, embedded.ErrNoDeadLetter) {
		t.Errorf("a second replay: got %v, want ErrNoDeadLetter", err)
	}
	publish(t, b, 4, 1)
	expectConsumed(t, consume(t, b, false, 4), 4)
	second := onlyLetter(t, b) // it failed again
	if second.ID <= first.ID {
		t.Errorf("dead letter %d has the id of an earlier one", second.ID)
	}

	if err := b.Replay(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	b.Restart(t) // a replay is as durable as the event was
	expectConsumed(t, consume(t, b, true, 2), 2)
	if letters, err := b.Broker.DeadLetters(t.Context(), 0, 10); err != nil || len(letters) > 0 {
		t.Errorf("got %d dead letters and %v, want none", len(letters), err)
	}
	publish(t, b, 5, 1)
	expectRange(t, receive(t, b, "other", 5), 1, 5) // without the replays
	expectRange(t, scan(t, b), 1, 5)
}
