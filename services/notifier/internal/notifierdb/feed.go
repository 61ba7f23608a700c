package notifierdb

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
)

const (
	sqlRecord = `INSERT INTO feed (event_id, event_type, aggregate_id, store_id, recorded_at, document) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (event_id) DO NOTHING`
	sqlRecordSeries = `INSERT INTO feed_series (event_type, store_id, product_id, occurred_at, seq) VALUES (?, ?, ?, ?, ?)`
)

// Record implements feed.Tx.
func (t *Tx) Record(entry feed.Entry, at time.Time) (seq int64, isNew bool, err error) {
	e := entry.Event
	changed, seq, err := t.tx.Exec(sqlRecord, e.ID, string(e.Type), e.AggregateID, sqlite.Nullable(e.StoreID), clock.Text(at), string(e.Document()))
	if err != nil {
		return 0, false, fmt.Errorf("record %s: %w", e.Type, err)
	}
	if changed == 0 {
		return 0, false, nil
	}
	for _, s := range alert.SeriesOf(e, entry.Stores) {
		_, _, err := t.tx.Exec(sqlRecordSeries, string(s.Type), s.StoreID, s.ProductID, clock.Text(e.CreatedAt), seq)
		if err != nil {
			return 0, false, fmt.Errorf("record the series of %s: %w", e.Type, err)
		}
	}
	entry.Seq = seq
	t.hints.entries.Stage(t.tx, entry)
	return seq, true, nil
}

const sqlEntries = `SELECT seq, document FROM feed WHERE seq > ? ORDER BY seq LIMIT ?`

// Entries implements stream.Feed.
func (db *DB) Entries(ctx context.Context, after int64, limit int) ([]feed.Entry, error) {
	return sqlite.Rows(ctx, db.SQL(), scanEntry, sqlEntries, after, limit)
}

func scanEntry(row sqlite.Scanner) (e feed.Entry, err error) {
	var document []byte
	if err := row.Scan(&e.Seq, &document); err != nil {
		return e, err
	}
	if e.Event, err = events.Decode(document); err == nil {
		e.Stores, err = inventory.Stores(e.Event)
	}
	if err != nil {
		return e, fmt.Errorf("entry %d of the feed: %w", e.Seq, err)
	}
	return e, nil
}

// A seq is never used twice, so this holds also when rows were removed.
const sqlNewest = `SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'feed'`

// Newest implements stream.Feed.
func (db *DB) Newest(ctx context.Context) (int64, error) {
	var seq int64
	err := db.Reader().QueryRowContext(ctx, sqlNewest).Scan(&seq)
	return seq, sqlite.Classify(err)
}
