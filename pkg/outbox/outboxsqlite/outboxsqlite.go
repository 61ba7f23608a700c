// Package outboxsqlite is the outbox on SQLite: the table of events in the
// database of a service.
package outboxsqlite

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component is the schema of the outbox, to be opened with the database.
func Component() sqlite.Component {
	return sqlite.Component{Name: "outbox", FS: migrations}
}

// Store implements outbox.Store and outbox.Reader.
type Store struct {
	db        *sqlite.DB
	logger    *slog.Logger
	committed sqlite.Hint[outbox.Committed]
	lead      chan struct{} // holds one token while no relay leads
}

// New returns the outbox of the database, which was opened with Component. There
// is one for a database. logger nil is slog.Default.
func New(db *sqlite.DB, logger *slog.Logger) *Store {
	if logger == nil {
		logger = slog.Default()
	}
	s := &Store{db: db, logger: logger, lead: make(chan struct{}, 1)}
	s.lead <- struct{}{}
	return s
}

const sqlInsertEvent = `INSERT INTO outbox
	(id, event_type, aggregate_type, aggregate_id, store_id, version, actor, traceparent, payload, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const sqlInsertStore = `INSERT INTO event_stores (seq, store_id, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

// Append writes event to the table within tx. It is published after tx has
// committed. The order of Append calls is the order of publishing.
func (s *Store) Append(tx *sqlite.Tx, event events.Event) error {
	if err := outbox.Check(event); err != nil {
		return err
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
	if event.StoreID == "" {
		if err := appendStores(tx, seq, event); err != nil {
			return err
		}
	}
	if seq%chunkEvents == 1 && seq > 1 {
		if err := indexChunk(tx, seq-chunkEvents); err != nil {
			return err
		}
	}
	s.committed.Stage(tx, outbox.Committed{Seq: seq, Event: event})
	return nil
}

// sqlIndexChunk writes which events of a chunk each filter selects. A chunk may
// be written again when the table has lost events at its end.
const sqlIndexChunk = `INSERT OR REPLACE INTO event_chunks
SELECT filter, ?3,
	SUM(iif(seq - 1 & 192 = 0, 1 << (seq - 1 & 63), 0)), SUM(iif(seq - 1 & 192 = 64, 1 << (seq - 1 & 63), 0)),
	SUM(iif(seq - 1 & 192 = 128, 1 << (seq - 1 & 63), 0)), SUM(iif(seq - 1 & 192 = 192, 1 << (seq - 1 & 63), 0))
FROM event_filters WHERE seq BETWEEN ?1 AND ?2 GROUP BY filter`

// indexChunk writes the filters of the chunk that begins with the event first. It
// runs once the next chunk begins: a trigger would cost every event, though it
// had nothing to do for all but one of chunkEvents.
func indexChunk(tx *sqlite.Tx, first int64) error {
	if _, _, err := tx.Exec(sqlIndexChunk, first, first+chunkEvents-1, first/chunkEvents); err != nil {
		return fmt.Errorf("index the events from %d: %w", first, err)
	}
	return nil
}

// appendStores writes the stores of an event whose envelope has none.
func appendStores(tx *sqlite.Tx, seq int64, event events.Event) error {
	stores, err := event.Stores()
	if err != nil {
		return fmt.Errorf("append %s: %w", event.Type, err)
	}
	kind := "own"
	if len(stores) > 1 {
		kind = "shared"
	}
	for _, store := range stores {
		if _, _, err := tx.Exec(sqlInsertStore, seq, store, kind); err != nil {
			return fmt.Errorf("append the stores of %s: %w", event.Type, err)
		}
	}
	return nil
}

// Listen implements outbox.Store. The writer calls committed before the callers
// of the changes get their results.
func (s *Store) Listen(committed func(list []outbox.Committed)) { s.committed.Listen(committed) }

// Lead implements outbox.Store. The lock on the file excludes other processes.
func (s *Store) Lead(ctx context.Context) (leading context.Context, release func(), err error) {
	release = func() { s.lead <- struct{}{} }
	select {
	case <-s.lead: // also for a relay that only drains
		return ctx, release, nil
	default:
	}
	select {
	case <-s.lead:
		return ctx, release, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// synced is an expression of SQL: the seq up to which the broker has
// acknowledged everything, 0 for none.
const synced = `(SELECT COALESCE(MAX(until_seq), 0) FROM acknowledged)`

const (
	sqlPosition = `SELECT ` + synced + `, COALESCE((SELECT MAX(seq) FROM outbox), 0)`
	sqlUnmark   = `DELETE FROM acknowledged WHERE until_seq > (SELECT COALESCE(MAX(seq), 0) FROM outbox)`
)

// Position implements outbox.Store. SQLite reuses the seqs of lost events at
// the end of the table.
func (s *Store) Position(ctx context.Context) (outbox.Position, error) {
	p, err := s.position(ctx)
	if err == nil && p.Acknowledged > p.Newest {
		s.logger.WarnContext(ctx, "the newest events are gone from the outbox", slog.Int64("synced_seq", p.Acknowledged),
			slog.Int64("last_seq", p.Newest))
		err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(sqlUnmark)
			return err
		})
		if err == nil {
			p, err = s.position(ctx)
		}
	}
	if err != nil {
		return outbox.Position{}, fmt.Errorf("read the position of the outbox: %w", err)
	}
	return p, nil
}

func (s *Store) position(ctx context.Context) (p outbox.Position, err error) {
	err = s.db.Reader().QueryRowContext(ctx, sqlPosition).Scan(&p.Acknowledged, &p.Newest)
	return p, sqlite.Classify(err)
}

// sqlMark keeps an earlier stamp, which a failed change may have left.
const sqlMark = `INSERT INTO acknowledged (until_seq, synced_at) VALUES (?, ?) ON CONFLICT (until_seq) DO NOTHING`

// Acknowledge implements outbox.Store.
func (s *Store) Acknowledge(ctx context.Context, upTo int64, at time.Time) error {
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(sqlMark, upTo, events.FormatTime(at))
		return err
	})
	if err != nil {
		return fmt.Errorf("mark events as published: %w", err)
	}
	return nil
}

// sqlBacklog counts by the seqs, which have no gaps.
const sqlBacklog = `SELECT (SELECT MAX(seq) FROM outbox) - seq + 1, created_at FROM outbox WHERE seq > ? ORDER BY seq LIMIT 1`

// Backlog implements outbox.Store.
func (s *Store) Backlog(ctx context.Context, after int64) (outbox.Backlog, error) {
	var b outbox.Backlog
	var createdAt string
	err := s.db.Reader().QueryRowContext(ctx, sqlBacklog, after).Scan(&b.Events, &createdAt)
	b, found, err := sqlite.Found(b, err)
	if err == nil && found {
		b.Oldest, err = time.Parse(time.RFC3339Nano, createdAt)
	}
	if err != nil {
		return outbox.Backlog{}, fmt.Errorf("read the backlog of the outbox: %w", err)
	}
	return b, nil
}
