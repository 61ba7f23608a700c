package outboxsqlite_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
)

// The stamps of a database that had them in the records of its events are kept,
// and the pending events are published.
func TestMigration_stamps(t *testing.T) {
	const a, b, c = "2026-08-01T12:00:01.000Z", "2026-08-01T12:00:02.000Z", "2026-08-01T12:00:00.500Z"
	for name, test := range map[string]struct {
		stamps []string // of the events; empty: pending
		want   []string
		ranges int
	}{
		"no events":           {},
		"all pending":         {stamps: []string{"", ""}, want: []string{"", ""}},
		"all stamped":         {stamps: []string{a, a, b}, want: []string{a, a, b}, ranges: 2},
		"some pending":        {stamps: []string{a, b, b, "", ""}, want: []string{a, b, b, "", ""}, ranges: 2},
		"a clock set back":    {stamps: []string{b, c, b, b}, want: []string{b, c, b, b}, ranges: 3},
		"damage":              {stamps: []string{a, "", b, b}, want: []string{a, "", "", ""}, ranges: 1},
		"damage at the start": {stamps: []string{"", b}, want: []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "service.db")
			before(t, path, test.stamps)
			s := open(t, path)
			pending := int64(0)
			for i, row := range s.page(t, outbox.Filter{}) {
				if row.SyncedAt != test.want[i] {
					t.Errorf("seq %d has synced_at %q, want %q", row.Seq, row.SyncedAt, test.want[i])
				}
				if test.want[i] == "" {
					pending++
				}
			}
			var ranges int
			if err := s.db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM acknowledged`).Scan(&ranges); err != nil || ranges != test.ranges {
				t.Errorf("%d ranges, want %d (%v)", ranges, test.ranges, err)
			}
			position, err := s.store.Position(t.Context())
			if err != nil || position.Newest-position.Acknowledged != pending {
				t.Errorf("%+v, %v; want %d pending events", position, err, pending)
			}
			batch, err := s.store.Unpublished(t.Context(), position.Acknowledged, func() bool { return false })
			if err != nil || int64(len(batch.Events)) != pending {
				t.Errorf("%d events are to be published, %v; want %d", len(batch.Events), err, pending)
			}
			for i, e := range batch.Events {
				if want := int64(len(test.stamps)) - pending + int64(i) + 1; e.Version != want {
					t.Errorf("event %d has version %d, want %d", i, e.Version, want)
				}
			}
		})
	}
}

// before creates a database of the release in which events had a column
// synced_at.
func before(t *testing.T, path string, stamps []string) {
	t.Helper()
	const first = "migrations/0001_events.sql"
	schema, err := fs.ReadFile(outboxsqlite.Component().FS, first)
	if err != nil {
		t.Fatal(err)
	}
	component := sqlite.Component{Name: outboxsqlite.Component().Name, FS: fstest.MapFS{first: &fstest.MapFile{Data: schema}}}
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}, component)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *sqlite.Tx) error {
		for i, stamp := range stamps {
			_, _, err := tx.Exec(`INSERT INTO events (id, event_type, aggregate_type, aggregate_id, version, payload, created_at, synced_at)
				VALUES (?, 'stock.low', 'stock', 'product-1', ?, '{}', '2026-08-01T12:00:00.000Z', ?)`,
				strings.Repeat("x", i+1), int64(i+1), sqlite.Nullable(stamp))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
