package embedded_test

import (
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events/embedded"
)

func TestBroker_KeptSince(t *testing.T) {
	now := clock.NewFake(start)
	b := open(t, embedded.Options{Clock: handClock{now}, Retention: time.Hour})
	want := func(what string, at time.Time) {
		t.Helper()
		if got, err := b.KeptSince(t.Context()); err != nil || !got.Equal(at) {
			t.Errorf("%s: got %v, %v, want %v", what, got, err, at)
		}
	}
	want("an empty log", time.Time{})
	publish(t, b, 1, 2)
	now.Advance(30 * time.Minute)
	publish(t, b, 3, 2)
	now.Advance(time.Minute)
	publish(t, b, 5, 2)
	want("a whole log", time.Time{})
	now.Advance(45 * time.Minute)
	if deleted, err := b.Trim(t.Context()); err != nil || deleted != 1 {
		t.Fatalf("Trim: %d, %v", deleted, err)
	}
	want("a trimmed log", start.Add(30*time.Minute))
}
