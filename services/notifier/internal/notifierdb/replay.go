package notifierdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	selectRest  = `SELECT webhook_id, event_types, after_at, after_seq, until_at FROM replays `
	sqlRest     = selectRest + `WHERE webhook_id = ?`
	sqlRests    = selectRest + `ORDER BY webhook_id`
	sqlSaveRest = `INSERT INTO replays (webhook_id, event_types, after_at, after_seq, until_at) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET after_at = excluded.after_at, after_seq = excluded.after_seq`
	sqlDeleteRest = `DELETE FROM replays WHERE webhook_id = ?`

	sqlRecordedAfter = `SELECT recorded_at, seq, document FROM feed INDEXED BY ix_feed_recorded_at
	WHERE (recorded_at, seq) > (?, ?) AND recorded_at < ? ORDER BY recorded_at, seq LIMIT ?`
	sqlQueueFor       = sqlQueue + ` AND w.id = ?8`
	sqlCountPendingOf = `SELECT COALESCE(SUM(deliveries), 0) FROM delivery_totals WHERE webhook_id = ? AND state = 'pending'`
)

func scanRest(s sqlite.Scanner) (r webhook.Rest, err error) {
	var types string
	err = s.Scan(&r.WebhookID, &types, engine.Time(&r.After.At), &r.After.Seq, engine.Time(&r.Until))
	if err == nil {
		err = json.Unmarshal([]byte(types), &r.EventTypes)
	}
	return r, err
}

// Rests implements webhook.Repository.
func (w Webhooks) Rests(ctx context.Context) ([]webhook.Rest, error) {
	list, err := sqlite.Rows(ctx, w.SQL(), scanRest, sqlRests)
	if err != nil {
		return nil, fmt.Errorf("read replays: %w", err)
	}
	return list, nil
}

// Rest implements webhook.Tx.
func (t *Tx) Rest(webhookID string) (webhook.Rest, bool, error) {
	rest, found, err := sqlite.Found(scanRest(t.tx.QueryRow(sqlRest, webhookID)))
	if err != nil {
		err = fmt.Errorf("read replay: %w", err)
	}
	return rest, found, err
}

// SaveRest implements webhook.Tx.
func (t *Tx) SaveRest(r webhook.Rest) error {
	types := make([]string, len(r.EventTypes))
	for i, eventType := range r.EventTypes {
		types[i] = string(eventType)
	}
	_, _, err := t.tx.Exec(sqlSaveRest, r.WebhookID, sqlite.List(types), clock.Text(r.After.At), r.After.Seq, clock.Text(r.Until))
	if err != nil {
		return fmt.Errorf("save replay: %w", err)
	}
	return nil
}

// DeleteRest implements webhook.Tx.
func (t *Tx) DeleteRest(webhookID string) error {
	if _, _, err := t.tx.Exec(sqlDeleteRest, webhookID); err != nil {
		return fmt.Errorf("delete replay: %w", err)
	}
	return nil
}

// RecordedAfter implements webhook.Tx.
func (t *Tx) RecordedAfter(after webhook.Place, until time.Time, limit int) (list []webhook.Recorded, err error) {
	err = t.tx.Query(func(s sqlite.Scanner) error {
		var r webhook.Recorded
		var document []byte
		if err := s.Scan(engine.Time(&r.At), &r.Seq, &document); err != nil {
			return err
		}
		e, err := events.Decode(document)
		if err == nil {
			r.Entry, err = feed.EntryOf(e)
		}
		r.Entry.Seq = r.Seq
		list = append(list, r)
		return err
	}, sqlRecordedAfter, clock.Text(after.At), after.Seq, clock.Text(until), limit)
	if err != nil {
		return nil, fmt.Errorf("read a range of the feed: %w", err)
	}
	return list, nil
}

// QueueFor implements webhook.Tx.
func (t *Tx) QueueFor(webhookID string, entry feed.Entry, at time.Time) (bool, error) {
	e := entry.Event
	queued, _, err := t.tx.Exec(sqlQueueFor, entry.Seq, e.ID, string(e.Type), e.OrderingKey(), clock.Text(at), sqlite.List(entry.Stores),
		entry.Aborted, webhookID)
	if err != nil {
		return false, fmt.Errorf("queue %s again: %w", e.Type, err)
	}
	if queued > 0 {
		t.hints.queued.Stage(t.tx, struct{}{})
	}
	return queued > 0, nil
}

// CountPending implements webhook.Tx.
func (t *Tx) CountPending(webhookID string) (count int64, err error) {
	if err := t.tx.QueryRow(sqlCountPendingOf, webhookID).Scan(&count); err != nil {
		return 0, fmt.Errorf("count pending deliveries: %w", err)
	}
	return count, nil
}
