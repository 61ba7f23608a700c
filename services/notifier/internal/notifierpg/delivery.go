package notifierpg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	// Only the first pending delivery of a key is due.
	sqlQueue = `INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, next_attempt_at)
	SELECT w.id, $1::bigint, $2::text, $3::text, $4::text, 'pending', $5::text,
		CASE WHEN EXISTS (SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.ordering_key = $4 AND d.state = 'pending')
			THEN NULL ELSE $5 END
	FROM webhooks w WHERE w.active
		AND (w.event_types = '{}' OR $3 = ANY(w.event_types))
		AND (NOT $7::boolean OR w.include_aborted)
		AND (w.store_ids = '{}' OR w.store_ids && $6::text[])`
	sqlQueueFor = sqlQueue + ` AND w.id = $8`

	sqlNext = `SELECT id, webhook_id, event_id, attempts, next_attempt_at FROM deliveries
	WHERE webhook_id = $1 AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at, id LIMIT $2`
	sqlQueuedAfter = `SELECT webhook_id, MAX(id) FROM (SELECT id, webhook_id FROM deliveries WHERE id > $1 ORDER BY id LIMIT $2) AS n
	GROUP BY webhook_id`
	lastDelivery = `(SELECT COALESCE(MAX(id), 0) FROM deliveries)`
	sqlLast      = `SELECT ` + lastDelivery
	sqlDocument  = `SELECT COALESCE(d.document, f.document) FROM deliveries d LEFT JOIN feed f ON f.seq = d.feed_seq WHERE d.id = $1`

	sqlFinish = `UPDATE deliveries SET state = $1, attempts = $2, next_attempt_at = $3, finished_at = $4, last_attempt_at = $5,
	last_status = $6, last_latency_ms = $7, last_error = $8, last_response = $9 WHERE id = $10 AND state = 'pending'`
	sqlUnblock = `UPDATE deliveries SET next_attempt_at = $1 WHERE id = (
		SELECT n.id FROM deliveries n WHERE n.webhook_id = $2 AND n.state = 'pending'
			AND n.ordering_key = (SELECT ordering_key FROM deliveries WHERE id = $3) ORDER BY n.id LIMIT 1)
	AND next_attempt_at IS NULL`
	sqlPurgeDeliveries = `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE webhook_id = $1 LIMIT $2)`
)

// listening has whether any webhook is active: otherwise an event is queued for none.
var listening = &postgres.Set[int64, bool]{
	Name: "active webhooks",
	Load: `SELECT key, EXISTS (SELECT FROM webhooks WHERE active) FROM unnest($1::bigint[]) AS key`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (key int64, active bool, err error) {
		err = record.Scan(&key, &active)
		return key, active, err
	},
}

// Queue implements feed.Tx.
func (t *Tx) Queue(entry feed.Entry, at time.Time) error {
	active, _, err := listening.Get(t.tx, onlyKey)
	if err != nil || !active {
		return err
	}
	_, err = t.queue(sqlQueue, entry, at)
	return err
}

// QueueFor implements webhook.Tx.
func (t *Tx) QueueFor(webhookID string, entry feed.Entry, at time.Time) (bool, error) {
	return t.queue(sqlQueueFor, entry, at, webhookID)
}

func (t *Tx) queue(statement string, entry feed.Entry, at time.Time, more ...any) (bool, error) {
	e := entry.Event
	args := []any{entry.Seq, e.ID, string(e.Type), e.OrderingKey(), clock.Text(at), textsOf(entry.Stores), entry.Aborted}
	queued, err := t.exec("queue "+string(e.Type), statement, append(args, more...)...)
	if queued > 0 {
		t.hints.queued.Stage(t.tx, struct{}{})
	}
	return queued > 0, err
}

