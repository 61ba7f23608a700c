package kafka

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// places returns the offsets of a member by partition.
func places(m map[int32]kgo.EpochOffset) map[int32]int64 {
	offsets := map[int32]int64{}
	for p, o := range m {
		offsets[p] = o.Offset
	}
	return offsets
}

func expectPlaces(t *testing.T, what string, got map[int32]kgo.EpochOffset, want map[int32]int64) {
	t.Helper()
	if !maps.Equal(places(got), want) {
		t.Errorf("%s: got %v, want %v", what, places(got), want)
	}
}

// TestMember_handleRecords interrupts a batch in the middle of a partition: the
// position stays before the first event that was not handled, and no later event
// is handled a second time.
func TestMember_handleRecords(t *testing.T) {
	var handled []int64
	cutOff := false
	ctx, cancel := context.WithCancel(t.Context())
	m := newMember(&Broker{config: testConfig, clock: clock.System{}, logger: slog.New(slog.DiscardHandler)}, events.Subscription{
		Group: "group", Types: []events.Type{inventory.TypeStockUpdated},
		Handler: func(ctx context.Context, e events.Event) error {
			if e.Version == 2 && !cutOff {
				cutOff = true
				cancel()
				return ctx.Err()
			}
			handled = append(handled, e.Version)
			return nil
		},
	})
	m.resetOffsets()
	record := func(partition int32, offset int64, e events.Event, group string) *kgo.Record {
		r := eventRecord(e, group)
		r.Partition, r.Offset = partition, offset
		return r
	}
	list := []*kgo.Record{
		record(0, 10, newEvent(t, 1, ""), ""),
		record(0, 11, newEvent(t, 2, ""), ""),
		record(0, 12, newEvent(t, 9, ""), "another"), // done without the handler
		record(0, 13, newEvent(t, 3, ""), "group"),
		record(1, 5, newEvent(t, 9, ""), "another"),
	}
	again := m.handleRecords(ctx, list)
	expectPlaces(t, "read again", again, map[int32]int64{0: 11})
	expectPlaces(t, "positions", m.positions, map[int32]int64{0: 11, 1: 6})
	if offsets := slices.Collect(maps.Keys(m.ahead[0])); !slices.Equal(offsets, []int64{12}) {
		t.Errorf("done ahead: got %v, want 12", offsets)
	}

	again = m.handleRecords(t.Context(), list[1:4])
	expectPlaces(t, "read again", again, map[int32]int64{})
	expectPlaces(t, "positions", m.positions, map[int32]int64{0: 14, 1: 6})
	if len(m.ahead[0]) > 0 || !slices.Equal(handled, []int64{1, 2, 3}) {
		t.Errorf("ahead %v, handled %v", m.ahead, handled)
	}
	m.dropPartitions(t.Context(), nil, map[string][]int32{testConfig.Topic: {0}})
	expectPlaces(t, "positions of what is left", m.positions, map[int32]int64{1: 6})
}
