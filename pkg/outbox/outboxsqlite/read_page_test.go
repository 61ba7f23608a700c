package outboxsqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// tableOf creates a database with count events, whose texts have the size.
func tableOf(t *testing.T, count, size int) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "events.db")
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Synchronous: "OFF"}, Component())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s = New(db, slog.New(slog.DiscardHandler))
	body := inventory.StockUpdated{ProductID: "product-1", StoreID: "MAD-001", Reason: strings.Repeat("x", size)}
	err = db.Write(t.Context(), func(tx *sqlite.Tx) error {
		for i := range count {
			e, err := events.New(events.Meta{ID: fmt.Sprint(i + 1), At: time.Unix(0, 0), Version: int64(i + 1)}, body)
			if err != nil {
				return err
			}
			if err := s.Append(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

// from returns a function that reports true from its nth call on.
func from(n int) func() bool {
	return func() bool {
		n--
		return n <= 0
	}
}

func TestStore_Unpublished(t *testing.T) {
	const all = pageLength + 3000
	never := from(1 << 30)
	s, _ := tableOf(t, all, 1)
	for name, test := range map[string]struct {
		after  int64
		enough func() bool
		want   int64
	}{
		"at its greatest length":                {0, never, pageLength},
		"as soon as it may":                     {0, from(1), pageStart},
		"in the middle of a chunk":              {0, from(78), pageStart + 77},
		"at the end of a chunk":                 {0, from(chunkLength + 1), pageStart + chunkLength},
		"with the table":                        {all - 10, never, 10},
		"with the table, at the end of a chunk": {all - chunkLength, never, chunkLength},
		"where there is nothing":                {all, never, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := s.Unpublished(t.Context(), test.after, test.enough)
			if err != nil || p.After != test.after || p.Last != test.after+test.want || int64(len(p.Events)) != test.want {
				t.Fatalf("after %d, last %d, %d events, %v; want %d events", p.After, p.Last, len(p.Events), err, test.want)
			}
			for i, e := range p.Events {
				if e.Version != test.after+int64(i)+1 {
					t.Fatalf("version %d at place %d", e.Version, i)
				}
			}
		})
	}
}

func TestStore_unpublishedBytes(t *testing.T) {
	const size = 1 << 20
	s, _ := tableOf(t, 12, size)
	p, err := s.Unpublished(t.Context(), 0, from(1))
	if want := pageBytes / size; err != nil || len(p.Events) != want {
		t.Errorf("%d events, %v; want the %d that reach the bound", len(p.Events), err, want)
	}
}

func TestStore_unpublishedErrors(t *testing.T) {
	s, path := tableOf(t, 3000, 1)
	sqlitetest.Damage(t, path, `UPDATE outbox SET payload = '[1,' WHERE seq IN (1400, 2900)`)
	p, err := s.Unpublished(t.Context(), 0, from(1<<30))
	if !errors.Is(err, events.ErrMalformed) || !strings.Contains(err.Error(), "seq 1400") || len(p.Events) > 0 {
		t.Errorf("%d events, %v; want none, and the first that is damaged", len(p.Events), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	p, err = s.Unpublished(ctx, 0, func() bool {
		if calls++; calls == 100 {
			cancel()
		}
		return false
	})
	if !errors.Is(err, context.Canceled) || len(p.Events) > 0 || calls > 100 {
		t.Errorf("%d events, %v after %d calls; want none, and an early end", len(p.Events), err, calls)
	}
}
