package outboxsqlite_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/outbox/outboxtest"
	"inventory.example/pkg/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	for name, rehearse := range map[string]bool{"groups": false, "rehearsed": true} {
		t.Run(name, func(t *testing.T) {
			outboxtest.Run(t, func(ctx context.Context, place string) (outboxtest.Table, error) {
				logger := slog.New(slog.DiscardHandler)
				db, err := sqlite.Open(ctx, sqlite.Options{
					Path: filepath.Join(place, "events.db"), Synchronous: "OFF", Logger: logger, Rehearse: rehearse,
				}, outboxsqlite.Component())
				if err != nil {
					return outboxtest.Table{}, err
				}
				s := outboxsqlite.New(db, logger)
				return outboxtest.Table{Store: s, Reader: s, Close: db.Close, Append: func(ctx context.Context, list []events.Event, fail error) error {
					return db.Write(ctx, func(tx *sqlite.Tx) error { return appendTo(s, tx, list, fail) })
				}}, nil
			})
		})
	}
}

func appendTo(s *outboxsqlite.Store, tx *sqlite.Tx, list []events.Event, fail error) error {
	for _, e := range list {
		if err := s.Append(tx, e); err != nil {
			return err
		}
	}
	return fail
}

// table is a database with an outbox alone.
type table struct {
	db    *sqlite.DB
	store *outboxsqlite.Store
}

// open opens the database, which is closed with the test. The path may be empty.
func open(tb testing.TB, path string) *table {
	tb.Helper()
	if path == "" {
		path = filepath.Join(tb.TempDir(), "events.db")
	}
	logger := slog.New(slog.DiscardHandler)
	db, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Synchronous: "OFF", Logger: logger}, outboxsqlite.Component())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &table{db: db, store: outboxsqlite.New(db, logger)}
}

func (s *table) appendAll(tb testing.TB, list []events.Event) {
	tb.Helper()
	if err := s.db.Write(context.Background(), func(tx *sqlite.Tx) error { return appendTo(s.store, tx, list, nil) }); err != nil {
		tb.Fatal(err)
	}
}

// page returns the rows that f selects.
func (s *table) page(tb testing.TB, f outbox.Filter) []outbox.Row {
	tb.Helper()
	if f.Limit == 0 {
		f.Limit = 1 << 20
	}
	page, err := s.store.Page(context.Background(), f)
	if err != nil {
		tb.Fatal(err)
	}
	return page
}
