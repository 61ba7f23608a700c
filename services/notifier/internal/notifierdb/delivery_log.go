package notifierdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	columnsDelivery = `id, webhook_id, event_id, event_type, state, attempts, created_at, next_attempt_at,
	finished_at, last_attempt_at, COALESCE(last_status, 0), COALESCE(last_latency_ms, 0),
	COALESCE(last_error, ''), COALESCE(last_response, '')`
	selectDelivery  = `SELECT ` + columnsDelivery + ` FROM deliveries `
	sqlDelivery     = selectDelivery + `WHERE id = ? AND webhook_id = ?`
	sqlCountPending = `SELECT COALESCE(SUM(deliveries), 0) FROM delivery_totals WHERE state = 'pending'`

	sqlRepeat = `INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, document,
	next_attempt_at) SELECT o.webhook_id, o.feed_seq, o.event_id, o.event_type, o.ordering_key, 'pending', ?1, o.document,
		CASE WHEN EXISTS (SELECT 1 FROM deliveries d
			WHERE d.webhook_id = o.webhook_id AND d.ordering_key = o.ordering_key AND d.state = 'pending')
			THEN NULL ELSE ?1 END
	FROM deliveries o WHERE o.id = ?2`
	// Its own id is the ordering key: it waits for nothing.
	sqlQueueOwn = `INSERT INTO deliveries (webhook_id, event_id, event_type, ordering_key, state, created_at, document, next_attempt_at)
	VALUES (?1, ?2, ?3, ?2, 'pending', ?5, ?4, ?5)`
)

func scanRecord(s sqlite.Scanner) (r webhook.Record, err error) {
	var eventType, state string
	var attempts, status int64
	err = s.Scan(&r.ID, &r.WebhookID, &r.EventID, &eventType, &state, &attempts, engine.Time(&r.CreatedAt), engine.Time(&r.NextAttemptAt),
		engine.Time(&r.FinishedAt), engine.Time(&r.LastAttemptAt), &status, &r.LatencyMS, &r.Failure, &r.Response)
	r.EventType, r.State, r.Attempts, r.Status = events.Type(eventType), webhook.State(state), int(attempts), int(status)
	return r, err
}

// Pending returns how many deliveries are pending.
func (w Webhooks) Pending(ctx context.Context) (float64, error) {
	var count int64
	if err := w.Reader().QueryRowContext(ctx, sqlCountPending).Scan(&count); err != nil {
		return 0, fmt.Errorf("count pending deliveries: %w", sqlite.Classify(err))
	}
	return float64(count), nil
}

// Delivery implements webhook.Tx.
func (t *Tx) Delivery(webhookID string, id int64) (webhook.Record, bool, error) {
	r, found, err := sqlite.Found(scanRecord(t.tx.QueryRow(sqlDelivery, id, webhookID)))
	if err != nil {
		err = fmt.Errorf("read delivery: %w", err)
	}
	return r, found, err
}

// Repeat implements webhook.Tx.
func (t *Tx) Repeat(id int64, at time.Time) (int64, error) {
	_, newID, err := t.tx.Exec(sqlRepeat, clock.Text(at), id)
	if err != nil {
		return 0, fmt.Errorf("repeat delivery: %w", err)
	}
	t.hints.queued.Stage(t.tx, struct{}{})
	return newID, nil
}

// QueueOwn implements webhook.Tx.
func (t *Tx) QueueOwn(webhookID, eventID string, eventType events.Type, document []byte, at time.Time) (int64, error) {
	_, id, err := t.tx.Exec(sqlQueueOwn, webhookID, eventID, string(eventType), string(document), clock.Text(at))
	if err != nil {
		return 0, fmt.Errorf("queue %s: %w", eventType, err)
	}
	t.hints.queued.Stage(t.tx, struct{}{})
	return id, nil
}
