package notifierdb

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency/idempotencysqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// openAfter returns the database after the first n migrations and the statements,
// opened by this release.
func openAfter(t testing.TB, n int, statements ...string) *DB {
	t.Helper()
	o := sqlite.Options{Path: filepath.Join(t.TempDir(), "notifier.db"), Logger: slog.New(slog.DiscardHandler)}
	sqlitetest.Release(t, o, n, sqlite.Component{Name: "notifier", FS: migrations}, []sqlite.Component{idempotencysqlite.Component()}, statements...)
	db, err := Open(t.Context(), database.Config{SQLitePath: o.Path, Synchronous: o.Synchronous},
		database.Deps{Clock: clock.NewFake(time.Unix(0, 0)), Logger: o.Logger})
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

// rows returns the result of a query, a line for each record, its columns joined by |.
func rows(t *testing.T, db *DB, query string) []string {
	t.Helper()
	list, err := sqlite.Rows(t.Context(), db.SQL(), func(s sqlite.Scanner) (text string, err error) {
		err = s.Scan(&text)
		return text, err
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The database has secrets of webhooks in the saved results of requests.
func TestOpen_SecretsInResults(t *testing.T) {
	const result = `INSERT INTO idempotency_keys (caller, key, fingerprint, result, created_at) VALUES ('Admin', `
	db := openAfter(
		t, 4,
		result+`'create', 'f', '{"id":"w","secret":{"current":"whsec_one","previous":"whsec_two","previous_until":"later"},"version":2}', '')`,
		result+`'rule', 'f', '{"id":"r","name":"secret"}', '')`,
		result+`'odd', 'f', 'whsec', '')`,
	)
	want := []string{
		`create|{"id":"w","secret":{"current":"","previous":"","previous_until":"later"},"version":2}`, `odd|whsec`, `rule|{"id":"r","name":"secret"}`,
	}
	if got := rows(t, db, `SELECT key || '|' || result FROM idempotency_keys ORDER BY key`); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// In the database events were counted by store only: the migration keeps the counted
// events and the quiet periods of the products.
func TestOpen_SeriesByStore(t *testing.T) {
	const (
		low, expiries = "0199f3a0-0000-7000-8000-000000000001", "0199f3a0-0000-7000-8000-000000000002"
		entry         = `INSERT INTO feed (event_id, event_type, aggregate_id, store_id, other_store_id, recorded_at, document, occurred_at) VALUES `
		envelope      = `{"id":"e","event_type":"T","aggregate_id":"a","created_at":"2026-08-01T12:00:00.000Z","payload":`
	)
	raised := func(id, rule, eventType, at, sample string) string {
		return entry + `('` + id + `', 'alert.raised', '` + rule + `', 'MAD', NULL, '', '` + envelope +
			`{"rule_id":"` + rule + `","event_type":"` + eventType + `","raised_at":"` + at + `","sample":[` + sample + `]}}', NULL)`
	}
	db := openAfter(
		t, 3,
		entry+`('1', 'stock.low', 'p', 'MAD', NULL, '', '`+envelope+`{}}', '2026-08-01T12:00:00.000Z')`,
		entry+`('2', 'reservation.expired', 'r', 'MAD', NULL, '', '`+envelope+`{}}', '2026-08-01T12:00:01.000Z')`,
		entry+`('3', 'stock.transferred', 'p', 'MAD', 'BCN', '', '`+strings.Replace(envelope, `"T"`, `"stock.transferred"`, 1)+
			`{"from_store":"MAD","to_store":"BCN"}}', NULL)`,
		raised("4", low, "stock.low", "2026-08-01T12:00:00.000Z", `{"event_id":"x","product_id":"old"},{"event_id":"y","product_id":"p"}`),
		raised("5", low, "stock.low", "2026-08-01T12:15:00.000Z", `{"event_id":"x","product_id":"p"},{"event_id":"y","product_id":"q"}`),
		raised("6", "gone", "stock.low", "2026-08-01T12:15:00.000Z", `{"event_id":"x","product_id":"p"}`),
		raised("7", expiries, "reservation.expired", "2026-08-01T12:20:00.000Z", `{"event_id":"x","product_id":"p"}`),
		`INSERT INTO alerts_raised VALUES ('`+low+`', 'MAD', '2026-08-01T12:15:00.000Z'), ('`+expiries+`', 'MAD', '2026-08-01T12:20:00.000Z')`,
	)
	for query, want := range map[string][]string{
		`SELECT concat_ws('|', event_type, store_id, product_id, occurred_at, seq) FROM feed_series ORDER BY seq`: {
			"stock.low|MAD|p|2026-08-01T12:00:00.000Z|1", "reservation.expired|MAD||2026-08-01T12:00:01.000Z|2",
		},
		`SELECT concat_ws('|', rule_id, store_id, product_id, raised_at) FROM series_raised ORDER BY 1`: {
			low + "|MAD|old|2026-08-01T12:00:00.000Z", low + "|MAD|p|2026-08-01T12:15:00.000Z", low + "|MAD|q|2026-08-01T12:15:00.000Z",
			expiries + "|MAD||2026-08-01T12:20:00.000Z",
		},
	} {
		if got := rows(t, db, query); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	list, err := db.Entries(t.Context(), 2, 1)
	if err != nil || len(list) != 1 || !slices.Equal(list[0].Stores, []string{"BCN", "MAD"}) {
		t.Errorf("got %+v, %v", list, err)
	}
}
