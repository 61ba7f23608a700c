package ledger_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/stockdb"
	"inventory.example/services/stock/internal/stockpg"
)

const (
	benchClients = 64
	benchRows    = 1000
)

// Holds of 64 clients on one row and on 1,000 rows, on both engines, which wait for the
// disk as in production. The metrics are ratios within the run.
func BenchmarkService_Hold(b *testing.B) {
	server := postgrestest.NewestOwn(b)
	deps := database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler)}
	onPostgres, err := stockpg.Open(b.Context(), database.Config{URL: server.URL(), Schema: "stock"}, deps)
	if err != nil {
		b.Fatal(err)
	}
	onSQLite, err := stockdb.Open(b.Context(), database.Config{SQLitePath: b.TempDir() + "/stock.db"}, deps)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		for _, db := range []interface{ Close() error }{onPostgres, onSQLite} {
			if err := db.Close(); err != nil {
				b.Error(err)
			}
		}
	})
	shops := map[string]*shop{"postgres": benchShop(b, onPostgres), "sqlite": benchShop(b, onSQLite)}
	took := map[string]time.Duration{}
	first := 0
	b.ResetTimer()
	for range 3 { // one after the other, since the machine may be busy with other things
		for engine, s := range shops {
			for name, rows := range map[string]int{"hot": 1, "rows": benchRows} {
				took[engine+" "+name] += s.holdMany(b, first, b.N, rows)
				first += b.N
			}
		}
	}
	b.ReportMetric(float64(took["sqlite hot"])/float64(took["postgres hot"]), "postgres/sqlite-hot")
	b.ReportMetric(float64(took["sqlite rows"])/float64(took["postgres rows"]), "postgres/sqlite-1000-rows")
	b.ReportMetric(float64(took["postgres rows"])/float64(took["postgres hot"]), "hot/1000-rows-postgres")
	b.ReportMetric(float64(took["sqlite rows"])/float64(took["sqlite hot"]), "hot/1000-rows-sqlite")
}

// benchShop has a row of each product.
func benchShop(b *testing.B, repository ledger.Repository) *shop {
	b.Helper()
	s := &shop{clock: clock.NewFake(start)}
	s.openLedger(repository)
	for i := range benchRows {
		id := fmt.Sprint("p-", i)
		s.catalog.products[id] = ledger.Product{ID: id, SKU: "SKU " + id, Name: "Name", Version: 1}
	}
	eachClient(benchRows, func(i int) {
		row := ledger.CreateParams{ProductID: fmt.Sprint("p-", i), StoreID: "MAD-001", Quantity: ledger.MaxQuantity}
		if _, _, err := s.ledger.Create(b.Context(), row, idempotency.Request{}); err != nil {
			b.Error(err)
		}
	})
	return s
}

// holdMany requests so many holds of one unit and returns how long they took.
func (s *shop) holdMany(b *testing.B, first, count, rows int) time.Duration {
	b.Helper()
	began := time.Now() // the time of the machine
	eachClient(count, func(i int) {
		answers, err := s.ledger.Hold(b.Context(), []ledger.HoldParams{{
			ReservationID: fmt.Sprint("r-", first+i), CustomerID: "c-1", TTLSeconds: 600,
			Lines: []ledger.Line{{ProductID: fmt.Sprint("p-", i%rows), StoreID: "MAD-001", Quantity: 1}},
		}})
		if err != nil || answers[0].Outcome != ledger.HoldGranted {
			b.Errorf("hold %d: %v, %v", i, answers, err)
		}
	})
	return time.Since(began)
}

// eachClient calls do with 0 to n-1, from all clients at once.
func eachClient(n int, do func(i int)) {
	var clients sync.WaitGroup
	for client := range benchClients {
		clients.Go(func() {
			for i := client; i < n; i += benchClients {
				do(i)
			}
		})
	}
	clients.Wait()
}
