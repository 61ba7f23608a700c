package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

// The bounds of what is read of the table at once, and so of what a backlog
// takes of memory, twice: one page is published while the next is read.
const (
	pageLength = 8192
	pageBytes  = 8 << 20 // of documents; the event that reaches it is the last
)

// separator stands between the texts that sqlPage puts together. No text has
// one: Append refuses it, and JSON has no zero byte. A damaged row that has one
// nevertheless leaves a part of its envelope, and a separator, to the payload,
// which then is no JSON.
const separator = "\x00"

// sqlPage reads what Append wrote. All texts come as one, because the driver
// takes as long for a column as SQLite does for the row.
const sqlPage = `SELECT seq, COALESCE(version, 0), concat_ws(char(0), id, event_type, aggregate_type, aggregate_id,
	COALESCE(store_id, ''), COALESCE(traceparent, ''), created_at, payload) FROM events WHERE seq > ? ORDER BY seq LIMIT ?`

var errPageFull = errors.New("the page is full")

// readPage returns the events behind the cursor, up to the bounds of a page.
func readPage(ctx context.Context, db *sqlite.DB, cursor int64) ([]record, error) {
	var (
		page         []record
		seq, version int64
		texts        string
		size         int
	)
	dest := []any{&seq, &version, &texts}
	err := db.Each(ctx, func(row sqlite.Scanner) error {
		if err := row.Scan(dest...); err != nil {
			return err
		}
		event, err := restore(version, texts)
		if err != nil {
			return fmt.Errorf("event with seq %d: %w", seq, err)
		}
		if page == nil {
			page = make([]record, 0, pageLength)
		}
		page = append(page, record{seq: seq, event: event})
		if size += len(event.Document()); size >= pageBytes {
			return errPageFull
		}
		return nil
	}, sqlPage, cursor, pageLength)
	if err != nil && !errors.Is(err, errPageFull) {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// restore makes the event of its version and of the texts of sqlPage.
func restore(version int64, texts string) (e events.Event, err error) {
	e.Version = version
	next := func() (text string) {
		text, texts, _ = strings.Cut(texts, separator)
		return text
	}
	e.ID, e.Type, e.AggregateType = next(), events.Type(next()), events.Aggregate(next())
	e.AggregateID, e.StoreID, e.Traceparent = next(), next(), next()
	at, err := time.Parse(time.RFC3339Nano, next())
	if err != nil {
		return e, fmt.Errorf("%w: created_at: %w", events.ErrMalformed, err)
	}
	e.CreatedAt = at.UTC()
	return events.Restore(e, texts)
}
