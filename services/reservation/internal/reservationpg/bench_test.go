package reservationpg_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservationdb"
)

// grantingStock grants every hold at once.
type grantingStock struct{}

// Hold implements reservation.Holder.
func (grantingStock) Hold(_ context.Context, r reservation.Reservation, _ *reservation.Request) (reservation.HoldAnswer, error) {
	return reservation.HoldAnswer{Outcome: reservation.HoldGranted, ExpiresAt: r.ExpiresAt}, nil
}

// FindHold implements reservation.Holder.
func (grantingStock) FindHold(context.Context, string) (reservation.Reservation, protocol.Hold, error) {
	return reservation.Reservation{}, protocol.HoldAbsent, nil
}

// CheckReturn implements reservation.Holder.
func (grantingStock) CheckReturn(context.Context, string, []string) error { return nil }

// Settle implements reservation.Holder.
func (grantingStock) Settle(context.Context, []reservation.Reservation) error { return nil }

// Held implements reservation.Holder.
func (grantingStock) Held(context.Context, string) (reservation.HeldPage, error) {
	return reservation.HeldPage{}, nil
}

// TakesTotals implements reservation.Holder.
func (grantingStock) TakesTotals() bool { return true }

// BenchmarkCreate creates reservations from 64 clients on both engines, each with an
// Idempotency-Key, and prints the ratio of their rates. Both write to the disk.
func BenchmarkCreate(b *testing.B) {
	const creates = 5000
	server := postgrestest.NewestOwn(b)
	file := filepath.Join(b.TempDir(), "reservation.db")
	onSQLite, err := reservationdb.Open(b.Context(), database.Config{SQLitePath: file}, database.Deps{Clock: clock.System{}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := onSQLite.Close(); err != nil {
			b.Error(err)
		}
	}()
	onPostgres := open(b, server.URL(), server.Schema(b), database.Deps{})
	var ids atomic.Int64
	var took [2]time.Duration
	for b.Loop() {
		for i, db := range []reservation.Repository{onSQLite, onPostgres} {
			took[i] += createMany(b, db, creates, &ids)
		}
	}
	made := float64(b.N * creates)
	b.ReportMetric(made/took[0].Seconds(), "creates/s-SQLite")
	b.ReportMetric(made/took[1].Seconds(), "creates/s-PostgreSQL")
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "PostgreSQL/SQLite")
}

// createMany returns how long many creates took.
func createMany(b *testing.B, db reservation.Repository, creates int, ids *atomic.Int64) time.Duration {
	b.Helper()
	const clients = 64
	newID := func() string { return "id-" + strconv.FormatInt(ids.Add(1), 10) }
	service := reservation.New(reservation.Options{
		Repository: db, Holder: grantingStock{}, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler), NewID: newID,
		Scheduled: func(time.Time) {}, Saved: idempotency.JSON[reservation.Reservation]{},
	})
	began := time.Now()
	var creating sync.WaitGroup
	for range clients {
		creating.Go(func() {
			for range creates / clients {
				p := reservation.CreateParams{ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 1, TTL: time.Hour}
				_, _, err := service.Create(b.Context(), p, idempotency.Request{Caller: "Ada", Key: newID(), Fingerprint: "f"})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	creating.Wait()
	return time.Since(began)
}
