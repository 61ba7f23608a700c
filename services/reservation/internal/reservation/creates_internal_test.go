package reservation

import (
	"strconv"
	"testing"
)

func TestCreates_remembers_the_latest(t *testing.T) {
	c := newCreates()
	const more = 100
	for n := range rememberedCreates + more {
		id := strconv.Itoa(n)
		for range 2 { // a request that was sent twice counts once
			c.begin(id)
			c.end(id, true)
		}
	}
	if len(c.recorded) != rememberedCreates || len(c.order) != rememberedCreates || len(c.underWay) > 0 {
		t.Errorf("%d remembered, %d in order, %d under way", len(c.recorded), len(c.order), len(c.underWay))
	}
	for n, want := range map[int]bool{0: false, more - 1: false, more: true, rememberedCreates + more - 1: true} {
		if recorded, err := c.wait(t.Context(), strconv.Itoa(n)); err != nil || recorded != want {
			t.Errorf("%d: recorded %t, %v", n, recorded, err)
		}
	}
}
