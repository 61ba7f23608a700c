package embedded_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/embedded"
)

// BenchmarkBroker publishes batches of 64 events, one after the other, to three
// groups, and ends when all have handled everything; it counts per event.
func BenchmarkBroker(b *testing.B) {
	const batch, groups = 64, 3
	opened := openBench(b)
	list := numbered(1, batch)
	ctx, cancel := context.WithCancel(b.Context())
	var handled, members sync.WaitGroup
	batches := (b.N + batch - 1) / batch
	handled.Add(groups * batches * batch)
	b.ResetTimer()
	for i := range groups {
		members.Go(func() {
			if err := opened.Subscriber().Subscribe(ctx, events.Subscription{
				Group: fmt.Sprint(i), Handler: func(context.Context, events.Event) error {
					handled.Done()
					return nil
				},
			}); err != nil {
				b.Error(err)
			}
		})
	}
	p := opened.Publisher()
	for range batches {
		if err := p.PublishBatch(ctx, list); err != nil {
			b.Fatal(err)
		}
	}
	handled.Wait()
	b.ReportMetric(float64(batches*batch)/b.Elapsed().Seconds(), "events/s")
	b.StopTimer()
	cancel()
	members.Wait()
}

func openBench(b *testing.B) *embedded.Broker {
	b.Helper()
	opened, err := embedded.Open(b.Context(), embedded.Options{Path: b.TempDir() + "/broker.db"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := opened.Close(); err != nil {
			b.Error(err)
		}
	})
	return opened
}
