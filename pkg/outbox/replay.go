package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

// Status is how the events of a table stand.
type Status struct {
	SyncedSeq   int64     // the greatest seq with a synced_at; 0 for none
	LastSeq     int64     // the greatest seq; 0 for none
	Pending     int64     // events without a synced_at
	OldestSince time.Time // when the oldest of these was made; zero for none
}

const sqlStatus = `SELECT ` + synced + `, COALESCE((SELECT MAX(seq) FROM outbox), 0),
	COUNT(*), COALESCE(MIN(created_at), '') FROM outbox WHERE seq > ` + synced

// StatusOf reads how the events of the table stand. Unlike Audit it does not
// read the whole table.
func StatusOf(ctx context.Context, db *sqlite.DB) (s Status, err error) {
	var oldest string
	if err := db.Reader().QueryRowContext(ctx, sqlStatus).Scan(&s.SyncedSeq, &s.LastSeq, &s.Pending, &oldest); err != nil {
		return s, fmt.Errorf("query the status of events: %w", sqlite.Classify(err))
	}
	if oldest != "" {
		if s.OldestSince, err = time.Parse(events.TimeFormat, oldest); err != nil {
			return s, fmt.Errorf("query the status of events: %w", err)
		}
	}
	return s, nil
}

// Selection selects events to publish once more; zero fields select all.
type Selection struct {
	After, Until int64     // seqs greater than After, and not greater than Until, which is required
	Seqs         []int64   // only these; nil: any
	From, To     time.Time // made then or between
	Types        []string
}

const sqlSelection = `SELECT seq, document, COALESCE(synced_at, '') FROM event_documents
	WHERE seq IN (SELECT seq FROM outbox WHERE seq > ? AND seq <= ?`

// Select returns the events that s selects, by seq, pending ones among them.
func Select(ctx context.Context, db *sqlite.DB, s Selection) ([]Row, error) {
	query, args := sqlSelection, []any{s.After, s.Until}
	where := func(condition string, arg any) {
		query += " AND " + condition
		args = append(args, arg)
	}
	if s.Seqs != nil {
		list, err := json.Marshal(s.Seqs)
		if err != nil {
			return nil, fmt.Errorf("select events: %w", err)
		}
		where("seq IN (SELECT value FROM json_each(?))", string(list))
	}
	if !s.From.IsZero() {
		where("created_at >= ?", events.FormatTime(s.From))
	}
	if !s.To.IsZero() {
		where("created_at <= ?", events.FormatTime(s.To))
	}
	if s.Types != nil {
		list, err := json.Marshal(s.Types)
		if err != nil {
			return nil, fmt.Errorf("select events: %w", err)
		}
		where("event_type IN (SELECT value FROM json_each(?))", string(list))
	}
	rows, err := sqlite.Rows(ctx, db, scanRow, query+") ORDER BY seq", args...)
	if err != nil {
		return nil, fmt.Errorf("select events: %w", err)
	}
	return rows, nil
}