// Next implements webhook.Queue.
func (w Webhooks) Next(ctx context.Context, webhookID string, limit int) ([]webhook.Delivery, error) {
	list, err := postgres.Rows(ctx, w.SQL(), func(record postgres.Scanner) (d webhook.Delivery, err error) {
		err = record.Scan(&d.ID, &d.WebhookID, &d.EventID, &d.Attempts, engine.Time(&d.DueAt))
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
	webhookIDs, err = postgres.Rows(ctx, w.SQL(), func(record postgres.Scanner) (id string, err error) {
		var newest int64
		err = record.Scan(&id, &newest)
		last = max(last, newest)
		return id, err
	}, sqlQueuedAfter, id, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read queued deliveries: %w", err)
	}
	return webhookIDs, last, nil
}

// LastQueued implements webhook.Queue.
func (w Webhooks) LastQueued(ctx context.Context) (int64, error) {
	return w.count(ctx, "read the last delivery", sqlLast)
}

// Document implements webhook.Queue.
func (w Webhooks) Document(ctx context.Context, deliveryID int64) ([]byte, bool, error) {
	var text string
	err := w.Reader().QueryRow(ctx, sqlDocument, deliveryID).Scan(&text)
	text, exists, err := found(ctx, "read document", text, err)
	return []byte(text), exists, err
}

// Finish implements webhook.Tx.
func (t *Tx) Finish(a webhook.Attempt) (unblocked bool, err error) {
	at := clock.Text(a.At)
	finishedAt := ""
	if a.State != webhook.Pending {
		finishedAt = at
	}
	changed, err := t.exec("finish delivery", sqlFinish, string(a.State), a.Attempts, postgres.Nullable(clock.Text(a.NextAt)), postgres.Nullable(finishedAt), at,
		a.Status, a.Latency.Milliseconds(), a.Failure, storable(a.Excerpt), a.ID)
	if err == nil && changed == 1 && a.State != webhook.Pending {
		changed, err = t.exec("unblock delivery", sqlUnblock, at, a.WebhookID, a.ID)
		unblocked = changed == 1
	}
	return unblocked, err
}

// storable returns a text of an endpoint without the bytes that PostgreSQL refuses.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

// PurgeDeliveries implements webhook.Tx.
func (t *Tx) PurgeDeliveries(webhookID string, limit int) (int64, error) {
	return t.exec("purge deliveries", sqlPurgeDeliveries, webhookID, limit)
}

const (
	columnsDelivery = `id, webhook_id, event_id, event_type, state, attempts, created_at, next_attempt_at,
	finished_at, last_attempt_at, COALESCE(last_status, 0), COALESCE(last_latency_ms, 0),
	COALESCE(last_error, ''), COALESCE(last_response, '')`
	sqlDelivery     = `SELECT ` + columnsDelivery + ` FROM deliveries WHERE id = $1 AND webhook_id = $2`
	sqlCountPending = `SELECT COALESCE(SUM(deliveries), 0)::bigint FROM delivery_totals WHERE state = 'pending'`

	sqlRepeat = `INSERT INTO deliveries (webhook_id, feed_seq, event_id, event_type, ordering_key, state, created_at, document,
	next_attempt_at) SELECT o.webhook_id, o.feed_seq, o.event_id, o.event_type, o.ordering_key, 'pending', $1::text, o.document,
		CASE WHEN EXISTS (SELECT FROM deliveries d
			WHERE d.webhook_id = o.webhook_id AND d.ordering_key = o.ordering_key AND d.state = 'pending')
			THEN NULL ELSE $1 END
	FROM deliveries o WHERE o.id = $2 RETURNING id`
	// Its own id is the ordering key: it is queued after no other delivery.
	sqlQueueOwn = `INSERT INTO deliveries (webhook_id, event_id, event_type, ordering_key, state, created_at, document, next_attempt_at)
	VALUES ($1, $2::text, $3, $2, 'pending', $5::text, $4, $5) RETURNING id`
)

func scanRecord(record postgres.Scanner) (r webhook.Record, err error) {
	var eventType, state string
	err = record.Scan(&r.ID, &r.WebhookID, &r.EventID, &eventType, &state, &r.Attempts, engine.Time(&r.CreatedAt), engine.Time(&r.NextAttemptAt),
		engine.Time(&r.FinishedAt), engine.Time(&r.LastAttemptAt), &r.Status, &r.LatencyMS, &r.Failure, &r.Response)
	r.EventType, r.State = events.Type(eventType), webhook.State(state)
	return r, err
}

// Pending returns how many deliveries are pending.
func (w Webhooks) Pending(ctx context.Context) (float64, error) {
	count, err := w.count(ctx, "count pending deliveries", sqlCountPending)
	return float64(count), err
}

// Delivery implements webhook.Tx.
func (t *Tx) Delivery(webhookID string, id int64) (webhook.Record, bool, error) {
	return read("read delivery", scanRecord, t.tx.QueryRow(sqlDelivery, id, webhookID))
}

// Repeat implements webhook.Tx.
func (t *Tx) Repeat(id int64, at time.Time) (int64, error) {
	newID, err := t.count("repeat delivery", sqlRepeat, clock.Text(at), id)
	t.hints.queued.Stage(t.tx, struct{}{})
	return newID, err
}

// QueueOwn implements webhook.Tx.
func (t *Tx) QueueOwn(webhookID, eventID string, eventType events.Type, document []byte, at time.Time) (int64, error) {
	id, err := t.count("queue "+string(eventType), sqlQueueOwn, webhookID, eventID, string(eventType), string(document), clock.Text(at))
	t.hints.queued.Stage(t.tx, struct{}{})
	return id, err
}
