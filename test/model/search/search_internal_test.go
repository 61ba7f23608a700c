package search

import (
	"slices"
	"testing"
)

// The walk finds a shortest way: 1, 2, 4, 8, 9, and not 1, 2, 3 and so on.
func TestWalker_Run(t *testing.T) {
	var w Walker[number]
	got := w.Run(1, func(n number) {
		if n == 9 {
			w.Violatef("%d is reached", n)
			w.Violate("a later violation")
		}
		w.Add(n + 1)
		w.Add(2 * n)
	})
	if got.Violation != "9 is reached" || !slices.Equal(got.Trace, []string{"1", "2", "4", "8", "9"}) {
		t.Errorf("violation %q by %q", got.Violation, got.Trace)
	}
}

// Each state is looked at once, however often it is reached.
func TestWalker_Add(t *testing.T) {
	var w Walker[number]
	got := w.Run(1, func(n number) { w.Add(n%7 + 1); w.Add(1) })
	if got.States != 7 || got.Quiet != 2 || got.Violation != "" {
		t.Errorf("got %+v, want 7 states, 2 of them at rest", got)
	}
}
