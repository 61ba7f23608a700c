package outboxpg

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/postgres"
)

// The bounds of one page that the relay reads, and so of the memory that a
// backlog uses.
const (
	pageStart  = 1024 // events that are worth a batch
	pageLength = 8192
	pageBytes  = 8 << 20 // of payloads; the event that reaches it is the last
)

// columns are those of scanEvent.
const columns = `seq, COALESCE(version, 0), id, event_type, aggregate_type, aggregate_id, COALESCE(store_id, ''), COALESCE(actor, ''),
	COALESCE(traceparent, ''), created_at, payload`

const sqlUnpublished = `SELECT ` + columns + ` FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2`

var errPageFull = errors.New("the page is full")

// scanEvent reads columns, and after them the values of more.
func scanEvent(record postgres.Scanner, more ...any) (c outbox.Committed, err error) {
	e := &c.Event
	var createdAt, payload string
	err = record.Scan(append([]any{
		&c.Seq, &e.Version, &e.ID, (*string)(&e.Type), (*string)(&e.AggregateType), &e.AggregateID, &e.StoreID, &e.Actor,
		&e.Traceparent, &createdAt, &payload,
	}, more...)...)
	if err != nil {
		return c, err
	}
	at, err := time.Parse(time.RFC3339Nano, createdAt)
	if err != nil {
		return c, fmt.Errorf("event with seq %d: %w: created_at: %w", c.Seq, events.ErrMalformed, err)
	}
	e.CreatedAt = at.UTC()
	if c.Event, err = events.Restore(*e, payload); err != nil {
		return c, fmt.Errorf("event with seq %d: %w", c.Seq, err)
	}
	return c, nil
}

// Unpublished implements outbox.Store.
func (s *Store) Unpublished(ctx context.Context, after int64, enough func() bool) (outbox.Batch, error) {
	page, size := outbox.Batch{After: after, Last: after}, 0
	err := s.db.Each(ctx, func(record postgres.Scanner) error {
		c, err := scanEvent(record)
		if err != nil {
			return err
		}
		page.Events, page.Last = append(page.Events, c.Event), c.Seq
		size += len(c.Event.Payload)
		if size >= pageBytes || len(page.Events) >= pageStart && enough() {
			return errPageFull
		}
		return nil
	}, sqlUnpublished, after, pageLength)
	if err != nil && !errors.Is(err, errPageFull) {
		return outbox.Batch{}, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// query is a statement that is put together from conditions.
type query struct {
	text strings.Builder
	args []any
}

// where adds a condition, with the value in place of each ?.
func (q *query) where(condition string, value any) {
	q.args = append(q.args, value)
	q.text.WriteString(" AND " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(q.args))))
}

// rows reads the events of the conditions with their stamps, by seq.
func (q *query) rows(ctx context.Context, db *postgres.DB, limit int) ([]outbox.Row, error) {
	text := `SELECT ` + columns + `,
	COALESCE((SELECT synced_at FROM acknowledged WHERE until_seq >= e.seq ORDER BY until_seq LIMIT 1), '')
FROM outbox e WHERE true` + q.text.String() + ` ORDER BY seq`
	if limit > 0 {
		q.args = append(q.args, limit)
		text += " LIMIT $" + strconv.Itoa(len(q.args))
	}
	return postgres.Rows(ctx, db, func(record postgres.Scanner) (r outbox.Row, err error) {
		c, err := scanEvent(record, &r.SyncedAt)
		r.Seq, r.Document = c.Seq, c.Event.Document()
		return r, err
	}, text, q.args...)
}

// Page implements outbox.Reader.
func (s *Store) Page(ctx context.Context, f outbox.Filter) ([]outbox.Row, error) {
	var q query
	q.where("seq > ?", f.After)
	if f.Pending {
		q.text.WriteString(" AND seq > " + synced)
	}
	if f.Type != "" {
		q.where("event_type = ?", f.Type)
	}
	if f.AggregateID != "" {
		q.where("aggregate_id = ?", f.AggregateID)
	}
	if f.Actor != "" {
		q.where("actor = ?", f.Actor)
	}
	if f.StoreID != "" {
		q.where("stores @> ARRAY[?::text]", f.StoreID)
	}
	if f.Within != nil {
		q.where("stores <@ ?::text[] AND stores && ?::text[]", f.Within)
	}
	page, err := q.rows(ctx, s.db, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("query events: %w", err)
	}
	return page, nil
}

// Select implements outbox.Reader.
func (s *Store) Select(ctx context.Context, selection outbox.Selection) ([]outbox.Row, error) {
	var q query
	q.where("seq > ?", selection.After)
	q.where("seq <= ?", selection.Until)
	if selection.Seqs != nil {
		q.where("seq = ANY(?)", selection.Seqs)
	}
	if !selection.From.IsZero() {
		q.where("created_at >= ?", events.FormatTime(selection.From))
	}
	if !selection.To.IsZero() {
		q.where("created_at <= ?", events.FormatTime(selection.To))
	}
	if selection.Types != nil {
		q.where("event_type = ANY(?)", selection.Types)
	}
	rows, err := q.rows(ctx, s.db, 0)
	if err != nil {
		return nil, fmt.Errorf("select events: %w", err)
	}
	return rows, nil
}

const sqlEntries = `SELECT seq, id, seq <= ` + synced + `, created_at FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2`

// Entries implements outbox.Reader.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]audit.Event, error) {
	list, err := postgres.Rows(ctx, s.db, func(record postgres.Scanner) (e audit.Event, err error) {
		err = record.Scan(&e.Seq, &e.ID, &e.Synced, &e.CreatedAt)
		return e, err
	}, sqlEntries, after, limit)
	if err != nil {
		return nil, fmt.Errorf("query the places of events: %w", err)
	}
	return list, nil
}

const sqlStatus = `SELECT ` + synced + `, ` + newest + `, COUNT(*), COALESCE(MIN(created_at), '')
FROM outbox WHERE seq > ` + synced

// Status implements outbox.Reader.
func (s *Store) Status(ctx context.Context) (status outbox.Status, err error) {
	var oldest string
	err = s.db.Reader().QueryRow(ctx, sqlStatus).Scan(&status.SyncedSeq, &status.LastSeq, &status.Pending, &oldest)
	if err != nil {
		return status, fmt.Errorf("query the status of events: %w", postgres.Classify(ctx, err))
	}
	if oldest != "" {
		if status.OldestSince, err = time.Parse(events.TimeFormat, oldest); err != nil {
			return status, fmt.Errorf("query the status of events: %w", err)
		}
	}
	return status, nil
}
