package outboxtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
)

// oddEvents returns events with texts that an engine could spoil.
func (s *suite) oddEvents() (list []events.Event) {
	s.t.Helper()
	for i, text := range []string{
		"plain", `a "quoted" \ text`, "línea 東京 🛒", "<b>R&D</b> &amp;", "tab\tand\nline", "\u2028", "\x1f\x7f", "\u200d\u3000'", "Almacén\u00a0", "",
	} {
		for _, meta := range []events.Meta{
			{ID: fmt.Sprintf("%d-a", i), At: start},
			{ID: fmt.Sprintf("%d-b", i), At: start.Add(123_456_789), Version: 1 << 60, Actor: text, Traceparent: "00-a-b-01"},
		} {
			for _, body := range []events.Body{
				inventory.StockUpdated{ProductID: "product " + text, StoreID: text, Reason: text + "\x00"}, // in JSON, it is none
				inventory.StockTransferred{ProductID: "product-1", FromStore: "MAD-001", ToStore: "BCN-001", Reason: text},
				inventory.ProductCreated{Product: inventory.Product{ID: "product-1", Name: text, Price: json.Number("12.50")}},
			} {
				list = append(list, s.eventOf(meta, body))
			}
		}
	}
	return list
}

// The table returns the same document as the event has.
func returnsTheDocumentOfTheEvent(t *testing.T, s *suite) {
	list := s.oddEvents()
	s.appendEvents(list...)
	page := s.page(outbox.Filter{})
	if len(page) != len(list) {
		t.Fatalf("%d rows, want %d", len(page), len(list))
	}
	for i, row := range page {
		want := list[i]
		got, err := events.Decode(row.Document)
		if err != nil {
			t.Errorf("%v: %s", err, row.Document)
			continue
		}
		if got.ID != want.ID || got.Type != want.Type || got.AggregateType != want.AggregateType ||
			got.AggregateID != want.AggregateID || got.StoreID != want.StoreID || !got.CreatedAt.Equal(want.CreatedAt) ||
			got.Version != want.Version || got.Actor != want.Actor || got.Traceparent != want.Traceparent || string(got.Payload) != string(want.Payload) {
			t.Errorf("got %s, want %s", row.Document, want.Document())
		}
	}
}

// The name of an API key may have any printable character, which the tables and
// the encoder write with the same bytes.
func returnsTheBytesOfTheActor(t *testing.T, s *suite) {
	var list []events.Event
	for i, name := range []string{"Store Madrid", `<b>R&D</b> "\"`, "Almacén 東京\u00a0🛒", "\u200d\u3000'", ""} {
		list = append(list, s.eventOf(events.Meta{ID: fmt.Sprint(i), At: start, Version: 1, Actor: name}, inventory.StockLow{ProductID: "p-1", StoreID: "MAD-001"}))
	}
	s.appendEvents(list...)
	for i, row := range s.page(outbox.Filter{}) {
		if want := list[i].Document(); !bytes.Equal(row.Document, want) {
			t.Errorf("got %s, want %s", row.Document, want)
		}
	}
}

