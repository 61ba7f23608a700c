package outbox_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"inventory.example/pkg/events"
)

func TestRelay_RegisterMetrics(t *testing.T) {
	p := &published{}
	s := open(t, "", p)
	registry := prometheus.NewRegistry()
	if err := s.relay.RegisterMetrics(registry); err != nil {
		t.Fatal(err)
	}
	expect := func(pending, age, total, failures int) {
		t.Helper()
		want := fmt.Sprintf(`# HELP inventory_outbox_pending_events Committed events that the broker has not acknowledged.
# TYPE inventory_outbox_pending_events gauge
inventory_outbox_pending_events %d
# HELP inventory_outbox_oldest_pending_seconds Age of the oldest of the pending events; 0 when there is none.
# TYPE inventory_outbox_oldest_pending_seconds gauge
inventory_outbox_oldest_pending_seconds %d
# HELP inventory_outbox_published_events_total Events that the broker has acknowledged.
# TYPE inventory_outbox_published_events_total counter
inventory_outbox_published_events_total %d
# HELP inventory_outbox_publish_failures_total Batches of events that the broker did not acknowledge.
# TYPE inventory_outbox_publish_failures_total counter
inventory_outbox_publish_failures_total %d
`, pending, age, total, failures)
		err := testutil.GatherAndCompare(registry, strings.NewReader(want), "inventory_outbox_pending_events",
			"inventory_outbox_oldest_pending_seconds", "inventory_outbox_published_events_total", "inventory_outbox_publish_failures_total")
		if err != nil {
			t.Error(err)
		}
	}
	attempts := func(want uint64) {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "inventory_outbox_publish_seconds" {
				continue
			}
			if n := f.GetMetric()[0].GetHistogram().GetSampleCount(); n != want {
				t.Errorf("%d attempts were timed, want %d", n, want)
			}
			return
		}
		t.Error("inventory_outbox_publish_seconds is missing")
	}
	step := func(want error) {
		t.Helper()
		if _, err := s.relay.Step(t.Context()); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	expect(0, 0, 0, 0)
	s.appendEvents(t, 3) // made at start
	s.clock.Advance(42 * time.Second)
	expect(3, 42, 0, 0)
	p.Fail(events.ErrNoBroker)
	step(events.ErrNoBroker)
	expect(3, 42, 0, 0) // a missing broker does not count as a failure
	attempts(0)
	p.Fail(errDown)
	step(errDown)
	expect(3, 42, 0, 1)
	p.Recover()
	step(nil)
	expect(0, 0, 3, 1)
	attempts(2)
}
