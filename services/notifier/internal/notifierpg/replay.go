package notifierpg

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/feed"
	"inventory.example/services/notifier/internal/webhook"
)

const (
	selectRest  = `SELECT webhook_id, event_types, after_at, after_seq, until_at FROM replays `
	sqlRest     = selectRest + `WHERE webhook_id = $1`
	sqlRests    = selectRest + `ORDER BY webhook_id`
	sqlSaveRest = `INSERT INTO replays (webhook_id, event_types, after_at, after_seq, until_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (webhook_id) DO UPDATE SET after_at = excluded.after_at, after_seq = excluded.after_seq`
	sqlDeleteRest = `DELETE FROM replays WHERE webhook_id = $1`

	sqlRecordedAfter = `SELECT recorded_at, seq, document FROM feed
	WHERE (recorded_at, seq) > ($1, $2) AND recorded_at < $3 ORDER BY recorded_at, seq LIMIT $4`
	sqlCountPendingOf = `SELECT COALESCE(SUM(deliveries), 0)::bigint FROM delivery_totals WHERE webhook_id = $1 AND state = 'pending'`
)

func scanRest(record postgres.Scanner) (r webhook.Rest, err error) {
	var types []string
	err = record.Scan(&r.WebhookID, &types, engine.Time(&r.After.At), &r.After.Seq, engine.Time(&r.Until))
	r.EventTypes = typesOf(types)
	return r, err
}

// Rests implements webhook.Repository.
func (w Webhooks) Rests(ctx context.Context) ([]webhook.Rest, error) {
	list, err := postgres.Rows(ctx, w.SQL(), scanRest, sqlRests)
	if err != nil {
		return nil, fmt.Errorf("read replays: %w", err)
	}
	return list, nil
}

// Rest implements webhook.Tx.
func (t *Tx) Rest(webhookID string) (webhook.Rest, bool, error) {
	return read("read replay", scanRest, t.tx.QueryRow(sqlRest, webhookID))
}

// SaveRest implements webhook.Tx.
func (t *Tx) SaveRest(r webhook.Rest) error {
	_, err := t.exec("save replay", sqlSaveRest, r.WebhookID, textsOf(r.EventTypes), clock.Text(r.After.At), r.After.Seq, clock.Text(r.Until))
	return err
}

// DeleteRest implements webhook.Tx.
func (t *Tx) DeleteRest(webhookID string) error {
	_, err := t.exec("delete replay", sqlDeleteRest, webhookID)
	return err
}

// RecordedAfter implements webhook.Tx.
func (t *Tx) RecordedAfter(after webhook.Place, until time.Time, limit int) (list []webhook.Recorded, err error) {
	err = t.tx.Query(func(record postgres.Scanner) error {
		var r webhook.Recorded
		var document string
		if err := record.Scan(engine.Time(&r.At), &r.Seq, &document); err != nil {
			return err
		}
		e, err := events.Decode([]byte(document))
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

// CountPending implements webhook.Tx.
func (t *Tx) CountPending(webhookID string) (int64, error) {
	return t.count("count pending deliveries", sqlCountPendingOf, webhookID)
}
