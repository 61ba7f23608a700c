package broker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/broker"
)

// fakeInspector is an Inspector with a given state. It counts its calls.
type fakeInspector struct {
	events.Inspector
	groups  []events.Group
	letters []events.StoredDeadLetter
	err     error
	bounded bool // each call had a deadline
	times   int
}

func (a *fakeInspector) Groups(ctx context.Context) ([]events.Group, error) {
	a.times++
	_, a.bounded = ctx.Deadline()
	return a.groups, a.err
}

func (a *fakeInspector) DeadLetters(ctx context.Context, _ string, limit int) ([]events.StoredDeadLetter, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		a.bounded = false
	}
	return a.letters[:min(limit, len(a.letters))], nil
}

func TestRegisterMetrics(t *testing.T) {
	inspector := &fakeInspector{
		groups:  []events.Group{{Name: "reservation", Members: 1, Lag: 0}, {Name: "stock", Members: 2, Lag: 17}},
		letters: make([]events.StoredDeadLetter, 3),
	}
	now := clock.NewFake(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
	registry := prometheus.NewRegistry()
	if err := (&broker.Broker{Inspector: inspector}).RegisterMetrics(registry, now); err != nil {
		t.Fatal(err)
	}
	expect := func(want string) {
		t.Helper()
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	}
	const (
		healthy = `# HELP inventory_broker_dead_letters Dead letters in the broker, at most 1000.
# TYPE inventory_broker_dead_letters gauge
inventory_broker_dead_letters 3
# HELP inventory_consumer_lag_events Events of the stream that a consumer group has not acknowledged.
# TYPE inventory_consumer_lag_events gauge
inventory_consumer_lag_events{group="reservation"} 0
inventory_consumer_lag_events{group="stock"} 17
# HELP inventory_consumer_members Members of a consumer group that are connected, as the broker counts them.
# TYPE inventory_consumer_members gauge
inventory_consumer_members{group="reservation"} 1
inventory_consumer_members{group="stock"} 2
`
		failures = `# HELP inventory_broker_scrape_failures_total Times that the broker could not be asked for its metrics.
# TYPE inventory_broker_scrape_failures_total counter
inventory_broker_scrape_failures_total `
	)
	expect(healthy + failures + "0\n")
	inspector.err = errors.New("the broker is down")
	expect(healthy + failures + "0\n") // it was not asked again at once
	now.Advance(5 * time.Second)
	expect(failures + "1\n")
	expect(failures + "1\n")
	now.Advance(5 * time.Second)
	inspector.err = nil
	expect(healthy + failures + "1\n")
	inspector.err = errors.New("the broker is down")
	now.Advance(-time.Hour) // the clock was set back
	expect(failures + "2\n")
	if inspector.times != 4 || !inspector.bounded {
		t.Errorf("asked %d times, bounded: %v", inspector.times, inspector.bounded)
	}
}

func TestRegisterMetrics_WithoutBroker(t *testing.T) {
	registry := prometheus.NewRegistry()
	if err := (&broker.Broker{Name: broker.None}).RegisterMetrics(registry, clock.System{}); err != nil {
		t.Fatal(err)
	}
	if families, err := registry.Gather(); err != nil || len(families) > 0 {
		t.Errorf("got %v, %v", families, err)
	}
}
