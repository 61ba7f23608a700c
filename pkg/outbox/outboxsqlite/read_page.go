package outboxsqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
)

// The bounds of one page that is read from the table, and so of the memory that
// a backlog uses: one page is published while the next is read, and each keeps
// its texts beside the documents created from them.
const (
	pageStart  = 1024 // events that are worth a batch
	pageLength = 8192
	pageBytes  = 8 << 20 // of texts; the event that reaches it is the last
)

// separator separates the texts that sqlPage joins. No text has one: Append
// refuses it, and JSON has no zero byte. A damaged record that has one
// nevertheless leaves a part of its envelope, and a separator, to the payload,
// which then is not JSON.
const separator = "\x00"

// sqlPage reads the columns that Append wrote. All texts are joined into one,
// because the driver takes as long for a column as SQLite does for the record.
const sqlPage = `SELECT seq, COALESCE(version, 0), concat_ws(char(0), id, event_type, aggregate_type, aggregate_id,
	COALESCE(store_id, ''), COALESCE(actor, ''), COALESCE(traceparent, ''), created_at, payload) FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?`

// storedRow is a record of sqlPage.
type storedRow struct {
	seq, version int64
	texts        string
}

// chunkLength is how many records go from the reader to the restorer at once.
const chunkLength = 128

var errPageFull = errors.New("the page is full")

// Unpublished implements outbox.Store: a page has pageStart events at least, if
// there are as many. Decoding the events of records takes as long as reading
// these, so both run at the same time.
func (s *Store) Unpublished(ctx context.Context, after int64, enough func() bool) (outbox.Batch, error) {
	chunks := make(chan []storedRow, pageLength/chunkLength) // the reader never waits
	var (
		page       = outbox.Batch{After: after, Last: after}
		restoreErr error
		restoring  sync.WaitGroup
	)
	restoring.Go(func() {
		for chunk := range chunks {
			if restoreErr == nil {
				restoreErr = appendRows(&page, chunk)
			}
		}
	})
	readErr := readRows(ctx, s.db, after, enough, chunks)
	close(chunks)
	restoring.Wait()
	if err := cmp.Or(restoreErr, readErr); err != nil {
		return outbox.Batch{}, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// readRows sends the records after the seq after.
func readRows(ctx context.Context, db *sqlite.DB, after int64, enough func() bool, chunks chan<- []storedRow) error {
	var (
		row         storedRow
		chunk       []storedRow
		count, size int
	)
	dest := []any{&row.seq, &row.version, &row.texts}
	err := db.Each(ctx, func(r sqlite.Scanner) error {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		if chunk == nil {
			chunk = make([]storedRow, 0, chunkLength)
		}
		chunk = append(chunk, row)
		count, size = count+1, size+len(row.texts)
		if len(chunk) == chunkLength {
			chunks <- chunk
			chunk = nil
		}
		if size >= pageBytes || count >= pageStart && enough() {
			return errPageFull
		}
		return nil
	}, sqlPage, after, pageLength)
	if err != nil && !errors.Is(err, errPageFull) {
		return err
	}
	if chunk != nil {
		chunks <- chunk
	}
	return nil
}

// appendRows appends the events of the records to the page.
func appendRows(page *outbox.Batch, rows []storedRow) error {
	switch count := len(page.Events); {
	case count == 0:
		page.Events = make([]events.Event, 0, pageStart)
	case count+len(rows) > cap(page.Events): // once: append would copy the page again and again
		page.Events = slices.Grow(page.Events, pageLength-count)
	}
	for _, row := range rows {
		event, err := restore(row.version, row.texts)
		if err != nil {
			return fmt.Errorf("event with seq %d: %w", row.seq, err)
		}
		page.Events, page.Last = append(page.Events, event), row.seq
	}
	return nil
}

// restore returns the event with the version and the texts of sqlPage.
func restore(version int64, texts string) (e events.Event, err error) {
	e.Version = version
	next := func() (text string) {
		text, texts, _ = strings.Cut(texts, separator)
		return text
	}
	e.ID, e.Type, e.AggregateType = next(), events.Type(next()), events.Aggregate(next())
	e.AggregateID, e.StoreID, e.Actor, e.Traceparent = next(), next(), next(), next()
	at, err := time.Parse(time.RFC3339Nano, next())
	if err != nil {
		return e, fmt.Errorf("%w: created_at: %w", events.ErrMalformed, err)
	}
	e.CreatedAt = at.UTC()
	if e, err = events.Restore(e, texts); err != nil {
		return e, err
	}
	// IsValid takes less than half as long as encoding/json.
	if !jsontext.Value(e.Payload).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return e, fmt.Errorf("%w: payload is not JSON", events.ErrMalformed)
	}
	return e, nil
}
