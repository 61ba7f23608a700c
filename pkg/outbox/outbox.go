// Package outbox is the transactional outbox of a service: the table of events,
// which is written in the transaction of the change that an event tells of, and
// the relay that publishes it. There is no other way to publish, so state and
// events cannot come apart.
package outbox

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component is the schema of the outbox, to be opened with the database.
func Component() sqlite.Component {
	return sqlite.Component{Name: "outbox", FS: migrations}
}

// record is an event with its place in the table.
type record struct {
	seq   int64
	event events.Event
}

const sqlInsertEvent = `INSERT INTO outbox
	(id, event_type, aggregate_type, aggregate_id, store_id, version, actor, traceparent, payload, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// Append writes event to the table within tx. It is published after tx has
// committed. The order of Append calls is the order of publishing.
func Append(tx *sqlite.Tx, event events.Event) error {
	if len(event.Document()) == 0 {
		// It could not be published, and the relay would stop in front of it.
		return fmt.Errorf("append %s: the event has no document; only New and Decode make events", event.Type)
	}
	for _, text := range []string{event.ID, string(event.Type), string(event.AggregateType), event.AggregateID, event.StoreID, event.Actor, event.Traceparent} {
		if strings.Contains(text, separator) {
			return fmt.Errorf("append %s: %q has a zero byte", event.Type, text) // the same
		}
	}
	var version any
	if event.Version != 0 {
		version = event.Version
	}
	_, seq, err := tx.Exec(sqlInsertEvent, event.ID, string(event.Type), string(event.AggregateType), event.AggregateID,
		sqlite.Nullable(event.StoreID), version, sqlite.Nullable(event.Actor), sqlite.Nullable(event.Traceparent), string(event.Payload),
		events.FormatTime(event.CreatedAt))
	if err != nil {
		return fmt.Errorf("append %s: %w", event.Type, err)
	}
	tx.Stage(record{seq: seq, event: event})
	return nil
}

// Filter selects events of the table; zero fields select all.
type Filter struct {
	Type        string
	AggregateID string
	Actor       string
	StoreIDs    []string // events of one of these stores; nil: of any store and of none
	Pending     bool     // only what the broker has not acknowledged
	After       int64    // events with a greater seq
	Limit       int      // rows at most; required
}

// synced is an expression of SQL: the seq up to which the broker has
// acknowledged everything, 0 for none.
const synced = `(SELECT COALESCE(MAX(until_seq), 0) FROM acknowledged)`

// Row is an event of the table.
type Row struct {
	Seq      int64
	Document []byte
	SyncedAt string // events.TimeFormat, empty while pending
}

const sqlPageColumns = `SELECT seq, document, COALESCE(synced_at, '') FROM event_documents WHERE seq > `

// Page returns the events that match f, by seq.
func Page(ctx context.Context, db *sqlite.DB, f Filter) ([]Row, error) {
	query, args := sqlPageColumns+"?", []any{f.After}
	if f.Pending { // one bound, because SQLite begins at one
		query = sqlPageColumns + "MAX(?, " + synced + ")"
	}
	where := func(condition string, arg any) {
		query += " AND " + condition
		args = append(args, arg)
	}
	if f.Type != "" {
		where("event_type = ?", f.Type)
	}
	if f.AggregateID != "" {
		where("aggregate_id = ?", f.AggregateID)
	}
	if f.Actor != "" {
		where("actor = ?", f.Actor)
	}
	if f.StoreIDs != nil {
		where("store_id IN (SELECT value FROM json_each(?))", sqlite.Stores(f.StoreIDs))
	}
	query += " ORDER BY seq LIMIT ?"
	page, err := sqlite.Rows(ctx, db, scanRow, query, append(args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("query events: %w", err)
	}
	return page, nil
}

func scanRow(s sqlite.Scanner) (r Row, err error) {
	err = s.Scan(&r.Seq, &r.Document, &r.SyncedAt)
	return r, err
}
