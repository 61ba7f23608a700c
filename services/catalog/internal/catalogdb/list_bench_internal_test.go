package catalogdb

import (
	"path/filepath"
	"testing"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/database"
	"inventory.example/pkg/idempotency/idempotencysqlite"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/catalog/internal/product"
)

// manyProducts are 1,000,000 with names of four words and a number, half of them
// in one category and the others with two more words. They are written as the
// release before the search by grams wrote them.
const manyProducts = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999),
	named(i, sku, name) AS (SELECT i, char(65 + i % 26, 65 + i / 26 % 26) || printf('-%06d', i),
		printf('%s%s %s %s %s %d', iif(i % 2, '', 'Nordic Living '),
			'["Blue","Red","Green","Black","White","Grey","Ivory","Amber"]' ->> (i % 8),
			'["Cotton","Linen","Wool","Leather","Steel","Glass","Oak","Bamboo","Silk","Denim","Copper"]' ->> (i / 8 % 11),
			'["Mug","Shirt","Lamp","Table","Chair","Bottle","Jacket","Bowl","Vase","Shelf","Plate","Curtain","Pillow"]' ->> (i / 88 % 13),
			'["Classic","Sport","Junior","Deluxe","Outdoor","Travel","Basic"]' ->> (i / 1144 % 7), i % 997) FROM n)
	INSERT INTO products (id, sku, name, description, category, price_text, search_text, version, created_at, updated_at, sku_key)
	SELECT printf('0199f3a0-%04x-7000-8000-%012x', i >> 10, i), sku, name, printf('%.200c', 'd'),
		iif(i % 2, 'half', printf('c-%d', i % 100)), '9.50', lower(name) || char(10) || lower(sku), 1, '', '', lower(sku) FROM named`

// BenchmarkLists reads every list of products from 1,000,000, with its total, and
// single ones by SKU.
func BenchmarkLists(b *testing.B) {
	o := sqlite.Options{Path: filepath.Join(b.TempDir(), "catalog.db")}
	shared := []sqlite.Component{outboxsqlite.Component(), idempotencysqlite.Component()}
	sqlitetest.Release(b, o, 3, sqlite.Component{Name: "catalog", FS: migrations}, shared, manyProducts)
	began := time.Now()
	db, err := Open(b.Context(), database.Config{SQLitePath: o.Path, Synchronous: o.Synchronous},
		database.Deps{Clock: clock.System{}, Logger: o.Logger})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("the first start after the release before took %v", time.Since(began).Round(time.Second))
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	for name, f := range map[string]product.Filter{
		"all": {}, "small category": {Category: new("c-2")}, "large category": {Category: new("half")},
		"letter": {Text: "e"}, "letter in a small category": {Text: "e", Category: new("c-2")}, "letter in a large category": {Text: "e", Category: new("half")},
		"gram": {Text: "mug"}, "word": {Text: "cotton"}, "word in a small category": {Text: "cotton", Category: new("c-2")},
		"word in a large category": {Text: "cotton", Category: new("half")}, "two words": {Text: "cotton mug"}, "four words": {Text: "blue silk mug travel"},
		"part of a SKU": {Text: "-99"}, "a SKU": {Text: "bb-000027"}, "long text that half have": {Text: "nordic living"}, "long text": {Text: "bottle classic "},
	} {
		sqlitetest.Pages(b, name, func(page paging.Page) (paging.List[product.Product], error) { return db.List(b.Context(), f, page) })
	}
	b.Run("text that none has", func(b *testing.B) {
		sqlitetest.Percentiles(b, func() {
			if list, err := db.List(b.Context(), product.Filter{Text: "cotton silk"}, paging.Page{Limit: 100}); err != nil || list.Total > 0 {
				b.Fatal(list.Total, err)
			}
		})
	})
	b.Run("SKU", func(b *testing.B) {
		sqlitetest.Percentiles(b, func() {
			if _, found, err := db.ProductBySKU(b.Context(), "BB-000027"); err != nil || !found {
				b.Fatal(found, err)
			}
		})
	})
}
