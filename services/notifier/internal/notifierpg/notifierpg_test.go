package notifierpg_test

import (
	"context"
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/notifierpg"
	"inventory.example/services/notifier/internal/repositorytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

// open opens an instance of the service's database.
func open(t *testing.T, url, schema string, change ...func(*database.Deps)) *notifierpg.DB {
	t.Helper()
	deps := database.Deps{Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&deps)
	}
	db, err := notifierpg.Open(t.Context(), database.Config{URL: url, Schema: schema}, deps)
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

func rehearse(deps *database.Deps) { deps.Rehearse = true }

// databaseOf returns the repositories of a database whose feed is written by another
// instance.
func databaseOf(t *testing.T, db, writer *notifierpg.DB) repositorytest.Database {
	return repositorytest.Database{
		Feed: writer, Entries: db, Webhooks: notifierpg.Webhooks{DB: db}, Alerts: notifierpg.Alerts{DB: db}, Results: db,
		FailWrites: func() {
			for _, instance := range []*notifierpg.DB{db, writer} {
				if err := instance.Close(); err != nil {
					t.Error(err)
				}
			}
		},
	}
}

func TestRepositories(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		repositorytest.Run(t, func(t *testing.T) repositorytest.Database {
			schema := s.Schema(t)
			url, cut := s.Cut(t)
			d := databaseOf(t, open(t, url, schema), open(t, s.URL(), schema))
			d.FailReads = cut
			return d
		})
	})
	t.Run("rehearsed", func(t *testing.T) {
		s := postgrestest.Newest(t)
		repositorytest.Run(t, func(t *testing.T) repositorytest.Database {
			url, cut := s.Cut(t)
			db := open(t, url, s.Schema(t), rehearse)
			d := databaseOf(t, db, db)
			d.FailReads = cut
			return d
		})
	})
}

// The frequent statements read no whole table of entries or deliveries.
func TestPlans(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		open(t, s.URL(), schema)
		s.Exec(t, `SET search_path = `+schema+`;
INSERT INTO feed SELECT n, 'e' || n, CASE n % 10 WHEN 0 THEN 'alert.raised' ELSE 'stock.low' END, 'a' || n, 's' || n % 7, 't' || n, '' FROM generate_series(1, 2000) n;
INSERT INTO feed_series SELECT event_type, store_id, aggregate_id, recorded_at, seq FROM feed;
INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, finished_at)
SELECT 'w' || seq % 11, seq, event_id, event_type, aggregate_id, 'delivered', recorded_at, recorded_at FROM feed;
ANALYZE`)
		for name, statement := range notifierpg.Statements() {
			s.NoScan(t, schema, name, statement, "n", "s", "webhooks", "w", "alert_rules", "r", "feed_seq", "deliveries_pkey",
				"delivery_totals", "t", "replays", "webhooks_pkey", "delivery_totals_pkey", "ix_feed_alerts")
		}
	})
}

var _ feed.Repository = (*notifierpg.DB)(nil)

// A role has one holder; a change of the one before does nothing.
func TestDB_HoldRole(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		schema := s.Schema(t)
		one, two := open(t, s.URL(), schema), open(t, s.URL(), schema)
		ctx, stop := context.WithCancel(t.Context())
		held := make(chan context.Context)
		ended := make(chan error, 1)
		go func() {
			ended <- one.HoldRole(ctx, "webhooks", func(ctx context.Context) error {
				held <- ctx
				<-ctx.Done()
				return nil
			})
		}()
		working := context.WithoutCancel(<-held)
		change := func(feed.Tx) error { return nil }
		if err := one.Write(working, nil, change); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		err := two.HoldRole(t.Context(), "webhooks", func(ctx context.Context) error {
			if err := one.Write(working, nil, change); err == nil {
				t.Error("a change of the holder before was committed")
			}
			return two.Write(ctx, nil, change)
		})
		if err != nil {
			t.Error(err)
		}
	})
}
