package embedded_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// consume subscribes as the group until it has seen version last, and returns the
// versions that it handled. It fails at version 2 unless works is true.
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
func onlyLetter(t *testing.T, b *broker) events.StoredDeadLetter {
	t.Helper()
	letters, err := b.DeadLetters(t.Context(), "", 10)
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

func TestBroker_ReplayDeadLetter(t *testing.T) {
	b := open(t, embedded.Options{})
	publish(t, b, 1, 3)
	expectConsumed(t, consume(t, b, false, 3), 1, 3)
	first := onlyLetter(t, b)
	if after, err := b.DeadLetters(t.Context(), first.ID, 10); err != nil || len(after) > 0 {
		t.Errorf("got %d letters behind the last and %v", len(after), err)
	}
	if same, err := b.DeadLetter(t.Context(), first.ID); err != nil || !reflect.DeepEqual(same, first) {
		t.Errorf("got %+v and %v, want %+v", same, err, first)
	}
	for _, id := range []string{first.ID + "0", "0" + first.ID, "", "none"} {
		if err := b.ReplayDeadLetter(t.Context(), id); !errors.Is(err, events.ErrNoDeadLetter) {
			t.Errorf("replay %q: got %v, want ErrNoDeadLetter", id, err)
		}
		if _, err := b.DeadLetter(t.Context(), id); !errors.Is(err, events.ErrNoDeadLetter) {
			t.Errorf("%q: got %v, want ErrNoDeadLetter", id, err)
		}
	}
	if _, err := b.DeadLetters(t.Context(), "none", 10); !errors.Is(err, events.ErrNoDeadLetter) {
		t.Errorf("behind a letter that is none: got %v, want ErrNoDeadLetter", err)
	}

	if err := b.ReplayDeadLetter(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.ReplayDeadLetter(t.Context(), first.ID); !errors.Is(err, events.ErrNoDeadLetter) {
		t.Errorf("a second replay: got %v, want ErrNoDeadLetter", err)
	}
	publish(t, b, 4, 1)
	expectConsumed(t, consume(t, b, false, 4), 4)
	second := onlyLetter(t, b) // it failed again
	if second.ID == first.ID {
		t.Errorf("dead letter %s has the id of an earlier one", second.ID)
	}

	if err := b.ReplayDeadLetter(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	b.Restart(t) // a replay is as durable as the event was
	expectConsumed(t, consume(t, b, true, 2), 2)
	if letters, err := b.DeadLetters(t.Context(), "", 10); err != nil || len(letters) > 0 {
		t.Errorf("got %d dead letters and %v, want none", len(letters), err)
	}
	publish(t, b, 5, 1)
	expectRange(t, receive(t, b, "other", 5), 1, 5) // without the replays
	expectRange(t, scan(t, b), 1, 5)
}
