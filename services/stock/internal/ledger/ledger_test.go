package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/ledger/ledgertest"
	"inventory.example/services/stock/internal/rest"
	"inventory.example/services/stock/internal/stockdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// catalog is the other end of the Products port.
type catalog struct {
	products map[string]ledger.Product
	err      error // not nil while catalog is away
}

// Product implements ledger.Products.
func (c *catalog) Product(_ context.Context, id string) (ledger.Product, bool, error) {
	p, found := c.products[id]
	return p, found, c.err
}

func (c *catalog) ProductBySKU(_ context.Context, sku string) (ledger.Product, bool, error) {
	for _, p := range c.products {
		if p.SKU == sku {
			return p, true, c.err
		}
	}
	return ledger.Product{}, false, c.err
}

// Store implements ledger.Stores: catalog knows no store.
func (c *catalog) Store(context.Context, string) (ledger.Store, bool, error) {
	return ledger.Store{}, false, c.err
}

// Use implements ledger.Stores.
func (c *catalog) Use(_ context.Context, used []ledger.UsedStore) ([]ledger.Store, error) {
	stores := make([]ledger.Store, len(used))
	for i, u := range used {
		stores[i] = ledger.Store{ID: u.ID, Version: u.Version + 1}
	}
	return stores, c.err
}

// shop is a ledger on a database of its own.
type shop struct {
	db      *stockdb.DB // nil on another engine
	ledger  *ledger.Service
	clock   *clock.Fake
	catalog *catalog
	audit   interface {
		Check(ctx context.Context) []string
	}
	lows           func(ctx context.Context, productID, storeID string) (events int64, err error) // stock.low
	contradictions int
	countedLines   int    // that were booked or failed
	onCounted      func() // is called after each of them
}

func open(t testing.TB, rehearse bool) *shop {
	t.Helper()
	s := &shop{clock: clock.NewFake(start)}
	var err error
	s.db, err = stockdb.Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "stock.db"), Synchronous: "OFF"},
		database.Deps{Clock: s.clock, Logger: slog.New(slog.DiscardHandler), Rehearse: rehearse})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.openLedger(s.db)
	s.audit = ledgertest.New(s.db.Reader(), func(ctx context.Context, after int64) ([]outbox.Row, error) {
		return s.db.Outbox().Page(ctx, outbox.Filter{After: after, Limit: 100})
	})
	s.lows = func(ctx context.Context, productID, storeID string) (events int64, err error) {
		const lows = `SELECT COUNT(*) FROM events WHERE event_type = 'stock.low' AND aggregate_id = ? AND store_id = ?`
		err = s.db.Reader().QueryRowContext(ctx, lows, productID, storeID).Scan(&events)
		return events, err
	}
	return s
}

func (s *shop) openLedger(repository ledger.Repository) {
	var ids atomic.Int64
	s.catalog = &catalog{products: map[string]ledger.Product{}}
	s.ledger = ledger.New(ledger.Options{
		SavedRows: rest.SavedRows(), SavedTransfers: rest.SavedTransfers(), SavedTransferOrders: rest.SavedTransferOrders(), SavedCounts: rest.SavedCounts(),
		Repository: repository, Products: s.catalog, Stores: s.catalog, Clock: s.clock, Logger: slog.New(slog.DiscardHandler),
		NewID: func() string { return fmt.Sprintf("event-%d", ids.Add(1)) },
		Counts: ledger.Counts{
			Contradiction: func() { s.contradictions++ },
			CountLine: func(ledger.CountLineState) {
				if s.countedLines++; s.onCounted != nil {
					s.onCounted()
				}
			},
		},
	})
}
