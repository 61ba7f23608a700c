package notifierdb

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

const (
	sqlPurgeFinished = `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE finished_at < ? LIMIT ?)`
	// What the deletion of a webhook left behind when it was interrupted.
	sqlPurgeOrphans = `DELETE FROM deliveries WHERE id IN
	(SELECT d.id FROM deliveries d WHERE NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.id = d.webhook_id) LIMIT ?)`
	sqlPurgeFeed = `DELETE FROM feed WHERE seq IN (SELECT f.seq FROM feed f WHERE f.recorded_at < ?
	AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.feed_seq = f.seq) LIMIT ?)`
)

const (
	purgeInterval = time.Hour
	purgeLimit    = 500 // rows in one transaction, so that the writer is not held up
)

// Purge deletes a bounded number of deliveries that were over, and of entries of
// the feed that were recorded, before a time, and reports whether more are left.
// What is pending stays, and the entries that it needs.
func (db *DB) Purge(ctx context.Context, before time.Time) (more bool, err error) {
	at := events.FormatTime(before)
	err = db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		more = false
		for _, purge := range []struct {
			query string
			args  []any
		}{
			{sqlPurgeFinished, []any{at, purgeLimit}},
			{sqlPurgeOrphans, []any{purgeLimit}},
			{sqlPurgeFeed, []any{at, purgeLimit}},
		} {
			deleted, _, err := tx.Exec(purge.query, purge.args...)
			if err != nil {
				return err
			}
			more = more || deleted == purgeLimit
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("purge: %w", err)
	}
	return more, nil
}

// RunPurge purges what is older than retention now and every hour, until ctx
// ends.
func (db *DB) RunPurge(ctx context.Context, retention time.Duration, logger *slog.Logger) error {
	for {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = db.Purge(ctx, db.clock.Now().Add(-retention)); err != nil && ctx.Err() == nil {
				logger.WarnContext(ctx, "purge feed", slog.Any("err", err))
			}
		}
		timer := db.clock.NewTimer(purgeInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C():
		}
	}
}
