package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync/atomic"
	"testing"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/stockpg"
)

// twoInstances are two instances on one schema: one after the other takes a change.
type twoInstances struct {
	*stockpg.DB
	other *stockpg.DB
	next  atomic.Int64
}

func (d *twoInstances) Write(ctx context.Context, needs ledger.Needs, change func(ledger.Tx) error) error {
	if d.next.Add(1)%2 == 0 {
		return d.other.Write(ctx, needs, change)
	}
	return d.DB.Write(ctx, needs, change)
}

// openPostgres returns a ledger on two instances.
func openPostgres(t *testing.T, server *postgrestest.Server, rehearse bool, unnamed func(table string)) *shop {
	t.Helper()
	s := &shop{clock: clock.NewFake(start)}
	config := database.Config{URL: server.URL(), Schema: server.Schema(t)}
	var instances [2]*stockpg.DB
	for i := range instances {
		var err error
		instances[i], err = stockpg.Open(t.Context(), config,
			database.Deps{Clock: s.clock, Logger: slog.New(slog.DiscardHandler), Rehearse: rehearse, Unnamed: unnamed})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := instances[i].Close(); err != nil {
				t.Error(err)
			}
		})
	}
	s.openLedger(&twoInstances{DB: instances[0], other: instances[1]})
	s.audit = audited{s.ledger, instances[0]}
	s.lows = func(ctx context.Context, productID, storeID string) (int64, error) {
		list, err := instances[0].Outbox().Page(ctx, outbox.Filter{Type: "stock.low", AggregateID: productID, StoreID: storeID, Limit: 1000})
		return int64(len(list)), err
	}
	return s
}

// audited checks a ledger through its ports.
type audited struct {
	ledger *ledger.Service
	db     *stockpg.DB
}

// Check returns the violations of the audit, and the stores whose totals are not those
// of their rows.
func (a audited) Check(ctx context.Context) (wrong []string) {
	report, err := a.ledger.Audit(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	for _, c := range report.Checks {
		if c.ViolationCount > 0 {
			wrong = append(wrong, fmt.Sprint(c.Name, ": ", c.Violations))
		}
	}
	rows, err := a.db.AllRows(ctx, paging.Page{Limit: 1000})
	if err != nil {
		return append(wrong, err.Error())
	}
	want := map[string]ledger.StoreTotals{}
	for _, r := range rows.Items {
		sums := want[r.StoreID]
		sums.StoreID, sums.Rows, sums.Quantity, sums.Reserved = r.StoreID, sums.Rows+1, sums.Quantity+r.Quantity, sums.Reserved+r.Reserved
		sums.Unavailable += r.Unavailable.Sum()
		if !r.Product.Deleted && r.Available() <= r.EffectiveReorderPoint() {
			sums.Low++
		}
		if !r.Product.Deleted && r.Available() == 0 {
			sums.Out++
		}
		want[r.StoreID] = sums
	}
	totals, err := a.db.TotalsOfStores(ctx, nil)
	if err != nil {
		return append(wrong, err.Error())
	}
	got := map[string]ledger.StoreTotals{}
	for _, sums := range totals {
		got[sums.StoreID] = sums
	}
	if !maps.Equal(got, want) {
		wrong = append(wrong, fmt.Sprintf("the totals of stores are %+v, want %+v", got, want))
	}
	return wrong
}

// The walks of the model on two instances that share a schema, of which each takes
// every other change; no change reads a record that it did not name.
func TestService_Instances(t *testing.T) {
	const seeds, steps = 2, 100
	postgrestest.Each(t, func(t *testing.T, server *postgrestest.Server) {
		for seed := range uint64(seeds) {
			t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
				s := openPostgres(t, server, seed%2 == 1, func(table string) { t.Errorf("no need names the record of %s", table) })
				walkAtRandom(t, s, seed, steps, map[string]int{})
			})
		}
	})
}
