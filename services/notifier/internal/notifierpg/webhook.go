package notifierpg

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/seal"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	selectWebhook = `SELECT id, url, event_types, store_ids, include_aborted, description, active, disabled_reason, secret, previous_secret,
	previous_secret_until, version, created_at, updated_at FROM webhooks `

	sqlWebhook       = selectWebhook + `WHERE id = $1`
	sqlCountWebhooks = `SELECT COUNT(*) FROM webhooks`
	sqlCountDisabled = `SELECT COUNT(*) FROM webhooks WHERE disabled_reason <> ''`
	sqlInsertWebhook = `INSERT INTO webhooks (id, url, event_types, store_ids, include_aborted, description, active, disabled_reason, secret,
	previous_secret, previous_secret_until, failing_since, version, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13, $14) ON CONFLICT DO NOTHING`
	sqlUpdateWebhook = `UPDATE webhooks SET url = $1, event_types = $2, store_ids = $3, include_aborted = $4, description = $5, active = $6,
	disabled_reason = $7, secret = $8, previous_secret = $9, previous_secret_until = $10, failing_since = '', version = $11, updated_at = $12
	WHERE id = $13 AND version = $14`
	sqlDeleteWebhook = `DELETE FROM webhooks WHERE id = $1`

	sqlFails        = `UPDATE webhooks SET failing_since = $1 WHERE id = $2 AND failing_since = ''`
	sqlFailsNot     = `UPDATE webhooks SET failing_since = '' WHERE id = $1 AND failing_since <> ''`
	sqlFailingSince = `SELECT failing_since FROM webhooks WHERE id = $1`
)

// Webhooks implements the ports of package webhook.
type Webhooks struct{ *DB }

// Write implements webhook.Repository.
func (w Webhooks) Write(ctx context.Context, change func(webhook.Tx) error) error {
	return w.change(ctx, nil, func(tx *Tx) error { return change(tx) })
}

func scanWebhook(record postgres.Scanner, keys seal.Keys) (w webhook.Webhook, err error) {
	var types []string
	var secrets seal.Secrets
	err = record.Scan(&w.ID, &w.URL, &types, &w.StoreIDs, &w.IncludeAborted, &w.Description, &w.Active, &w.DisabledReason, &secrets.Current,
		&secrets.Previous, engine.Time(&w.Secret.PreviousUntil), &w.Version, engine.Time(&w.CreatedAt), engine.Time(&w.UpdatedAt))
	if err == nil {
		secrets.ID = w.ID
		err = keys.OpenIn(&w, secrets)
	}
	if err != nil {
		return webhook.Webhook{}, err
	}
	w.EventTypes = typesOf(types)
	return w, nil
}

func typesOf(texts []string) []events.Type {
	types := make([]events.Type, len(texts))
	for i, text := range texts {
		types[i] = events.Type(text)
	}
	return types
}

// Webhook implements webhook.Repository and webhook.Queue.
func (w Webhooks) Webhook(ctx context.Context, id string) (webhook.Webhook, bool, error) {
	hook, err := scanWebhook(w.Reader().QueryRow(ctx, sqlWebhook, id), w.keys)
	return found(ctx, "read webhook", hook, err)
}

// found is postgres.Found with the action in its error.
func found[T any](ctx context.Context, action string, value T, err error) (T, bool, error) {
	value, exists, err := postgres.Found(ctx, value, err)
	if err != nil {
		err = fmt.Errorf("%s: %w", action, err)
	}
	return value, exists, err
}

// count runs a query for one number.
func (db *DB) count(ctx context.Context, action, query string, args ...any) (count int64, err error) {
	if err := db.Reader().QueryRow(ctx, query, args...).Scan(&count); err != nil {
		return 0, fmt.Errorf("%s: %w", action, postgres.Classify(ctx, err))
	}
	return count, nil
}

// Disabled returns how many webhooks the service has disabled.
func (w Webhooks) Disabled(ctx context.Context) (float64, error) {
	count, err := w.count(ctx, "count disabled webhooks", sqlCountDisabled)
	return float64(count), err
}

// read returns the record of a query within a change.
func read[T any](action string, scan func(postgres.Scanner) (T, error), row postgres.Scanner) (value T, exists bool, err error) {
	value, err = scan(row)
	return found(context.Background(), action, value, err)
}

// Webhook implements webhook.Tx.
func (t *Tx) Webhook(id string) (webhook.Webhook, bool, error) {
	scan := func(record postgres.Scanner) (webhook.Webhook, error) { return scanWebhook(record, t.keys) }
	return read("read webhook", scan, t.tx.QueryRow(sqlWebhook, id))
}

// count runs a query for one number.
func (t *Tx) count(action, query string, args ...any) (count int64, err error) {
	if err := t.tx.QueryRow(query, args...).Scan(&count); err != nil {
		return 0, fmt.Errorf("%s: %w", action, err)
	}
	return count, nil
}

// exec runs a statement that changes records and returns how many.
func (t *Tx) exec(action, statement string, args ...any) (int64, error) {
	changed, err := t.tx.Exec(statement, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", action, err)
	}
	return changed, nil
}

// CountWebhooks implements webhook.Tx.
func (t *Tx) CountWebhooks() (int64, error) { return t.count("count webhooks", sqlCountWebhooks) }

// InsertWebhook implements webhook.Tx.
func (t *Tx) InsertWebhook(w webhook.Webhook) error {
	t.hints.webhooks.Stage(t.tx, w.ID)
	secrets := t.keys.SecretsOf(w)
	inserted, err := t.exec("insert webhook", sqlInsertWebhook, w.ID, w.URL, textsOf(w.EventTypes), textsOf(w.StoreIDs), w.IncludeAborted, w.Description,
		w.Active, w.DisabledReason, secrets.Current, secrets.Previous, clock.Text(w.Secret.PreviousUntil), w.Version, clock.Text(w.CreatedAt),
		clock.Text(w.UpdatedAt))
	if err == nil && inserted == 0 {
		return webhook.ErrConflict
	}
	return err
}

// UpdateWebhook implements webhook.Tx.
func (t *Tx) UpdateWebhook(w webhook.Webhook) error {
	t.hints.webhooks.Stage(t.tx, w.ID)
	secrets := t.keys.SecretsOf(w)
	updated, err := t.exec("update webhook", sqlUpdateWebhook, w.URL, textsOf(w.EventTypes), textsOf(w.StoreIDs), w.IncludeAborted, w.Description, w.Active,
		w.DisabledReason, secrets.Current, secrets.Previous, clock.Text(w.Secret.PreviousUntil), w.Version, clock.Text(w.UpdatedAt), w.ID, w.Version-1)
	if err == nil && updated == 0 {
		return webhook.ErrConflict
	}
	return err
}

// textsOf returns the values of an array in the table; never nil, which would be
// NULL.
func textsOf[T ~string](list []T) []string {
	return append([]string{}, postgres.Column(list, func(t T) string { return string(t) })...)
}

// DeleteWebhook implements webhook.Tx.
func (t *Tx) DeleteWebhook(id string) error {
	t.hints.webhooks.Stage(t.tx, id)
	_, err := t.exec("delete webhook", sqlDeleteWebhook, id)
	return err
}

// FailingSince implements webhook.Tx.
func (t *Tx) FailingSince(webhookID string, at time.Time) (since time.Time, err error) {
	const action = "note that a webhook fails"
	if at.IsZero() {
		_, err = t.exec(action, sqlFailsNot, webhookID)
		return time.Time{}, err
	}
	if _, err = t.exec(action, sqlFails, clock.Text(at), webhookID); err != nil {
		return time.Time{}, err
	}
	since, _, err = read(action, scanTime, t.tx.QueryRow(sqlFailingSince, webhookID))
	return since, err
}

func scanTime(record postgres.Scanner) (at time.Time, err error) {
	err = record.Scan(engine.Time(&at))
	return at, err
}
