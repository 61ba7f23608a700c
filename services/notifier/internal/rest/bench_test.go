package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
)

// BenchmarkStream_1000_readers records events, several at a time as the
// consumer does, while 1,000 readers in the same process follow the stream
// over TCP. It ends when each has all of them.
func BenchmarkStream_1000_readers(b *testing.B) {
	const (
		readers = 1000
		writers = 64
	)
	s := newStreamFixture(b)
	var reading sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range readers {
		response, err := s.get(ctx, keyAll, "", "")
		if err != nil {
			b.Fatal(err)
		}
		reading.Go(func() {
			defer func() { _ = response.Body.Close() }()
			if err := readEvents(response.Body, b.N); err != nil {
				b.Error(err)
			}
		})
	}
	list := make([]events.Event, b.N)
	for i := range list {
		var err error
		list[i], err = events.New(events.Meta{ID: fmt.Sprint(i), At: start, Version: 1}, inventory.StockUpdated{
			ProductID: "0199f3a0-7b1c-7c3e-9d5a-2f6b8c4e1a01", StoreID: madrid, PreviousQuantity: 10, NewQuantity: 8, Change: -2, Reason: "sale",
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	var next atomic.Int64
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := s.feed.Record(ctx, list[i-1]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	reading.Wait()
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N)/seconds, "events/s")
	b.ReportMetric(float64(b.N)*readers/seconds, "deliveries/s")
	b.ReportMetric(float64(s.hub.Dropped()), "dropped")
}

// readEvents reads n events without taking them apart.
func readEvents(body io.Reader, n int) error {
	buffer := make([]byte, 32<<10)
	// A line that is cut by the end of the buffer is found in the next one.
	mark := []byte("\ndata: ")
	kept := 0
	for n > 0 {
		read, err := body.Read(buffer[kept:])
		if err != nil {
			return fmt.Errorf("%d events are missing: %w", n, err)
		}
		text := buffer[:kept+read]
		n -= bytes.Count(text, mark)
		kept = copy(buffer, text[max(0, len(text)-len(mark)+1):])
	}
	return nil
}
