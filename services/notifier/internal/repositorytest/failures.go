package repositorytest

import (
	"testing"

	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/paging"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/webhook"
)

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if problem.CodeOf(err) != problem.StorageUnavailable {
		t.Errorf("got %v, want a StorageUnavailable problem", err)
	}
}

func reportsFailingWrites(t *testing.T, db Database) {
	if db.FailWrites == nil {
		t.Skip("the adapter's test cannot make writes fail")
	}
	db.FailWrites()
	wantUnavailable(t, write(t, db, func(tx webhook.Tx) error { return tx.InsertWebhook(hook("w-1")) }))
	wantUnavailable(t, db.Alerts.Write(t.Context(), func(tx alert.RuleTx) error { return tx.InsertRule(rule("r-1")) }))
	wantUnavailable(t, db.Feed.Write(t.Context(), nil, func(tx feed.Tx) error {
		_, _, err := tx.Record(low(t, "e-1", "p-1", "A", 0), noon)
		return err
	}))
	wantUnavailable(t, db.Results.SaveResult(t.Context(), idempotency.Request{Caller: "Ada", Key: "k"}, []byte(`1`)))
}

func reportsFailingReads(t *testing.T, db Database) {
	if db.FailReads == nil {
		t.Skip("the adapter's test cannot make reads fail")
	}
	insertWebhooks(t, db, hook("w-1"))
	insertRules(t, db, rule("r-1"))
	record(t, db, low(t, "e-1", "p-1", "A", 0))
	db.FailReads()
	ctx, page := t.Context(), paging.Page{Limit: 10}
	for name, read := range map[string]func() error{
		"Entries":     func() error { _, err := db.Entries.Entries(ctx, 0, 10); return err },
		"Newest":      func() error { _, err := db.Entries.Newest(ctx); return err },
		"Webhook":     func() error { _, _, err := db.Webhooks.Webhook(ctx, "w-1"); return err },
		"Webhooks":    func() error { _, err := db.Webhooks.Webhooks(ctx, page); return err },
		"Deliveries":  func() error { _, err := db.Webhooks.Deliveries(ctx, "w-1", "", page); return err },
		"Next":        func() error { _, err := db.Webhooks.Next(ctx, "w-1", 10); return err },
		"QueuedAfter": func() error { _, _, err := db.Webhooks.QueuedAfter(ctx, 0, 10); return err },
		"LastQueued":  func() error { _, err := db.Webhooks.LastQueued(ctx); return err },
		"Document":    func() error { _, _, err := db.Webhooks.Document(ctx, 1); return err },
		"Rule":        func() error { _, _, err := db.Alerts.Rule(ctx, "r-1"); return err },
		"Rules":       func() error { _, err := db.Alerts.Rules(ctx, nil, page); return err },
		"Alerts":      func() error { _, err := db.Alerts.Alerts(ctx, alert.Filter{}, page); return err },
		"FindResult": func() error {
			_, _, err := db.Results.FindResult(ctx, idempotency.Request{Caller: "Ada", Key: "k"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { wantUnavailable(t, read()) })
	}
}
