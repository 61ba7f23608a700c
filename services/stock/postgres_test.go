package stock_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/stockwire"
	"inventory.example/pkg/events/eventstest"
	"inventory.example/pkg/httpapi/httpapitest"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/pkg/telemetry/telemetrytest"
)

// instance opens stock on a PostgreSQL database, with the catalog and the broker of
// another instance; nil: with its own.
func instance(t *testing.T, address string, other *shop) *shop {
	t.Helper()
	s := &shop{
		t: t, clock: clock.NewFake(start), patience: time.Minute, catalog: newCatalog(t), broker: &eventstest.Recorder{},
		groups: eventstest.NewFed(), log: &telemetrytest.Log{},
	}
	if other != nil {
		s.catalog, s.broker = other.catalog, other.broker
	}
	config, deps := s.config(), s.deps()
	config.DatabaseURL, deps.Logger = address, slog.New(slog.DiscardHandler)
	var err error
	if s.service, err = openWith(t, config, deps); err != nil {
		t.Fatal(err)
	}
	s.handler = httpapitest.Contract(t, s.service.Handler())
	t.Cleanup(func() {
		if err := s.service.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Two instances on one database act as one service: a hold that one of them grants is
// settled by the other one, units are never held twice, and their events are
// published once and in order, also after the instance that publishes has ended.
func TestService_Instances(t *testing.T) {
	const units = 20
	postgrestest.Each(t, func(t *testing.T, server *postgrestest.Server) {
		address := server.Database(t)
		one := instance(t, address, nil)
		two := instance(t, address, one)
		stopOne, stopTwo := one.run(), two.run()
		one.stocked("p-1", "MAD-001", units)
		for i := range units {
			at := []*shop{one, two}[i%2]
			at.hold(fmt.Sprint("r-", i), "p-1", "MAD-001", 1)
		}
		one.wantHolds([]stockwire.Hold{holdOf("r-more", "p-1", "MAD-001", 1)}, "insufficient 0 0 1")
		two.wantHolds([]stockwire.Hold{holdOf("r-0", "p-1", "MAD-001", 1)}, granted) // a repetition
		two.wantRow("p-1", "MAD-001", units, units, units+1)
		if _, err := one.broker.WaitFor(t.Context(), units+2); err != nil { // with its stock.low
			t.Fatal(err)
		}
		stopOne()
		one.settle("r-1", "commit", "") // the other one publishes
		two.settle("r-0", "release", "cancelled")
		list, err := one.broker.WaitFor(t.Context(), units+4)
		if err != nil {
			t.Fatal(err)
		}
		stopTwo()
		one.wantRow("p-1", "MAD-001", units-1, units-2, units+3)
		version := int64(0)
		for _, e := range list {
			if e.Type != "stock.low" {
				if version++; e.Version != version {
					t.Errorf("event %s has version %d, want %d", e.Type, e.Version, version)
				}
			}
		}
	})
}
