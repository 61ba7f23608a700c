package notifierdb

import (
	"context"
	"fmt"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
)

const sqlRecord = `INSERT INTO feed (event_id, event_type, aggregate_id, store_id, other_store_id, recorded_at, document,
	occurred_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`

// Record implements feed.Tx. A new entry is staged for those who follow the
// feed.
func (t *Tx) Record(entry feed.Entry, at string) (seq int64, isNew bool, err error) {
	var stores [2]string
	copy(stores[:], entry.Stores)
	e := entry.Event
	var occurredAt any
	if alert.Counts(e) {
		occurredAt = events.FormatTime(e.CreatedAt)
	}
	changed, seq, err := t.tx.Exec(sqlRecord, e.ID, string(e.Type), e.AggregateID,
		sqlite.Nullable(stores[0]), sqlite.Nullable(stores[1]), at, string(e.Document()), occurredAt)
	if err != nil {
		return 0, false, fmt.Errorf("record %s: %w", e.Type, err)
	}
	if changed == 0 {
		return 0, false, nil
	}
	entry.Seq = seq
	t.tx.Stage(entry)
	return seq, true, nil
}

const sqlEntries = `SELECT seq, COALESCE(store_id, ''), COALESCE(other_store_id, ''), document FROM feed WHERE seq > ? ORDER BY seq LIMIT ?`

// Entries implements stream.Feed.
func (db *DB) Entries(ctx context.Context, after int64, limit int) ([]feed.Entry, error) {
	return sqlite.Rows(ctx, db.DB, scanEntry, sqlEntries, after, limit)
}

func scanEntry(row sqlite.Scanner) (e feed.Entry, err error) {
	var stores [2]string
	var document []byte
	if err := row.Scan(&e.Seq, &stores[0], &stores[1], &document); err != nil {
		return e, err
	}
	for _, store := range stores {
		if store != "" {
			e.Stores = append(e.Stores, store)
		}
	}
	if e.Event, err = events.Decode(document); err != nil {
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
