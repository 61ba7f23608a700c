package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// The announcement of a commit is a hint: events that were not announced, some of
// them or all, reach the groups in their order nevertheless.
func TestBroker_WithoutAnnouncements(t *testing.T) {
	for name, passes := range map[string]func() bool{
		"none arrives": func() bool { return false },
		"some arrive":  func() bool { return rand.IntN(2) == 0 },
	} {
		t.Run(name, func(t *testing.T) {
			now := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
			b, err := Open(t.Context(), Options{
				Path: filepath.Join(t.TempDir(), "broker.db"), Logger: slog.New(slog.DiscardHandler), Clock: now,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}()
			b.batches.Listen(func(list []batch) {
				if passes() {
					b.committed(list)
				}
			})
			const count = 50
			var last atomic.Int64
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- b.Subscriber().Subscribe(ctx, events.Subscription{Group: "g", Member: "m", Handler: func(_ context.Context, e events.Event) error {
					if before := last.Swap(e.Version); before != e.Version-1 {
						t.Errorf("version %d came after %d", e.Version, before)
					}
					return nil
				}})
			}()
			publisher := b.Publisher()
			for i := range count {
				e, err := events.New(events.Meta{ID: fmt.Sprint(i), Version: int64(i + 1)}, inventory.StockLow{ProductID: "p", StoreID: "A"})
				if err == nil {
					err = publisher.Publish(t.Context(), e)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			deadline := time.Now().Add(30 * time.Second)
			for last.Load() < count && time.Now().Before(deadline) {
				now.Advance(lookInterval)
			}
			if n := last.Load(); n != count {
				t.Errorf("%d of %d events came", n, count)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
