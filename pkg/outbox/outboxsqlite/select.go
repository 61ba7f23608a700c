package outboxsqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
)

const sqlStatus = `SELECT ` + synced + `, COALESCE((SELECT MAX(seq) FROM outbox), 0),
	COUNT(*), COALESCE(MIN(created_at), '') FROM outbox WHERE seq > ` + synced

// Status implements outbox.Reader. Unlike Audit it does not read the whole table.
func (s *Store) Status(ctx context.Context) (status outbox.Status, err error) {
	var oldest string
	err = s.db.Reader().QueryRowContext(ctx, sqlStatus).Scan(&status.SyncedSeq, &status.LastSeq, &status.Pending, &oldest)
	if err != nil {
		return status, fmt.Errorf("query the status of events: %w", sqlite.Classify(err))
	}
	if oldest != "" {
		if status.OldestSince, err = time.Parse(events.TimeFormat, oldest); err != nil {
			return status, fmt.Errorf("query the status of events: %w", err)
		}
	}
	return status, nil
}

const sqlSelection = `SELECT seq, document, COALESCE(synced_at, '') FROM event_documents
	WHERE seq IN (SELECT seq FROM outbox WHERE seq > ? AND seq <= ?`

// Select implements outbox.Reader.
func (s *Store) Select(ctx context.Context, selection outbox.Selection) ([]outbox.Row, error) {
	query, args := sqlSelection, []any{selection.After, selection.Until}
	where := func(condition string, arg any) {
		query += " AND " + condition
		args = append(args, arg)
	}
	if selection.Seqs != nil {
		list, err := json.Marshal(selection.Seqs)
		if err != nil {
			return nil, fmt.Errorf("select events: %w", err)
		}
		where("seq IN (SELECT value FROM json_each(?))", string(list))
	}
	if !selection.From.IsZero() {
		where("created_at >= ?", events.FormatTime(selection.From))
	}
	if !selection.To.IsZero() {
		where("created_at <= ?", events.FormatTime(selection.To))
	}
	if selection.Types != nil {
		list, err := json.Marshal(selection.Types)
		if err != nil {
			return nil, fmt.Errorf("select events: %w", err)
		}
		where("event_type IN (SELECT value FROM json_each(?))", string(list))
	}
	rows, err := sqlite.Rows(ctx, s.db, scanRow, query+") ORDER BY seq", args...)
	if err != nil {
		return nil, fmt.Errorf("select events: %w", err)
	}
	return rows, nil
}
