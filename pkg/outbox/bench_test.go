package outbox_test

import (
	"context"
	"testing"

	"inventory.example/pkg/events"
)

// nowhere is a publisher that costs nothing.
type nowhere struct{}

func (nowhere) Publish(context.Context, events.Event) error        { return nil }
func (nowhere) PublishBatch(context.Context, []events.Event) error { return nil }
func (nowhere) Close() error                                       { return nil }

// BenchmarkRelay_Step measures the cost of the relay itself, per event.
func BenchmarkRelay_Step(b *testing.B) {
	const chunk = 4096 // fits into memory
	b.Run("from memory", func(b *testing.B) {
		s := open(b, "", nowhere{})
		for done := 0; done < b.N; done += chunk {
			b.StopTimer()
			s.appendEvents(b, min(chunk, b.N-done))
			b.StartTimer()
			s.steps(b)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("from the table", func(b *testing.B) {
		s := open(b, "", nowhere{})
		for done := 0; done < b.N; done += chunk {
			s.appendEvents(b, min(chunk, b.N-done))
		}
		s.crash(b)
		s = open(b, s.path, nowhere{})
		b.ResetTimer()
		s.steps(b)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}
