package notifierpg

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/alert"
)

const (
	sqlPurgeFinished = `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE finished_at < $1 LIMIT $2)`
	// A deleted webhook with deliveries, because the deletion was interrupted.
	sqlOrphan = `SELECT t.webhook_id FROM delivery_totals t WHERE t.deliveries > 0
	AND NOT EXISTS (SELECT FROM webhooks w WHERE w.id = t.webhook_id) LIMIT 1`
	sqlPurgeRaised = `DELETE FROM series_raised WHERE ctid = ANY (ARRAY(SELECT ctid FROM series_raised WHERE raised_at < $1 LIMIT $2))`
	// The query passes all old entries with deliveries, which can be very many. It
	// looks for the deliveries of each one, instead of reading all deliveries first.
	sqlOldFeed = `SELECT f.seq FROM feed f
	LEFT JOIN LATERAL (SELECT true AS exists FROM deliveries d WHERE d.feed_seq = f.seq LIMIT 1) AS delivery ON true
	WHERE f.recorded_at < $1 AND delivery.exists IS NULL LIMIT $2`
	sqlPurgeFeed = `DELETE FROM feed f WHERE f.seq = ANY($1) AND NOT EXISTS (SELECT FROM deliveries d WHERE d.feed_seq = f.seq)`
)

const (
	purgeInterval = time.Hour
	purgeLimit    = 500 // records in one transaction, so that the writers are not delayed
)

// Purge deletes, a bounded number of each, deliveries that were finished before a
// time, entries of the feed that were recorded before it, and quiet periods of alerts
// that have ended for every rule. It reports whether more are left. Pending
// deliveries and their entries stay.
func (db *DB) Purge(ctx context.Context, before time.Time) (more bool, err error) {
	at := clock.Text(before)
	quiet := clock.Text(db.Clock.Now().Add(-alert.MaxQuiet))
	// The reads come before the transaction, so that the writers do not wait for them.
	// An id is never used twice, so the webhook stays deleted; an entry that got a
	// delivery after the read stays.
	var orphan string
	err = db.Reader().QueryRow(ctx, sqlOrphan).Scan(&orphan)
	orphan, left, err := postgres.Found(ctx, orphan, err)
	var old []int64
	if err == nil {
		old, err = postgres.Rows(ctx, db.SQL(), func(record postgres.Scanner) (seq int64, err error) {
			err = record.Scan(&seq)
			return seq, err
		}, sqlOldFeed, at, purgeLimit)
	}
	if err != nil {
		return false, fmt.Errorf("purge: %w", err)
	}
	err = db.change(ctx, nil, func(tx *Tx) error {
		more = left || len(old) == purgeLimit // there may be others
		for _, purge := range []struct {
			query string
			args  []any
		}{
			{sqlPurgeFinished, []any{at, purgeLimit}},
			{sqlPurgeDeliveries, []any{orphan, purgeLimit}},
			{sqlPurgeRaised, []any{quiet, purgeLimit}},
			{sqlPurgeFeed, []any{old}},
		} {
			deleted, err := tx.exec("purge", purge.query, purge.args...)
			if err != nil {
				return err
			}
			more = more || deleted == purgeLimit
		}
		return nil
	})
	return more && err == nil, err
}

// RunPurge purges deliveries and entries that are older than retention, now and every
// hour, until ctx ends.
func (db *DB) RunPurge(ctx context.Context, retention time.Duration, logger *slog.Logger) error {
	for ctx.Err() == nil {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = db.Purge(ctx, db.Clock.Now().Add(-retention)); err != nil && ctx.Err() == nil {
				logger.WarnContext(ctx, "purge feed", slog.Any("err", err))
			}
		}
		_ = clock.Sleep(ctx, db.Clock, purgeInterval) // the loop looks at ctx
	}
	return nil
}
