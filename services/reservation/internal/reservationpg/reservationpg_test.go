package reservationpg_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/reservation/internal/reservation/reservationtest"
	"inventory.example/services/reservation/internal/reservationpg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

// open opens an instance on a schema.
func open(t testing.TB, url, schema string, deps database.Deps) *reservationpg.DB {
	t.Helper()
	if deps.Clock == nil {
		deps.Clock = clock.System{}
	}
	deps.Logger = slog.New(slog.DiscardHandler)
	db, err := reservationpg.Open(t.Context(), database.Config{URL: url, Schema: schema}, deps)
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

func TestRepository(t *testing.T) {
	t.Run("rehearsed", func(t *testing.T) { runRepository(t, postgrestest.Newest(t), true) })
	postgrestest.Each(t, func(t *testing.T, s *postgrestest.Server) { runRepository(t, s, false) })
}

func runRepository(t *testing.T, s *postgrestest.Server, rehearse bool) {
	reservationtest.RunRepository(t, func(t *testing.T) reservationtest.Database {
		address, cut := s.Cut(t)
		db := open(t, address, s.Schema(t), database.Deps{Rehearse: rehearse})
		return reservationtest.Database{
			Repository: db,
			FailWrites: func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			},
			FailReads: cut,
		}
	})
}
