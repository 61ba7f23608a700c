package reservation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/protocol"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/postgres/postgrestest"
	"inventory.example/services/reservation/internal/reservation"
	"inventory.example/services/reservation/internal/reservationdb"
	"inventory.example/services/reservation/internal/reservationpg"
	"inventory.example/services/reservation/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(postgrestest.Tests{M: m}) }

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// holder is stock as the test scripts it.
type holder struct {
	hold func(r reservation.Reservation) (reservation.HoldAnswer, error)
	find func(id string) (reservation.Reservation, protocol.Hold, error)

	mu      sync.Mutex
	asked   []string // ids
	found   []string
	settled []string // "id settlement"

	settleErr error
	held      map[string]reservation.HeldPage // by after
	totals    bool                            // it takes totals
}

// Hold implements reservation.Holder.
func (h *holder) Hold(_ context.Context, r reservation.Reservation, _ *reservation.Request) (reservation.HoldAnswer, error) {
	h.mu.Lock()
	h.asked = append(h.asked, r.ID)
	h.mu.Unlock()
	return h.hold(r)
}

// FindHold implements reservation.Holder.
func (h *holder) FindHold(_ context.Context, id string) (reservation.Reservation, protocol.Hold, error) {
	h.mu.Lock()
	h.found = append(h.found, id)
	h.mu.Unlock()
	return h.find(id)
}

// Settle implements reservation.Holder.
func (h *holder) Settle(_ context.Context, ended []reservation.Reservation) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range ended {
		h.settled = append(h.settled, r.ID+" "+string(r.Status.Settling()))
	}
	return h.settleErr
}

// CheckReturn implements reservation.Holder.
func (h *holder) CheckReturn(context.Context, string, []string) error { return nil }

// Held implements reservation.Holder.
func (h *holder) Held(_ context.Context, after string) (reservation.HeldPage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	page, found := h.held[after]
	if !found {
		return reservation.HeldPage{}, errUnknown
	}
	return page, nil
}

// TakesTotals implements reservation.Holder.
func (h *holder) TakesTotals() bool { return h.totals }

func granted(r reservation.Reservation) (reservation.HoldAnswer, error) {
	return reservation.HoldAnswer{Outcome: reservation.HoldGranted, ExpiresAt: r.ExpiresAt}, nil
}

// desk is a database with two instances of the service on it: each knows the changes
// of the other only from the database, as after a restart.
type desk struct {
	db         repository
	second     repository // of the other instance; the same one on SQLite
	clock      *clock.Fake
	own, other *reservation.Service
	stock      *holder // of own
	elsewhere  *holder // of other
	newID      func() string

	mu        sync.Mutex
	scheduled []time.Time
}

// repository is a database of any engine.
type repository interface {
	reservation.Repository
	Close() error
}

func open(t *testing.T, rehearse bool) *desk {
	t.Helper()
	now := clock.NewFake(start)
	db, err := reservationdb.Open(t.Context(), database.Config{SQLitePath: filepath.Join(t.TempDir(), "reservation.db"), Synchronous: "OFF"},
		database.Deps{Clock: now, Rehearse: rehearse})
	if err != nil {
		t.Fatal(err)
	}
	return newDesk(now, db, db)
}

// openPostgres opens two instances on a new schema. Each change must have named the
// records that it reads.
func openPostgres(t *testing.T, s *postgrestest.Server, rehearse bool) *desk {
	t.Helper()
	now, schema := clock.NewFake(start), s.Schema(t)
	var dbs [2]repository
	for i := range dbs {
		db, err := reservationpg.Open(t.Context(), database.Config{URL: s.URL(), Schema: schema}, database.Deps{
			Clock: now, Logger: slog.New(slog.DiscardHandler), Rehearse: rehearse,
			Unnamed: func(table string) { t.Errorf("no need names the record of %s", table) },
		})
		if err != nil {
			t.Fatal(err)
		}
		dbs[i] = db
	}
	return newDesk(now, dbs[0], dbs[1])
}

func newDesk(now *clock.Fake, db, second repository) *desk {
	d := &desk{db: db, second: second, clock: now, stock: &holder{hold: granted}, elsewhere: &holder{hold: granted}}
	var mu sync.Mutex
	ids := 0
	d.newID = func() string {
		mu.Lock()
		defer mu.Unlock()
		ids++
		return fmt.Sprintf("id-%d", ids)
	}
	d.own, d.other = d.serviceOn(d.db, d.stock), d.serviceOn(d.second, d.elsewhere)
	return d
}

// serviceOn returns a service on a database of the desk, and that stock.
func (d *desk) serviceOn(db repository, stock reservation.Holder) *reservation.Service {
	return reservation.New(reservation.Options{
		Repository: db, Holder: stock, Clock: d.clock, Logger: slog.New(slog.DiscardHandler),
		NewID: d.newID,
		Saved: rest.SavedReservations(),
		Scheduled: func(at time.Time) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.scheduled = append(d.scheduled, at)
		},
	})
}

// close checks the invariants of the database.
func (d *desk) close(t *testing.T) {
	t.Helper()
	report, err := d.own.Audit(context.Background())
	if err != nil || len(report.Checks) == 0 {
		t.Errorf("audit: %+v, %v", report, err)
	}
	for _, c := range report.Checks {
		if c.ViolationCount > 0 {
			t.Errorf("audit: %s: %v", c.Name, c.Violations)
		}
	}
	if err := errors.Join(d.db.Close(), d.second.Close()); err != nil {
		t.Error(err)
	}
}

// row returns the reservation with an id; its status is Absent when there is
// none.
func (d *desk) row(t *testing.T, id string) reservation.Reservation {
	t.Helper()
	r, _, err := d.db.Reservation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	params = reservation.CreateParams{ProductID: "p-1", StoreID: "MAD-001", CustomerID: "c-1", Quantity: 3, TTL: time.Minute}
	once   = idempotency.Request{Caller: "Admin", Key: "k", Fingerprint: "f"}
)
