package notifierpg

import (
	"context"
	"fmt"
	"slices"

	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/webhook"
)

// The first arguments of each page are the key before it, the number of records and
// how many of these are left out at the beginning. The parts of a list are merged by
// their places alone, which the indexes have.
const (
	sqlAlerts = `SELECT seq, document FROM feed WHERE event_type = 'alert.raised' AND seq < $1 ORDER BY seq DESC LIMIT $2 OFFSET $3`
	// $2 + $3 is the greatest number of records that one part can contribute.
	sqlAlertsOf = `SELECT f.seq, f.document FROM (
		SELECT part.seq FROM unnest($4::text[]) AS s (store_id) CROSS JOIN LATERAL (
			SELECT a.seq FROM feed a WHERE a.event_type = 'alert.raised' AND a.store_id = s.store_id AND a.seq < $1
			ORDER BY a.seq DESC LIMIT $2::bigint + $3::bigint) AS part
		ORDER BY part.seq DESC LIMIT $2 OFFSET $3) AS k
	JOIN feed f ON f.seq = k.seq ORDER BY f.seq DESC`
	sqlTotalAlerts = `SELECT COALESCE(SUM(alerts), 0)::bigint FROM alert_totals WHERE store_id = ANY($1)`

	sqlLogged = `SELECT ` + columnsDelivery + ` FROM deliveries WHERE id IN (
		SELECT part.place FROM unnest($5::text[]) AS s (state) CROSS JOIN LATERAL (
			SELECT d.id AS place FROM deliveries d WHERE d.webhook_id = $4 AND d.state = s.state AND d.id < $1
			ORDER BY d.id DESC LIMIT $2::bigint + $3::bigint) AS part
		ORDER BY part.place DESC LIMIT $2 OFFSET $3)
	ORDER BY id DESC`
	sqlTotalLogged = `SELECT COALESCE(SUM(deliveries), 0)::bigint FROM delivery_totals WHERE webhook_id = $1 AND state = ANY($2)`

	// There are at most webhook.MaxWebhooks and alert.MaxRules.
	sqlWebhooks = selectWebhook + `WHERE id > $1 ORDER BY id LIMIT $2 OFFSET $3`
	// A rule without stores concerns all.
	whereRule  = `($1::text[] IS NULL OR r.store_ids = '{}' OR r.store_ids && $1)`
	sqlRules   = `SELECT ` + columnsRule + ` FROM alert_rules r WHERE ` + whereRule + ` AND r.id > $2 ORDER BY r.id LIMIT $3 OFFSET $4`
	sqlRulesOf = `SELECT COUNT(*) FROM alert_rules r WHERE ` + whereRule
)

// statement is a query with its arguments.
type statement struct {
	query string
	args  []any
}

// readList reads a page, and one record more, and the total at the same moment.
func readList[T any](
	ctx context.Context, db *DB, page paging.Page, total, rows statement, scan func(postgres.Scanner) (T, error), key func(T) paging.Key,
) (list paging.List[T], err error) {
	err = db.DB.Snapshot(ctx, func(s *postgres.Snapshot) error {
		var count int64
		if err := s.QueryRow(total.query, total.args...).Scan(&count); err != nil || int64(page.Offset) >= count {
			list.Total = count
			return err
		}
		var read []T
		err := s.Each(func(record postgres.Scanner) error {
			value, err := scan(record)
			read = append(read, value)
			return err
		}, rows.query, rows.args...)
		list = paging.Of(page, read, count, key)
		return err
	})
	return list, err
}

// afterID returns the id after which a page begins.
func afterID(page paging.Page) string {
	if page.After == nil {
		return ""
	}
	id, _ := page.After[0].(string) // its only column is a text
	return id
}

// beforePlace returns the place before which a page of a list with the newest first
// begins.
func beforePlace(page paging.Page) int64 {
	if page.After == nil {
		return 1<<63 - 1
	}
	place, _ := page.After[0].(int64) // its only column is a number
	return place
}

// placed is an alert with its place in the feed.
type placed struct {
	alert.Alert
	seq int64
}

func scanAlert(record postgres.Scanner) (p placed, err error) {
	var document string
	if err := record.Scan(&p.seq, &document); err != nil {
		return p, err
	}
	e, err := events.Decode([]byte(document))
	if err == nil {
		p.Alert, err = alert.Of(e)
	}
	return p, err
}

// storesOf returns the stores of a list of alerts; nil for all.
func storesOf(f alert.Filter) []string {
	switch {
	case f.StoreID == "":
		return f.Within
	case f.Within == nil || slices.Contains(f.Within, f.StoreID):
		return []string{f.StoreID}
	default:
		return []string{} // the caller may not see it
	}
}

// Alerts implements alert.Repository.
func (a Alerts) Alerts(ctx context.Context, f alert.Filter, page paging.Page) (paging.List[alert.Alert], error) {
	rows := statement{sqlAlerts, []any{beforePlace(page), page.Limit + 1, page.Offset}}
	total := statement{sqlTotalAlerts, []any{[]string{""}}}
	if stores := storesOf(f); stores != nil {
		rows = statement{sqlAlertsOf, append(rows.args, stores)}
		total.args = []any{stores}
	}
	list, err := readList(ctx, a.DB, page, total, rows, scanAlert, func(p placed) paging.Key { return paging.Key{p.seq} })
	if err != nil {
		return paging.List[alert.Alert]{}, fmt.Errorf("list alerts: %w", err)
	}
	return paging.Map(list, func(p placed) alert.Alert { return p.Alert }), nil
}

// Rules implements alert.Repository and alert.Rules.
func (a Alerts) Rules(ctx context.Context, within []string, page paging.Page) (paging.List[alert.Rule], error) {
	list, err := readList(ctx, a.DB, page, statement{sqlRulesOf, []any{within}},
		statement{sqlRules, []any{within, afterID(page), page.Limit + 1, page.Offset}}, scanRule,
		func(r alert.Rule) paging.Key { return paging.Key{r.ID} })
	if err != nil {
		return list, fmt.Errorf("list alert rules: %w", err)
	}
	return list, nil
}

// Webhooks implements webhook.Repository and webhook.Queue.
func (w Webhooks) Webhooks(ctx context.Context, page paging.Page) (paging.List[webhook.Webhook], error) {
	scan := func(record postgres.Scanner) (webhook.Webhook, error) { return scanWebhook(record, w.keys) }
	list, err := readList(ctx, w.DB, page, statement{query: sqlCountWebhooks},
		statement{sqlWebhooks, []any{afterID(page), page.Limit + 1, page.Offset}}, scan,
		func(w webhook.Webhook) paging.Key { return paging.Key{w.ID} })
	if err != nil {
		return list, fmt.Errorf("list webhooks: %w", err)
	}
	return list, nil
}

// Deliveries implements webhook.Repository.
func (w Webhooks) Deliveries(
	ctx context.Context, webhookID string, state webhook.State, page paging.Page,
) (paging.List[webhook.Record], error) {
	states := []string{string(state)}
	if state == "" {
		states = []string{string(webhook.Pending), string(webhook.Delivered), string(webhook.Dead)}
	}
	list, err := readList(ctx, w.DB, page, statement{sqlTotalLogged, []any{webhookID, states}},
		statement{sqlLogged, []any{beforePlace(page), page.Limit + 1, page.Offset, webhookID, states}}, scanRecord,
		func(r webhook.Record) paging.Key { return paging.Key{r.ID} })
	if err != nil {
		return list, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}
