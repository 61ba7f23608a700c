package notifierdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/events"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	// The parts of a list are merged by their places alone, which the indexes have.
	keysAlerts    = `SELECT seq AS place FROM feed INDEXED BY ix_feed_alerts WHERE event_type = 'alert.raised'`
	keysAlertsOf  = `SELECT seq AS place FROM feed INDEXED BY ix_feed_alerts_of_store WHERE event_type = 'alert.raised' AND store_id = ?`
	rowsAlerts    = `SELECT seq, document FROM KEYS CROSS JOIN feed ON seq = k.place`
	amongStores   = ` AND store_id IN (SELECT value FROM json_each(?))`
	totalAlerts   = `SELECT COALESCE(SUM(alerts), 0) FROM alert_totals WHERE store_id IN (SELECT value FROM json_each(?))`
	keysLogged    = `SELECT id AS place FROM deliveries WHERE webhook_id = ? AND state = ?`
	rowsLogged    = `SELECT ` + columnsDelivery + ` FROM KEYS CROSS JOIN deliveries ON id = k.place`
	totalLogged   = `SELECT COALESCE(SUM(deliveries), 0) FROM delivery_totals WHERE webhook_id = ? AND state IN (SELECT value FROM json_each(?))`
	totalWebhooks = sqlCountWebhooks
)

// maxMerged bounds the stores whose alerts are merged. A key of more stores sees
// so much of the whole list that the alerts of others among it cost less.
const maxMerged = 64

// listOfAlerts is the list of alerts, newest first.
func listOfAlerts(f alert.Filter) sqlite.ListQuery {
	q := sqlite.ListQuery{After: "seq < ?", Order: "place DESC", Rows: rowsAlerts, Total: totalAlerts}
	stores := f.Within
	if f.StoreID != "" {
		stores = within(f)
	}
	switch {
	case stores == nil:
		q.Keys, q.Parts, q.Totals = keysAlerts, [][]any{nil}, []any{sqlite.List([]string{""})}
		return q
	case len(stores) > maxMerged:
		q.Keys, q.Parts = keysAlerts+amongStores, [][]any{{sqlite.List(stores)}}
	default:
		q.Keys = keysAlertsOf
		for _, store := range stores {
			q.Parts = append(q.Parts, []any{store})
		}
	}
	q.Totals = []any{sqlite.List(stores)}
	return q
}

// within returns the store of f, or no store if the caller may not see it.
func within(f alert.Filter) []string {
	if f.Within == nil {
		return []string{f.StoreID}
	}
	for _, store := range f.Within {
		if store == f.StoreID {
			return []string{store}
		}
	}
	return []string{}
}

// listOfDeliveries is the log of a webhook, newest first, with a part for each
// state.
func listOfDeliveries(webhookID string, state webhook.State) sqlite.ListQuery {
	states := []string{string(state)}
	if state == "" {
		states = []string{string(webhook.Pending), string(webhook.Delivered), string(webhook.Dead)}
	}
	q := sqlite.ListQuery{
		Keys: keysLogged, After: "id < ?", Order: "place DESC", Rows: rowsLogged,
		Total: totalLogged, Totals: []any{webhookID, sqlite.List(states)},
	}
	for _, s := range states {
		q.Parts = append(q.Parts, []any{webhookID, s})
	}
	return q
}

// listOfWebhooks is the list of webhooks, in the order of their creation. There
// are at most webhook.MaxWebhooks.
func listOfWebhooks() sqlite.ListQuery {
	return sqlite.ListQuery{Keys: selectWebhook + `WHERE 1`, Parts: [][]any{nil}, After: "id > ?", Order: "id", Total: totalWebhooks}
}

// listOfRules is the list of alert rules that concern one of the stores, nil for
// all, in the order of their creation. There are at most alert.MaxRules.
func listOfRules(within []string) sqlite.ListQuery {
	stores := []any{sqlite.Stores(within)}
	return sqlite.ListQuery{
		Keys: `SELECT ` + columnsRule + ` FROM alert_rules r ` + whereRule, Parts: [][]any{stores}, After: "r.id > ?", Order: "id",
		Total: sqlCountRules, Totals: stores,
	}
}

// placed is an alert with its place in the feed.
type placed struct {
	alert.Alert
	seq int64
}

func scanAlert(s sqlite.Scanner) (p placed, err error) {
	var document []byte
	if err := s.Scan(&p.seq, &document); err != nil {
		return p, err
	}
	e, err := events.Decode(document)
	if err != nil {
		return p, err
	}
	p.Alert, err = alert.Of(e)
	return p, err
}

// Alerts implements alert.Repository.
func (a Alerts) Alerts(ctx context.Context, f alert.Filter, page paging.Page) (paging.List[alert.Alert], error) {
	list, err := sqlite.ReadList(ctx, a.SQL(), listOfAlerts(f), page, scanAlert, func(p placed) paging.Key { return paging.Key{p.seq} })
	if err != nil {
		return paging.List[alert.Alert]{}, fmt.Errorf("list alerts: %w", err)
	}
	return paging.Map(list, func(p placed) alert.Alert { return p.Alert }), nil
}

// Rules implements alert.Repository.
func (a Alerts) Rules(ctx context.Context, within []string, page paging.Page) (paging.List[alert.Rule], error) {
	list, err := sqlite.ReadList(ctx, a.SQL(), listOfRules(within), page, scanRule, func(r alert.Rule) paging.Key { return paging.Key{r.ID} })
	if err != nil {
		return list, fmt.Errorf("list alert rules: %w", err)
	}
	return list, nil
}

// Webhooks implements webhook.Repository and webhook.Queue.
func (w Webhooks) Webhooks(ctx context.Context, page paging.Page) (paging.List[webhook.Webhook], error) {
	scan := func(s sqlite.Scanner) (webhook.Webhook, error) { return scanWebhook(s, w.keys) }
	list, err := sqlite.ReadList(ctx, w.SQL(), listOfWebhooks(), page, scan, func(w webhook.Webhook) paging.Key { return paging.Key{w.ID} })
	if err != nil {
		return list, fmt.Errorf("list webhooks: %w", err)
	}
	return list, nil
}

// Deliveries implements webhook.Repository.
func (w Webhooks) Deliveries(
	ctx context.Context, webhookID string, state webhook.State, page paging.Page,
) (paging.List[webhook.Record], error) {
	list, err := sqlite.ReadList(ctx, w.SQL(), listOfDeliveries(webhookID, state), page, scanRecord, func(r webhook.Record) paging.Key {
		return paging.Key{r.ID}
	})
	if err != nil {
		return list, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}
