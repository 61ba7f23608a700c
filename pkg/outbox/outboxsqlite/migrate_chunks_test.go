package outboxsqlite_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/outbox/outboxtest"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// TestMigration_chunks: the events of an earlier release get the chunks that
// this release would have written for them.
func TestMigration_chunks(t *testing.T) {
	const chunks = `SELECT filter || ' ' || chunk || ' ' || events_0 || ' ' || events_1 || ' ' || events_2 || ' ' || events_3 FROM event_chunks ORDER BY filter, chunk`
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	s := open(t, "")
	list := make([]events.Event, 2000)
	for i := range list {
		list[i] = outboxtest.RandomEvent(t, random, i)
	}
	s.appendAll(t, list)
	want := s.texts(t, chunks)
	path := filepath.Join(t.TempDir(), "service.db")
	sqlitetest.Release(t, sqlite.Options{Path: path}, 3, outboxsqlite.Component(), nil,
		s.texts(t, `SELECT 'INSERT INTO outbox (seq, id, event_type, aggregate_type, aggregate_id, store_id, actor, payload, created_at) VALUES ('
			|| concat_ws(', ', seq, quote(id), quote(event_type), quote(aggregate_type), quote(aggregate_id), quote(store_id), quote(actor),
			quote(payload), quote(created_at)) || ')' FROM outbox`)...)
	if got := open(t, path).texts(t, chunks); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("seed %d: the chunks are\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// texts returns the results of a query for one text.
func (s *table) texts(tb testing.TB, query string) []string {
	tb.Helper()
	texts, err := sqlite.Rows(tb.Context(), s.db, func(row sqlite.Scanner) (text string, err error) {
		err = row.Scan(&text)
		return text, err
	}, query)
	if err != nil {
		tb.Fatal(err)
	}
	return texts
}
