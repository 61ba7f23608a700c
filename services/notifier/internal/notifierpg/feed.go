package notifierpg

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/contract/inventory"
	"inventory.example/pkg/events"
	"inventory.example/pkg/postgres"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/feed"
)

// onlyKey is the key of a table with one record.
const onlyKey = int64(0)

// lastSeq has the last seq of the feed that was used.
var lastSeq = &postgres.Set[int64, int64]{
	Name: "feed_seq",
	Load: `SELECT id, seq FROM feed_seq WHERE id = ANY($1)`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (key, seq int64, err error) {
		err = record.Scan(&key, &seq)
		return key, seq, err
	},
	Update:  `UPDATE feed_seq SET seq = n.seq FROM unnest($1::bigint[]) AS n (seq) WHERE id = 0`,
	Columns: func(list []int64) []any { return []any{list} },
}

// recorded is an entry of the feed that was recorded by this group, or only the seq
// of an earlier one.
type recorded struct {
	feed.Entry
	at time.Time
}

const sqlInsertEntries = `INSERT INTO feed (seq, event_id, event_type, aggregate_id, store_id, recorded_at, document)
SELECT n.seq, n.event_id, n.event_type, n.aggregate_id, n.store_id, n.recorded_at, n.document
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
	AS n (seq, event_id, event_type, aggregate_id, store_id, recorded_at, document)`

// entries are the entries of the feed, by the ids of their events.
var entries = &postgres.Set[string, recorded]{
	Name: "feed",
	Load: `SELECT event_id, seq FROM feed WHERE event_id = ANY($1)`,
	Keys: func(ids []string) []any { return []any{ids} },
	Scan: func(record postgres.Scanner) (id string, r recorded, err error) {
		err = record.Scan(&id, &r.Seq)
		return id, r, err
	},
	Insert: sqlInsertEntries,
	Columns: func(list []recorded) []any {
		text := func(of func(e events.Event) string) []string {
			return postgres.Column(list, func(r recorded) string { return of(r.Event) })
		}
		return []any{
			postgres.Column(list, func(r recorded) int64 { return r.Seq }),
			text(func(e events.Event) string { return e.ID }),
			text(func(e events.Event) string { return string(e.Type) }),
			text(func(e events.Event) string { return e.AggregateID }),
			postgres.Column(list, func(r recorded) *string { return postgres.Nullable(r.Event.StoreID) }),
			postgres.Column(list, func(r recorded) string { return clock.Text(r.at) }),
			text(func(e events.Event) string { return string(e.Document()) }),
		}
	},
}

// counted is a record of feed_series.
type counted struct {
	alert.Series
	at  time.Time
	seq int64
}

const sqlInsertSeries = `INSERT INTO feed_series (event_type, store_id, product_id, occurred_at, seq)
SELECT n.event_type, n.store_id, n.product_id, n.occurred_at, n.seq
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS n (event_type, store_id, product_id, occurred_at, seq)`

var series = &postgres.Log[counted]{
	Name:   "feed_series",
	Insert: sqlInsertSeries,
	Columns: func(list []counted) []any {
		text := func(of func(c counted) string) []string { return postgres.Column(list, of) }
		return []any{
			text(func(c counted) string { return string(c.Type) }),
			text(func(c counted) string { return c.StoreID }),
			text(func(c counted) string { return c.ProductID }),
			text(func(c counted) string { return clock.Text(c.at) }),
			postgres.Column(list, func(c counted) int64 { return c.seq }),
		}
	},
}

// Record implements feed.Tx.
func (t *Tx) Record(entry feed.Entry, at time.Time) (seq int64, isNew bool, err error) {
	e := entry.Event
	_, known, err := entries.Get(t.tx, e.ID)
	if err != nil || known {
		return 0, false, err
	}
	if seq, _, err = lastSeq.Get(t.tx, onlyKey); err == nil {
		seq++
		err = lastSeq.Put(t.tx, onlyKey, seq)
	}
	entry.Seq = seq
	if err == nil {
		err = entries.Put(t.tx, e.ID, recorded{entry, at})
	}
	for _, s := range alert.SeriesOf(e, entry.Stores) {
		if err == nil {
			err = series.Append(t.tx, counted{s, e.CreatedAt, seq})
		}
	}
	if err != nil {
		return 0, false, fmt.Errorf("record %s: %w", e.Type, err)
	}
	t.hints.entries.Stage(t.tx, entry)
	return seq, true, nil
}

const (
	sqlEntries = `SELECT seq, document FROM feed WHERE seq > $1 ORDER BY seq LIMIT $2`
	sqlNewest  = `SELECT seq FROM feed_seq`
)

// Entries implements stream.Feed.
func (db *DB) Entries(ctx context.Context, after int64, limit int) ([]feed.Entry, error) {
	return postgres.Rows(ctx, db.SQL(), scanEntry, sqlEntries, after, limit)
}

func scanEntry(record postgres.Scanner) (e feed.Entry, err error) {
	var document string
	if err := record.Scan(&e.Seq, &document); err != nil {
		return e, err
	}
	if e.Event, err = events.Decode([]byte(document)); err == nil {
		e.Stores, err = inventory.Stores(e.Event)
	}
	if err != nil {
		return e, fmt.Errorf("entry %d of the feed: %w", e.Seq, err)
	}
	return e, nil
}

// Newest implements stream.Feed.
func (db *DB) Newest(ctx context.Context) (seq int64, err error) {
	err = db.Reader().QueryRow(ctx, sqlNewest).Scan(&seq)
	return seq, postgres.Classify(ctx, err)
}
