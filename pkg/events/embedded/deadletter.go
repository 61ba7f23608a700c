package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

// DeadLetter is a stored dead letter.
type DeadLetter struct {
	events.DeadLetter
	ID      int64
	EventID string // empty when the document could not be decoded
}

// ErrNoDeadLetter is in the chain of Replay's error when there is no dead
// letter with that id, or not any more.
var ErrNoDeadLetter = errors.New("no such dead letter")

const (
	sqlInsertDeadLetter = `INSERT INTO dead_letters (group_name, event_id, document, reason, attempts, failed_at)
	VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (group_name, event_id) WHERE event_id <> '' DO UPDATE SET
		document = excluded.document, reason = excluded.reason,
		attempts = excluded.attempts, failed_at = excluded.failed_at`
	sqlSelectDeadLetters = `SELECT id, group_name, event_id, document, reason, attempts, failed_at
	FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?`
	sqlSelectDeadLetter = `SELECT id, group_name, event_id, document, reason, attempts, failed_at
	FROM dead_letters WHERE id = ?`
	sqlDeleteDeadLetter = `DELETE FROM dead_letters WHERE id = ?`
)

// bury stores a dead letter; it is the DeadLetter of every delivery.
func (b *Broker) bury(ctx context.Context, letter events.DeadLetter) error {
	var id string
	if event, err := events.Decode(letter.Document); err == nil {
		id = event.ID
	}
	err := b.db.Write(ctx, func(tx *sqlite.Tx) error {
		_, _, err := tx.Exec(sqlInsertDeadLetter, letter.Group, id, letter.Document,
			letter.Reason, letter.Attempts, events.FormatTime(letter.FailedAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("store dead letter: %w", err)
	}
	b.logger.ErrorContext(ctx, "event became a dead letter", slog.String("group", letter.Group),
		slog.String("event_id", id), slog.String("reason", letter.Reason), slog.Int("attempts", letter.Attempts))
	return nil
}

// DeadLetters returns the dead letters with an id greater than after, limit at
// most, by id. They are kept until they are replayed.
func (b *Broker) DeadLetters(ctx context.Context, after int64, limit int) ([]DeadLetter, error) {
	if err := b.gate.enter(); err != nil {
		return nil, err
	}
	defer b.gate.leave()
	return b.deadLetters(ctx, sqlSelectDeadLetters, after, limit)
}

func (b *Broker) deadLetters(ctx context.Context, query string, args ...any) (letters []DeadLetter, err error) {
	rows, err := b.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", sqlite.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l DeadLetter
		var failedAt string
		if err := rows.Scan(&l.ID, &l.Group, &l.EventID, &l.Document, &l.Reason, &l.Attempts, &failedAt); err != nil {
			return nil, fmt.Errorf("read dead letters: %w", sqlite.Classify(err))
		}
		if l.FailedAt, err = time.Parse(events.TimeFormat, failedAt); err != nil {
			return nil, fmt.Errorf("read dead letter %d: %w", l.ID, err)
		}
		letters = append(letters, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read dead letters: %w", sqlite.Classify(err))
	}
	return letters, nil
}

// Replay puts the event of a dead letter at the end of the log once more, for
// the group that could not handle it, and removes the letter. A document that
// is no event is refused with events.ErrMalformed.
func (b *Broker) Replay(ctx context.Context, id int64) error {
	if err := b.gate.enter(); err != nil {
		return err
	}
	defer b.gate.leave()
	found, err := b.deadLetters(ctx, sqlSelectDeadLetter, id)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("replay %d: %w", id, ErrNoDeadLetter)
	}
	event, err := events.Decode(found[0].Document)
	if err != nil {
		return fmt.Errorf("replay %d: %w", id, err)
	}
	again := batch{onlyGroup: found[0].Group, events: []events.Event{event}}
	documents, err := joinDocuments(again.events)
	if err != nil {
		return fmt.Errorf("replay %d: %w", id, err)
	}
	at := events.FormatTime(b.clock.Now())
	err = b.db.Write(ctx, func(tx *sqlite.Tx) error {
		deleted, _, err := tx.Exec(sqlDeleteDeadLetter, id)
		if err != nil {
			return err
		}
		if deleted == 0 {
			return ErrNoDeadLetter
		}
		return insertBatch(tx, again, at, documents)
	})
	if err != nil {
		return fmt.Errorf("replay %d: %w", id, err)
	}
	return nil
}
