package notifierdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/seal"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	selectWebhook = `SELECT id, url, event_types, store_ids, include_aborted, description, active, disabled_reason, secret, previous_secret,
	previous_secret_until, version, created_at, updated_at FROM webhooks `

	sqlWebhook       = selectWebhook + `WHERE id = ?`
	sqlCountWebhooks = `SELECT COUNT(*) FROM webhooks`
	sqlCountDisabled = `SELECT COUNT(*) FROM webhooks WHERE disabled_reason <> ''`
	sqlInsertWebhook = `INSERT INTO webhooks (id, url, event_types, store_ids, include_aborted, description, active, disabled_reason, secret,
	previous_secret, previous_secret_until, failing_since, version, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlUpdateWebhook = `UPDATE webhooks SET url = ?, event_types = ?, store_ids = ?, include_aborted = ?, description = ?, active = ?, disabled_reason = ?,
	secret = ?, previous_secret = ?, previous_secret_until = ?, failing_since = '', version = ?, updated_at = ? WHERE id = ? AND version = ?`
	sqlDeleteWebhook = `DELETE FROM webhooks WHERE id = ?`

	sqlFails        = `UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since = ''`
	sqlFailsNot     = `UPDATE webhooks SET failing_since = '' WHERE id = ? AND failing_since <> ''`
	sqlFailingSince = `SELECT failing_since FROM webhooks WHERE id = ?`
)

// Webhooks implements the ports of package webhook.
type Webhooks struct{ *DB }

// Write implements webhook.Repository.
func (w Webhooks) Write(ctx context.Context, change func(webhook.Tx) error) error {
	return w.change(ctx, func(tx *Tx) error { return change(tx) })
}

func scanWebhook(s sqlite.Scanner, keys seal.Keys) (w webhook.Webhook, err error) {
	var types, stores string
	var secrets seal.Secrets
	err = s.Scan(&w.ID, &w.URL, &types, &stores, &w.IncludeAborted, &w.Description, &w.Active, &w.DisabledReason, &secrets.Current,
		&secrets.Previous, engine.Time(&w.Secret.PreviousUntil), &w.Version, engine.Time(&w.CreatedAt), engine.Time(&w.UpdatedAt))
	if err == nil {
		secrets.ID = w.ID
		err = keys.OpenIn(&w, secrets)
	}
	if err != nil {
		return webhook.Webhook{}, err
	}
	if err := json.Unmarshal([]byte(types), &w.EventTypes); err != nil {
		return webhook.Webhook{}, fmt.Errorf("event types of webhook %s: %w", w.ID, err)
	}
	if err := json.Unmarshal([]byte(stores), &w.StoreIDs); err != nil {
		return webhook.Webhook{}, fmt.Errorf("stores of webhook %s: %w", w.ID, err)
	}
	return w, nil
}

func readWebhook(row sqlite.Scanner, keys seal.Keys) (webhook.Webhook, bool, error) {
	w, found, err := sqlite.Found(scanWebhook(row, keys))
	if err != nil {
		err = fmt.Errorf("read webhook: %w", err)
	}
	return w, found, err
}

// Webhook implements webhook.Repository and webhook.Queue.
func (w Webhooks) Webhook(ctx context.Context, id string) (webhook.Webhook, bool, error) {
	return readWebhook(w.Reader().QueryRowContext(ctx, sqlWebhook, id), w.keys)
}

// Disabled returns how many webhooks the service has disabled.
func (w Webhooks) Disabled(ctx context.Context) (float64, error) {
	var count int64
	if err := w.Reader().QueryRowContext(ctx, sqlCountDisabled).Scan(&count); err != nil {
		return 0, fmt.Errorf("count disabled webhooks: %w", sqlite.Classify(err))
	}
	return float64(count), nil
}

// Webhook implements webhook.Tx.
func (t *Tx) Webhook(id string) (webhook.Webhook, bool, error) {
	return readWebhook(t.tx.QueryRow(sqlWebhook, id), t.keys)
}

// CountWebhooks implements webhook.Tx.
func (t *Tx) CountWebhooks() (count int64, err error) {
	if err := t.tx.QueryRow(sqlCountWebhooks).Scan(&count); err != nil {
		return 0, fmt.Errorf("count webhooks: %w", err)
	}
	return count, nil
}

// InsertWebhook implements webhook.Tx.
func (t *Tx) InsertWebhook(w webhook.Webhook) error {
	types, stores, err := encodeFilters(w)
	if err != nil {
		return err
	}
	t.hints.webhooks.Stage(t.tx, w.ID)
	secrets := t.keys.SecretsOf(w)
	inserted, _, err := t.tx.Exec(sqlInsertWebhook, w.ID, w.URL, types, stores, w.IncludeAborted, w.Description, w.Active, w.DisabledReason, secrets.Current,
		secrets.Previous, clock.Text(w.Secret.PreviousUntil), w.Version, clock.Text(w.CreatedAt), clock.Text(w.UpdatedAt))
	if err != nil {
		return fmt.Errorf("insert webhook: %w", err)
	}
	if inserted == 0 {
		return webhook.ErrConflict
	}
	return nil
}

// UpdateWebhook implements webhook.Tx.
func (t *Tx) UpdateWebhook(w webhook.Webhook) error {
	types, stores, err := encodeFilters(w)
	if err != nil {
		return err
	}
	t.hints.webhooks.Stage(t.tx, w.ID)
	secrets := t.keys.SecretsOf(w)
	updated, _, err := t.tx.Exec(sqlUpdateWebhook, w.URL, types, stores, w.IncludeAborted, w.Description, w.Active, w.DisabledReason, secrets.Current,
		secrets.Previous, clock.Text(w.Secret.PreviousUntil), w.Version, clock.Text(w.UpdatedAt), w.ID, w.Version-1)
	if err != nil {
		return fmt.Errorf("update webhook: %w", err)
	}
	if updated == 0 {
		return webhook.ErrConflict
	}
	return nil
}

// encodeFilters returns the filters of w in the format of the table.
func encodeFilters(w webhook.Webhook) (types, stores string, err error) {
	a, err := json.Marshal(w.EventTypes)
	if err != nil {
		return "", "", fmt.Errorf("encode event types: %w", err)
	}
	b, err := json.Marshal(w.StoreIDs)
	if err != nil {
		return "", "", fmt.Errorf("encode stores: %w", err)
	}
	return string(a), string(b), nil
}

// DeleteWebhook implements webhook.Tx.
func (t *Tx) DeleteWebhook(id string) error {
	t.hints.webhooks.Stage(t.tx, id)
	if _, _, err := t.tx.Exec(sqlDeleteWebhook, id); err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return nil
}

// FailingSince implements webhook.Tx.
func (t *Tx) FailingSince(webhookID string, at time.Time) (since time.Time, err error) {
	if at.IsZero() {
		_, _, err = t.tx.Exec(sqlFailsNot, webhookID)
	} else if _, _, err = t.tx.Exec(sqlFails, clock.Text(at), webhookID); err == nil {
		err = t.tx.QueryRow(sqlFailingSince, webhookID).Scan(engine.Time(&since))
		since, _, err = sqlite.Found(since, err)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("note that a webhook fails: %w", err)
	}
	return since, nil
}
