package catalogdb

import (
	"context"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxaudit"
	"inventory.example/pkg/outbox/outboxsqlite"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/catalog/internal/product"
	"inventory.example/services/catalog/internal/store"
)

var histories = outboxaudit.History[product.Kept]{
	Query: `SELECT p.id, p.sku, p.name, p.description, p.category, p.price_text, p.version, p.deleted_at IS NOT NULL, ` +
		outboxaudit.EventColumns + ` FROM products p LEFT JOIN events e ON e.aggregate_id = p.id AND e.aggregate_type = 'product' ORDER BY p.id, e.seq`,
	Scan: func(scan func(own ...any) error) (k product.Kept, err error) {
		var price string
		err = scan(&k.ID, &k.SKU, &k.Name, &k.Description, &k.Category, &price, &k.Version, &k.Deleted)
		if parsed, damaged := product.ParsePrice(price); damaged == nil {
			k.Price = parsed // otherwise the events will disagree
		}
		return k, err
	},
	Same: func(a, b product.Kept) bool { return a.ID == b.ID },
}

var storeHistories = outboxaudit.History[store.Store]{
	Query: `SELECT s.id, s.name, s.timezone, s.address, s.active, s.version, s.deleted, ` +
		outboxaudit.EventColumns + ` FROM stores s LEFT JOIN events e ON e.aggregate_id = s.id AND e.aggregate_type = 'store' ORDER BY s.id, e.seq`,
	Scan: func(scan func(own ...any) error) (s store.Store, err error) {
		err = scan(&s.ID, &s.Name, &s.Timezone, &s.Address, &s.Active, &s.Version, &s.Deleted)
		return s, err
	},
	Same: func(a, b store.Store) bool { return a.ID == b.ID },
}

// snapshot implements product.Snapshot.
type snapshot struct {
	*sqlite.Snapshot
	now time.Time
}

// Snapshot implements product.Reader.
func (db *DB) Snapshot(ctx context.Context, read func(product.Snapshot) error) error {
	return db.DB.Snapshot(ctx, func(s *sqlite.Snapshot) error { return read(snapshot{s, db.Clock.Now()}) })
}

// Histories implements product.Snapshot.
func (s snapshot) Histories(each func(product.Kept, []events.Event) error) error {
	return histories.Each(s.Snapshot, each)
}

// StoreHistories implements store.Snapshot.
func (s snapshot) StoreHistories(each func(store.Store, []events.Event) error) error {
	return storeHistories.Each(s.Snapshot, each)
}

// Strays implements product.Snapshot.
func (s snapshot) Strays(each func(events.Event) error) error {
	return outboxsqlite.EachStray(s.Snapshot, "(SELECT id FROM products UNION ALL SELECT id FROM stores)", each)
}

// Outbox implements product.Snapshot.
func (s snapshot) Outbox() (*audit.Check, audit.Outbox, error) {
	return outboxsqlite.Audit(s.Snapshot, s.now)
}
