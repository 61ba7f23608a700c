package outboxsqlite_test

import (
	"math/rand/v2"
	"testing"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/outbox/outboxtest"
	"inventory.example/pkg/sqlite/sqlitetest"
)

// BenchmarkPage reads pages of 100 of 1,000,000 events by each kind of filter,
// from random places of the table, and prints the median and the 99th percentile.
func BenchmarkPage(b *testing.B) {
	const count, batch = 1_000_000, 10_000
	random := rand.New(rand.NewPCG(1, 2))
	s := open(b, "")
	for n := 0; n < count; n += batch {
		list := make([]events.Event, batch)
		for i := range list {
			list[i] = outboxtest.RandomEvent(b, random, n+i)
		}
		s.appendAll(b, list)
	}
	for name, f := range map[string]outbox.Filter{
		"all": {}, "common type": {Type: "stock.created"}, "rare type": {Type: "stock.low"}, "unknown type": {Type: "none"},
		"common store": {StoreID: "A"}, "rare store": {StoreID: "C"}, "actor": {Actor: "Ada"}, "key of two stores": {Within: []string{"B", "C"}},
		"type in a store": {Type: "stock.low", StoreID: "A"}, "type and actor": {Type: "stock.transferred", Actor: "Ada"},
		"rare aggregate": {AggregateID: "p-rare"}, "type of an aggregate": {AggregateID: "p-0", Type: "stock.low"},
		"store of an aggregate": {AggregateID: "p-0", StoreID: "C"}, "pending": {Pending: true}, "pending of a type": {Pending: true, Type: "stock.low"},
	} {
		b.Run(name, func(b *testing.B) {
			sqlitetest.Percentiles(b, func() {
				f.After, f.Limit = random.Int64N(count), 100
				s.page(b, f)
			})
		})
	}
}
