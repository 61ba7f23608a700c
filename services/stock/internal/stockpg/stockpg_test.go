package stockpg_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/stock/internal/ledger"
	"inventory.example/services/stock/internal/ledger/ledgertest"
	"inventory.example/services/stock/internal/stockpg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

// open opens an instance on a schema of the database at url, until the test ends.
func open(t testing.TB, url, schema string, deps database.Deps) *stockpg.DB {
	t.Helper()
	deps.Logger = slog.New(slog.DiscardHandler)
	if deps.Clock == nil {
		deps.Clock = clock.System{}
	}
	db, err := stockpg.Open(t.Context(), database.Config{URL: url, Schema: schema}, deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// pair is two instances on one schema: each takes every other change.
type pair struct {
	*stockpg.DB
	other *stockpg.DB
	next  atomic.Int64
}

func (p *pair) Write(ctx context.Context, needs ledger.Needs, change func(ledger.Tx) error) error {
	if p.next.Add(1)%2 == 0 {
		return p.other.Write(ctx, needs, change)
	}
	return p.DB.Write(ctx, needs, change)
}

// Every change runs twice, of which the first run is dropped; on the newest server
// once as well.
func TestRepository(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) { runRepository(t, s, true) })
	t.Run("once", func(t *testing.T) { runRepository(t, postgrestest.Newest(t), false) })
}

func runRepository(t *testing.T, s *postgrestest.Server, rehearse bool) {
	t.Helper()
	ledgertest.RunRepository(t, func(t *testing.T) ledgertest.Database {
		schema := s.Schema(t)
		url, cut := s.Cut(t)
		deps := database.Deps{Rehearse: rehearse}
		db := &pair{DB: open(t, url, schema, deps), other: open(t, s.URL(), schema, deps)}
		closeBoth := func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if err := db.other.Close(); err != nil {
				t.Error(err)
			}
		}
		return ledgertest.Database{Repository: db, FailWrites: closeBoth, FailReads: cut}
	})
}