func filters(t *testing.T, s *suite) {
	for i, body := range []events.Body{
		inventory.StockCreated{ProductID: "product-1", StoreID: "MAD-001"},
		inventory.StockUpdated{ProductID: "product-1", StoreID: "BCN-001"},
		inventory.StockUpdated{ProductID: "product-2", StoreID: "MAD-001"},
		inventory.StockTransferred{ProductID: "product-1", FromStore: "MAD-001", ToStore: "BCN-001"}, // without a store
		inventory.StockLow{ProductID: "product-2", StoreID: "VLC-001"},
	} {
		s.appendEvents(s.eventOf(events.Meta{ID: fmt.Sprint(i + 1), At: start, Actor: []string{"stock", "Admin"}[i%2]}, body))
	}
	s.acknowledge(3, start)
	tests := map[string]struct {
		filter outbox.Filter
		want   []int64
	}{
		"all":                    {want: []int64{1, 2, 3, 4, 5}},
		"type":                   {filter: outbox.Filter{Type: "stock.updated"}, want: []int64{2, 3}},
		"unknown type":           {filter: outbox.Filter{Type: "stock.stolen"}},
		"aggregate":              {filter: outbox.Filter{AggregateID: "product-2"}, want: []int64{3, 5}},
		"a store":                {filter: outbox.Filter{Within: []string{"MAD-001"}}, want: []int64{1, 3}},
		"stores":                 {filter: outbox.Filter{Within: []string{"VLC-001", "BCN-001", "x"}}, want: []int64{2, 5}},
		"no store at all":        {filter: outbox.Filter{Within: []string{}}},
		"actor":                  {filter: outbox.Filter{Actor: "Admin"}, want: []int64{2, 4}},
		"pending of an actor":    {filter: outbox.Filter{Actor: "Admin", Pending: true}, want: []int64{4}},
		"pending":                {filter: outbox.Filter{Pending: true}, want: []int64{4, 5}},
		"after":                  {filter: outbox.Filter{After: 3}, want: []int64{4, 5}},
		"limit":                  {filter: outbox.Filter{Limit: 2}, want: []int64{1, 2}},
		"after and limit":        {filter: outbox.Filter{After: 1, Limit: 2}, want: []int64{2, 3}},
		"aggregate and type":     {filter: outbox.Filter{AggregateID: "product-1", Type: "stock.updated"}, want: []int64{2}},
		"pending of a store":     {filter: outbox.Filter{Pending: true, Within: []string{"VLC-001"}}, want: []int64{5}},
		"text that looks like %": {filter: outbox.Filter{AggregateID: "%"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, row := range s.page(test.filter) {
				got = append(got, row.Seq)
				want := ""
				if row.Seq <= 3 {
					want = events.FormatTime(start)
				}
				if row.SyncedAt != want {
					t.Errorf("seq %d has synced_at %q, want %q", row.Seq, row.SyncedAt, want)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// RandomEvent returns an event of few products, stores and actors; some of them
// are rare, so that an index of chunks has chunks without them.
func RandomEvent(t testing.TB, random *rand.Rand, n int) events.Event {
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

// selects reports whether an event matches a filter, apart from the broker.
func selects(f outbox.Filter, e events.Event, stores []string) bool {
	return (f.Type == "" || f.Type == string(e.Type)) && (f.AggregateID == "" || f.AggregateID == e.AggregateID) &&
		(f.Actor == "" || f.Actor == e.Actor) && (f.StoreID == "" || slices.Contains(stores, f.StoreID)) &&
		(f.Within == nil || len(stores) > 0 && !slices.ContainsFunc(stores, func(s string) bool { return !slices.Contains(f.Within, s) }))
}

// findsTheEventsOfEachFilter compares pages with a search through all events, for
// random combinations of filters.
func findsTheEventsOfEachFilter(t *testing.T, s *suite) {
	const count, acknowledged = 5000, 2000
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	list := make([]events.Event, count)
	stores := make([][]string, count)
	for i := range list {
		list[i] = RandomEvent(t, random, i)
		var err error
		if stores[i], err = list[i].Stores(); err != nil {
			t.Fatal(err)
		}
	}
	s.appendEvents(list[:acknowledged]...)
	s.acknowledge(acknowledged, start)
	s.appendEvents(list[acknowledged:]...)
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
		for _, row := range s.page(f) {
			got = append(got, row.Seq)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %+v: got %v, want %v", seed, f, got, want)
		}
	}
}

func selectsForReplay(t *testing.T, s *suite) {
	var list []events.Event
	for i := range 6 {
		var body events.Body = inventory.StockCreated{ProductID: "p", StoreID: "A"}
		if i%2 == 1 {
			body = inventory.StockLow{ProductID: "p", StoreID: "A"}
		}
		list = append(list, s.eventOf(events.Meta{ID: fmt.Sprint(i + 1), At: start.Add(time.Duration(i) * time.Second)}, body))
	}
	s.appendEvents(list...)
	s.acknowledge(4, start)
	for name, test := range map[string]struct {
		selection outbox.Selection
		want      string
	}{
		"all":              {outbox.Selection{Until: 6}, "1 2 3 4 5 6"},
		"a range":          {outbox.Selection{After: 2, Until: 5}, "3 4 5"},
		"seqs":             {outbox.Selection{Until: 5, Seqs: []int64{6, 5, 1}}, "1 5"},
		"no seqs":          {outbox.Selection{Until: 6, Seqs: []int64{}}, ""},
		"times":            {outbox.Selection{Until: 6, From: start.Add(time.Second), To: start.Add(3 * time.Second)}, "2 3 4"},
		"types":            {outbox.Selection{Until: 6, Types: []string{"stock.low", "none"}}, "2 4 6"},
		"types of a range": {outbox.Selection{After: 2, Until: 6, Types: []string{"stock.low"}}, "4 6"},
	} {
		rows, err := s.table.Select(t.Context(), test.selection)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.Seq))
			if stamped := row.SyncedAt != ""; stamped != (row.Seq <= 4) {
				t.Errorf("%s: seq %d has synced_at %q", name, row.Seq, row.SyncedAt)
			}
			if want := list[row.Seq-1].Document(); !bytes.Equal(row.Document, want) {
				t.Errorf("%s: got %s, want %s", name, row.Document, want)
			}
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func returnsEntries(t *testing.T, s *suite) {
	s.appendEvents(s.next(5)...)
	s.acknowledge(3, start)
	list, err := s.table.Entries(t.Context(), 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	at := events.FormatTime(start)
	want := []audit.Event{{Seq: 3, ID: "event-3", Synced: true, CreatedAt: at}, {Seq: 4, ID: "event-4", CreatedAt: at}}
	if !slices.Equal(list, want) {
		t.Errorf("got %+v, want %+v", list, want)
	}
}

// The age of the backlog is that of the oldest pending event, which need not be
// the first in the table.
func returnsTheStatus(t *testing.T, s *suite) {
	expect := func(want outbox.Status) {
		t.Helper()
		if got, err := s.table.Status(t.Context()); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	expect(outbox.Status{})
	for i := range 4 {
		s.appendEvents(s.eventOf(events.Meta{ID: fmt.Sprint(i), At: start.Add(-time.Duration(i) * time.Second)}, inventory.StockLow{ProductID: "p", StoreID: "A"}))
	}
	s.acknowledge(1, start)
	expect(outbox.Status{SyncedSeq: 1, LastSeq: 4, Pending: 3, OldestSince: start.Add(-3 * time.Second)})
	s.acknowledge(4, start)
	expect(outbox.Status{SyncedSeq: 4, LastSeq: 4})
}
