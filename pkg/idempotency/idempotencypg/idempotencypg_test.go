package idempotencypg_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/idempotency/idempotencypg"
	"inventory.example/pkg/idempotency/idempotencytest"
	"inventory.example/pkg/postgres"
	"inventory.example/pkg/postgres/postgrestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, s *postgrestest.Server, rehearse bool) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Options{
		URL: s.URL(), Schema: s.Schema(t), Tables: idempotencypg.Tables(), Rehearse: rehearse, Logger: slog.New(slog.DiscardHandler),
	}, idempotencypg.Component())
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

func write(ctx context.Context, db *postgres.DB, at time.Time, change func(idempotency.Store) error) error {
	return db.Write(ctx, nil, func(tx *postgres.Tx) error { return change(idempotencypg.Tx{Tx: tx, Now: at}) })
}

func TestRepository(t *testing.T) {
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		for _, rehearse := range []bool{false, true} {
			t.Run(fmt.Sprintf("rehearse=%t", rehearse), func(t *testing.T) {
				idempotencytest.Run(t, func(t *testing.T) idempotencytest.Repository {
					db := open(t, s, rehearse)
					return idempotencytest.Repository{
						Write: func(ctx context.Context, change func(idempotency.Store) error) error {
							return write(ctx, db, start, change)
						},
						FindResult: func(ctx context.Context, r idempotency.Request) (idempotency.Saved, bool, error) {
							return idempotencypg.Find(ctx, db, r)
						},
					}
				})
			})
		}
	})
}

// The results before a time go in steps of a thousand, and no later one.
func TestPurge(t *testing.T) {
	const old = 1500
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) {
		db := open(t, s, false)
		request := func(i int) idempotency.Request {
			return idempotency.Request{Caller: "Ada", Key: fmt.Sprint(i), Fingerprint: "f"}
		}
		save := func(at time.Time, from, to int) {
			err := write(t.Context(), db, at, func(store idempotency.Store) error {
				for i := from; i < to; i++ {
					if err := store.SaveResult(request(i), []byte(`1`)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		save(start.Add(-time.Hour), 0, old)
		save(start, old, old+1)
		for _, want := range []bool{true, false, false} {
			if more, err := idempotencypg.Purge(t.Context(), db, start); err != nil || more != want {
				t.Errorf("more %t, %v; want %t", more, err, want)
			}
		}
		for i, want := range map[int]bool{0: false, old - 1: false, old: true} {
			if _, found, err := idempotencypg.Find(t.Context(), db, request(i)); err != nil || found != want {
				t.Errorf("result %d: found %t, %v; want %t", i, found, err, want)
			}
		}
	})
}
