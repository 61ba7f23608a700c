package reservation

import (
	"strconv"
	"testing"
)

func TestInFlight(t *testing.T) {
	t.Run("remembers the latest", testInFlightRemembersTheLatest)
}

func testInFlightRemembersTheLatest(t *testing.T) {
	f := newInFlight()
	const more = 100
	for n := range rememberedCreates + more {
		id := strconv.Itoa(n)
		for range 2 { // a request that was sent twice counts once
			f.begin(id)
			f.endHandler(id, true)
		}
	}
	if len(f.recorded) != rememberedCreates || len(f.order) != rememberedCreates || len(f.underWay) > 0 {
		t.Errorf("%d remembered, %d in order, %d under way", len(f.recorded), len(f.order), len(f.underWay))
	}
	for n, want := range map[int]bool{0: false, more - 1: false, more: true, rememberedCreates + more - 1: true} {
		if recorded, err := f.waitForHandlers(t.Context(), strconv.Itoa(n)); err != nil || recorded != want {
			t.Errorf("%d: recorded %t, %v", n, recorded, err)
		}
	}
}
