package notifier_test

import (
	"net/http"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry/tracing/tracingtest"
	"inventory.example/services/notifier"
)

// Each attempt to deliver an event is in the trace of the request that caused the
// event; an event without a trace has no spans.
func TestTraces(t *testing.T) {
	const trace, caller = "55555555555555555555555555555555", "00f067aa0ba902b7"
	collector := tracingtest.New(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20") // ms; only so that the test need not wait
	d := openNotifier(t, func(c *notifier.Config) { c.Tracing.Endpoint, c.Tracing.SampleRatio = collector.URL, 1 })
	e := newEndpoint(t)
	e.respondStatus(http.StatusTeapot)
	d.subscribe(e.URL, "")
	untraced := d.publish("p", "MAD-001", 1)
	traced, err := events.New(events.Meta{ID: "e-1", At: d.clock.Now(), Version: 1, Traceparent: "00-" + trace + "-" + caller + "-01"},
		inventory.StockLow{ProductID: "q", StoreID: "MAD-001"})
	if err != nil {
		t.Fatal(err)
	}
	d.record(traced)
	d.advanceUntil(time.Second, func() bool { return len(e.got) > 1 })
	e.respondStatus(http.StatusOK)
	const span = "notifier client deliver stock.low"
	statuses := map[string]int{}
	d.advanceUntil(time.Second, func() bool {
		clear(statuses)
		for _, s := range collector.Spans() {
			if s.String() == span {
				statuses[s.Attributes["http.response.status_code"]]++
				if s.TraceID != trace || s.Attributes["messaging.message.id"] != traced.ID {
					t.Errorf("%+v, and %s has no trace", s, untraced.ID)
				}
			}
		}
		return statuses["200"] == 1
	})
	if statuses["418"] < 1 {
		t.Errorf("attempts %v", statuses)
	}
	if err := tracingtest.Missing(collector.Trace(trace), caller, span, "notifier consumer process stock.low"); err != nil {
		t.Error(err)
	}
	// The endpoint gets the traceparent of the event.
	for len(e.got) > 0 {
		if got := e.next(); got.head.Get("Traceparent") != "" {
			t.Errorf("headers %v", got.head)
		}
	}
}
