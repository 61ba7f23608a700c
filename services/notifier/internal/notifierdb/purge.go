package notifierdb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
)

const (
	sqlPurgeFinished = `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE finished_at < ? LIMIT ?)`
	// A deleted webhook with deliveries, because the deletion was interrupted. The
	// query jumps from the deliveries of one webhook to those of the next one.
	sqlOrphan = `WITH RECURSIVE owners(id) AS (
		SELECT MIN(webhook_id) FROM deliveries
		UNION ALL
		SELECT (SELECT MIN(d.webhook_id) FROM deliveries d WHERE d.webhook_id > owners.id) FROM owners WHERE owners.id IS NOT NULL)
	SELECT id FROM owners WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM webhooks) LIMIT 1`
	sqlPurgeRaised = `DELETE FROM series_raised WHERE (rule_id, store_id, product_id) IN (
		SELECT rule_id, store_id, product_id FROM series_raised INDEXED BY ix_series_raised_at WHERE raised_at < ? LIMIT ?)`
	// The query passes all old entries with deliveries, which can be very many.
	sqlOldFeed = `SELECT f.seq FROM feed f WHERE f.recorded_at < ?
	AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.feed_seq = f.seq) LIMIT ?`
	sqlPurgeFeed = `DELETE FROM feed WHERE seq IN (SELECT value FROM json_each(?))
	AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.feed_seq = feed.seq)`
)

const (
	purgeInterval = time.Hour
	purgeLimit    = 500 // records in one transaction, so that the writer is not delayed
)

// Purge deletes, a bounded number of each, deliveries that were finished before a
// time, entries of the feed that were recorded before it, and quiet periods of alerts
// that have ended for every rule. It reports whether more are left. Pending
// deliveries and their entries stay.
func (db *DB) Purge(ctx context.Context, before time.Time) (more bool, err error) {
	at := clock.Text(before)
	quiet := clock.Text(db.Clock.Now().Add(-alert.MaxQuiet))
	// The read comes before the transaction, so that the writer does not wait for it.
	// An id is never used twice, so the webhook stays deleted.
	orphan, left, err := db.findOrphan(ctx)
	if err != nil {
		return false, fmt.Errorf("purge: %w", err)
	}
	err = db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		more = left // there may be another one
		for _, purge := range []struct {
			query string
			args  []any
		}{
			{sqlPurgeFinished, []any{at, purgeLimit}},
			{sqlPurgeDeliveries, []any{orphan, purgeLimit}},
			{sqlPurgeRaised, []any{quiet, purgeLimit}},
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
	purged, err := db.purgeFeed(ctx, at)
	if err != nil {
		return false, fmt.Errorf("purge the feed: %w", err)
	}
	return more || purged == purgeLimit, nil
}

// purgeFeed deletes entries that were recorded before a time. It reads them before
// the transaction, so that the writer does not wait; an entry that got a delivery
// after the read stays.
func (db *DB) purgeFeed(ctx context.Context, before string) (found int, err error) {
	seqs, err := sqlite.Rows(ctx, db.SQL(), scanSeq, sqlOldFeed, before, purgeLimit)
	if err != nil || len(seqs) == 0 {
		return 0, err
	}
	list, err := json.Marshal(seqs)
	if err != nil {
		return 0, err
	}
	return len(seqs), db.DB.Write(ctx, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(sqlPurgeFeed, string(list))
		return err
	})
}

func scanSeq(s sqlite.Scanner) (seq int64, err error) {
	err = s.Scan(&seq)
	return seq, err
}

// findOrphan returns a deleted webhook that has deliveries, if there is one.
func (db *DB) findOrphan(ctx context.Context) (id string, found bool, err error) {
	err = db.Reader().QueryRowContext(ctx, sqlOrphan).Scan(&id)
	return sqlite.Found(id, err)
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
