package notifierdb

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/pkg/sqlite/sqlitetest"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/webhook"
)

// manyEntries returns the statements of a feed of 1,000,000 entries, of which
// 500,000 are alerts, in 100 stores; of 1,000,000 deliveries, most of one webhook;
// and of as many webhooks and rules as there may be. They are written before the
// migration that counts and indexes them, which does so for all at once.
func manyEntries(b *testing.B) []string {
	b.Helper()
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `
	e, err := events.Restore(events.Event{
		ID: "event", Type: alert.TypeRaised, AggregateType: "alert_rule", AggregateID: "rule", StoreID: "S-0", CreatedAt: time.Unix(0, 0).UTC(),
	}, []byte(`{"rule_name":"Low stock","sample":[]}`))
	if err != nil {
		b.Fatal(err)
	}
	return []string{
		fmt.Sprintf(numbers+`INSERT INTO feed (event_id, event_type, aggregate_id, store_id, recorded_at, document)
			SELECT i, iif(i %% 2, 'alert.raised', 'stock.low'), 'a', iif(i %% 10 < 6, 'S-000', printf('S-%%03d', i %% 100)), '2026', '%s' FROM n`,
			999_999, e.Document()),
		fmt.Sprintf(numbers+`INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, finished_at)
			SELECT iif(i %% 10, 'w', printf('w-%%d', i %% 1000)), i + 1, i, 'stock.low', i,
				CASE WHEN i %% 3 = 0 THEN 'pending' WHEN i %% 3 = 1 THEN 'delivered' ELSE 'dead' END, '2026', iif(i %% 3, '2026', NULL) FROM n`, 999_999),
		fmt.Sprintf(numbers+`INSERT INTO webhooks SELECT printf('w-%%d', i), 'https://example.com', '[]', '["S-000"]', '', 1, '', '', '', '', '', 1, '', ''
			FROM n`, webhook.MaxWebhooks-1),
		`DELETE FROM alert_rules`,
		fmt.Sprintf(numbers+`INSERT INTO alert_rules SELECT i, 'Low stock', 'stock.low', '["S-000"]', 1, 1, 1, 1, 1, '', '' FROM n`, alert.MaxRules-1),
	}
}

// BenchmarkLists reads every list of notifier from 1,000,000 entries and as many
// deliveries, with its total, and pages of the feed for the live stream.
func BenchmarkLists(b *testing.B) {
	db := openAfter(b, 5, manyEntries(b)...)
	alerts, webhooks := Alerts{db}, Webhooks{db}
	for name, f := range map[string]alert.Filter{
		"alerts": {}, "alerts of a store": {StoreID: "S-000"}, "alerts of 20 stores": {Within: someStores(20)}, "alerts of 80 stores": {Within: someStores(80)},
	} {
		sqlitetest.Pages(b, name, func(page paging.Page) (paging.List[alert.Alert], error) { return alerts.Alerts(b.Context(), f, page) })
	}
	for name, state := range map[string]webhook.State{
		"deliveries": "", "pending deliveries": webhook.Pending, "delivered ones": webhook.Delivered, "dead deliveries": webhook.Dead,
	} {
		sqlitetest.Pages(b, name, func(page paging.Page) (paging.List[webhook.Record], error) {
			return webhooks.Deliveries(b.Context(), "w", state, page)
		})
	}
	sqlitetest.Pages(b, "webhooks", func(page paging.Page) (paging.List[webhook.Webhook], error) {
		return webhooks.Webhooks(b.Context(), page)
	})
	for name, within := range map[string][]string{"rules": nil, "rules of stores": someStores(2)} {
		sqlitetest.Pages(b, name, func(page paging.Page) (paging.List[alert.Rule], error) {
			return alerts.Rules(b.Context(), within, page)
		})
	}
	b.Run("feed", func(b *testing.B) {
		sqlitetest.Percentiles(b, func() {
			if _, err := sqlite.Rows(b.Context(), db.SQL(), scanEntry, sqlEntries, rand.Int64N(1_000_000), 100); err != nil {
				b.Fatal(err)
			}
		})
	})
}

func someStores(n int) (stores []string) {
	for i := range n {
		stores = append(stores, fmt.Sprintf("S-%03d", i))
	}
	return stores
}
