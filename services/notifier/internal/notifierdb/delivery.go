package notifierdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	// A type or store is looked for in the JSON text with its quotes; neither
	// holds a character that JSON would escape. Only the first pending delivery
	// of a key is due.
	sqlQueue = `WITH stores AS MATERIALIZED (SELECT '"' || value || '"' AS quoted FROM json_each(?6))
	INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, next_attempt_at)
	SELECT w.id, ?1, ?2, ?3, ?4, 'pending', ?5,
		CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = w.id AND d.ordering_key = ?4 AND d.state = 'pending')
			THEN NULL ELSE ?5 END
	FROM webhooks w WHERE w.active = 1
		AND (w.event_types = '[]' OR instr(w.event_types, '"' || ?3 || '"') > 0)
		AND (?7 = 0 OR w.include_aborted = 1)
		AND (w.store_ids = '[]' OR EXISTS (SELECT 1 FROM stores WHERE instr(w.store_ids, stores.quoted) > 0))`

	sqlNext = `SELECT id, webhook_id, event_id, attempts, next_attempt_at FROM deliveries
	WHERE webhook_id = ? AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at, id LIMIT ?`
	sqlQueuedAfter = `SELECT webhook_id, MAX(id) FROM (SELECT id, webhook_id FROM deliveries WHERE id > ? ORDER BY id LIMIT ?)
	GROUP BY webhook_id`
	sqlLast     = `SELECT COALESCE(MAX(id), 0) FROM deliveries`
	sqlDocument = `SELECT COALESCE(d.document, f.document) FROM deliveries d LEFT JOIN feed f ON f.seq = d.feed_seq WHERE d.id = ?`

	sqlFinish = `UPDATE deliveries SET state = ?, attempts = ?, next_attempt_at = ?, finished_at = ?, last_attempt_at = ?,
	last_status = ?, last_latency_ms = ?, last_error = ?, last_response = ? WHERE id = ? AND state = 'pending'`
	sqlUnblock = `UPDATE deliveries SET next_attempt_at = ?1 WHERE id = (
		SELECT n.id FROM deliveries n WHERE n.webhook_id = ?2 AND n.state = 'pending'
			AND n.ordering_key = (SELECT ordering_key FROM deliveries WHERE id = ?3) ORDER BY n.id LIMIT 1)
	AND next_attempt_at IS NULL`
	sqlPurgeDeliveries = `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE webhook_id = ? LIMIT ?)`
)

// Queue implements feed.Tx.
func (t *Tx) Queue(entry feed.Entry, at time.Time) error {
	e := entry.Event
	queued, _, err := t.tx.Exec(sqlQueue, entry.Seq, e.ID, string(e.Type), e.OrderingKey(), clock.Text(at), sqlite.List(entry.Stores), entry.Aborted)
	if err != nil {
		return fmt.Errorf("queue %s: %w", e.Type, err)
	}
	if queued > 0 {
		t.hints.queued.Stage(t.tx, struct{}{})
	}
	return nil
}

// Next implements webhook.Queue.
func (w Webhooks) Next(ctx context.Context, webhookID string, limit int) ([]webhook.Delivery, error) {
	list, err := sqlite.Rows(ctx, w.SQL(), func(s sqlite.Scanner) (d webhook.Delivery, err error) {
		err = s.Scan(&d.ID, &d.WebhookID, &d.EventID, &d.Attempts, engine.Time(&d.DueAt))
		return d, err
	}, sqlNext, webhookID, limit)
	if err != nil {
		return nil, fmt.Errorf("read the next deliveries: %w", err)
	}
	return list, nil
}

// QueuedAfter implements webhook.Queue.
func (w Webhooks) QueuedAfter(ctx context.Context, id int64, limit int) (webhookIDs []string, last int64, err error) {
	last = id
	webhookIDs, err = sqlite.Rows(ctx, w.SQL(), func(s sqlite.Scanner) (id string, err error) {
		var newest int64
		err = s.Scan(&id, &newest)
		last = max(last, newest)
		return id, err
	}, sqlQueuedAfter, id, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read queued deliveries: %w", err)
	}
	return webhookIDs, last, nil
}

// LastQueued implements webhook.Queue.
func (w Webhooks) LastQueued(ctx context.Context) (last int64, err error) {
	if err := w.Reader().QueryRowContext(ctx, sqlLast).Scan(&last); err != nil {
		return 0, fmt.Errorf("read the last delivery: %w", sqlite.Classify(err))
	}
	return last, nil
}

// Document implements webhook.Queue.
func (w Webhooks) Document(ctx context.Context, deliveryID int64) ([]byte, bool, error) {
	var text string
	err := w.Reader().QueryRowContext(ctx, sqlDocument, deliveryID).Scan(&text)
	_, found, err := sqlite.Found(text, err)
	return []byte(text), found, err
}

// Finish implements webhook.Tx.
func (t *Tx) Finish(a webhook.Attempt) (unblocked bool, err error) {
	at := clock.Text(a.At)
	var finishedAt any
	if a.State != webhook.Pending {
		finishedAt = at
	}
	changed, _, err := t.tx.Exec(sqlFinish, string(a.State), a.Attempts, sqlite.Nullable(clock.Text(a.NextAt)), finishedAt, at,
		a.Status, a.Latency.Milliseconds(), a.Failure, a.Excerpt, a.ID)
	if err == nil && changed == 1 && a.State != webhook.Pending {
		changed, _, err = t.tx.Exec(sqlUnblock, at, a.WebhookID, a.ID)
		unblocked = changed == 1
	}
	if err != nil {
		return false, fmt.Errorf("finish delivery: %w", err)
	}
	return unblocked, nil
}

// PurgeDeliveries implements webhook.Tx.
func (t *Tx) PurgeDeliveries(webhookID string, limit int) (int64, error) {
	removed, _, err := t.tx.Exec(sqlPurgeDeliveries, webhookID, limit)
	if err != nil {
		return 0, fmt.Errorf("purge deliveries: %w", err)
	}
	return removed, nil
}
