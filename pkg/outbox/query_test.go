package outbox_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// randomEvent returns an event of few products, stores and actors; the chance of
// some is small, so that chunks without them come to be.
func randomEvent(t testing.TB, random *rand.Rand, n int) events.Event {
	t.Helper()
	rare := func(common, rare string) string {
		if random.IntN(700) == 0 {
			return rare
		}
		return common
	}
	stores := []string{"A", "B", rare("A", "C")}
	store, other := stores[random.IntN(3)], stores[random.IntN(2)]
	product := rare(fmt.Sprint("p-", random.IntN(2)), "p-rare")
	var body events.Body = inventory.StockCreated{ProductID: product, StoreID: store}
	switch {
	case random.IntN(300) == 0:
		body = inventory.StockLow{ProductID: product, StoreID: store}
	case random.IntN(40) == 0:
		body = inventory.StockTransferred{ProductID: product, FromStore: store, ToStore: other}
	case random.IntN(30) == 0:
		body = inventory.ProductDeleted{ID: product}
	}
	e, err := events.New(events.Meta{ID: fmt.Sprint(n), At: start, Actor: rare("stock", "Ada")}, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// selects says whether an event matches a filter, apart from the broker.
func selects(f outbox.Filter, e events.Event, stores []string) bool {
	return (f.Type == "" || f.Type == string(e.Type)) && (f.AggregateID == "" || f.AggregateID == e.AggregateID) &&
		(f.Actor == "" || f.Actor == e.Actor) && (f.StoreID == "" || slices.Contains(stores, f.StoreID)) &&
		(f.Within == nil || len(stores) > 0 && !slices.ContainsFunc(stores, func(s string) bool { return !slices.Contains(f.Within, s) }))
}

// TestPage_finds_what_each_filter_selects holds pages over many chunks against a
// search through all events, for every combination of filters.
func TestPage_finds_what_each_filter_selects(t *testing.T) {
	const count = 5000
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	s := open(t, "", nowhere{})
	list := make([]events.Event, count)
	stores := make([][]string, count)
	for i := range list {
		list[i] = randomEvent(t, random, i)
		var err error
		if stores[i], err = list[i].Stores(); err != nil {
			t.Fatal(err)
		}
	}
	s.appendAll(t, list[:2000])
	if _, err := s.relay.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	acknowledged := s.stamped(t)
	s.appendAll(t, list[2000:])
	one := func(values ...string) string { return values[random.IntN(len(values))] }
	for range 400 {
		f := outbox.Filter{
			Type: one("", "stock.low", "stock.created", "stock.transferred", "product.deleted", "none"), AggregateID: one("", "", "p-0", "p-rare"),
			Actor: one("", "", "stock", "Ada"), StoreID: one("", "A", "B", "C", "none"),
			Within: [][]string{nil, nil, {"A"}, {"A", "B"}, {"A", "B", "C"}, {}}[random.IntN(6)],
			After:  int64(random.IntN(count)), Limit: 1 + random.IntN(100), Pending: random.IntN(4) == 0,
		}
		var want []int64
		for i, e := range list {
			seq := int64(i + 1)
			if seq > f.After && (!f.Pending || i >= acknowledged) && selects(f, e, stores[i]) && len(want) < f.Limit {
				want = append(want, seq)
			}
		}
		var got []int64
		for _, row := range s.page(t, f) {
			got = append(got, row.Seq)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %+v: got %v, want %v", seed, f, got, want)
		}
	}
}

// TestMigration_of_chunks: the events of a release before are in the chunks that
// they would be in had this release written them.
func TestMigration_of_chunks(t *testing.T) {
	const chunks = `SELECT filter || ' ' || chunk || ' ' || events_0 || ' ' || events_1 || ' ' || events_2 || ' ' || events_3 FROM event_chunks ORDER BY filter, chunk`
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	s := open(t, "", nowhere{})
	list := make([]events.Event, 2000)
	for i := range list {
		list[i] = randomEvent(t, random, i)
	}
	s.appendAll(t, list)
	want := s.texts(t, chunks)
	path := filepath.Join(t.TempDir(), "service.db")
	sqlitetest.Release(t, sqlite.Options{Path: path}, 3, outbox.Component(), nil,
		s.texts(t, `SELECT 'INSERT INTO outbox (seq, id, event_type, aggregate_type, aggregate_id, store_id, actor, payload, created_at) VALUES ('
			|| concat_ws(', ', seq, quote(id), quote(event_type), quote(aggregate_type), quote(aggregate_id), quote(store_id), quote(actor),
			quote(payload), quote(created_at)) || ')' FROM outbox`)...)
	if got := open(t, path, nowhere{}).texts(t, chunks); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("seed %d: the chunks are\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// texts returns what a query for one text answers.
func (s *service) texts(tb testing.TB, query string) []string {
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
