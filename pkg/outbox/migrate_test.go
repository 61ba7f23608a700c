package outbox_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
)

// The stamps of a database that stood in the rows of its events are kept, and
// what was pending is published.
func TestMigration_of_stamps(t *testing.T) {
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
			p := &published{}
			s := open(t, path, p)
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
			if n := s.relay.Pending(); n != pending {
				t.Errorf("%d events are pending, want %d", n, pending)
			}
			s.steps(t)
			expectVersions(t, p.Events(), int64(len(test.stamps))-pending+1, int64(len(test.stamps)))
		})
	}
}

// before makes a database of the time when events had a column synced_at.
func before(t *testing.T, path string, stamps []string) {
	t.Helper()
	const first = "migrations/0001_events.sql"
	schema, err := fs.ReadFile(outbox.Component().FS, first)
	if err != nil {
		t.Fatal(err)
	}
	component := sqlite.Component{Name: outbox.Component().Name, FS: fstest.MapFS{first: &fstest.MapFile{Data: schema}}}
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
