package embedded

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
	"inventory.example/pkg/sqlite"
)

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

// storeDeadLetter is the StoreDeadLetter of every delivery.
func (b *Broker) storeDeadLetter(ctx context.Context, letter events.DeadLetter) error {
	return adapter.WriteDeadLetter(ctx, b.logger, letter, func(eventID string) error {
		return b.db.Write(ctx, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(sqlInsertDeadLetter, letter.Group, eventID, letter.Document,
				letter.Reason, letter.Attempts, events.FormatTime(letter.FailedAt))
			return err
		})
	})
}

// DeadLetters implements events.Inspector. Dead letters are kept until they are
// replayed or discarded.
func (b *Broker) DeadLetters(ctx context.Context, after string, limit int) ([]events.StoredDeadLetter, error) {
	if err := b.gate.Enter(); err != nil {
		return nil, err
	}
	defer b.gate.Leave()
	place := int64(0)
	if after != "" {
		var err error
		if place, err = parseLetterID(after); err != nil {
			return nil, fmt.Errorf("read dead letters: %w", err)
		}
	}
	return b.deadLetters(ctx, sqlSelectDeadLetters, place, limit)
}

// DeadLetter implements events.Inspector.
func (b *Broker) DeadLetter(ctx context.Context, id string) (events.StoredDeadLetter, error) {
	if err := b.gate.Enter(); err != nil {
		return events.StoredDeadLetter{}, err
	}
	defer b.gate.Leave()
	return b.deadLetter(ctx, id)
}

func (b *Broker) deadLetter(ctx context.Context, id string) (events.StoredDeadLetter, error) {
	place, err := parseLetterID(id)
	if err != nil {
		return events.StoredDeadLetter{}, err
	}
	found, err := b.deadLetters(ctx, sqlSelectDeadLetter, place)
	if err != nil {
		return events.StoredDeadLetter{}, err
	}
	if len(found) == 0 {
		return events.StoredDeadLetter{}, events.ErrNoDeadLetter
	}
	return found[0], nil
}

// parseLetterID reads the id of a dead letter. It returns ErrNoDeadLetter for text
// in another form.
func parseLetterID(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != id {
		return 0, events.ErrNoDeadLetter
	}
	return n, nil
}

func (b *Broker) deadLetters(ctx context.Context, query string, args ...any) (letters []events.StoredDeadLetter, err error) {
	rows, err := b.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", sqlite.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l events.StoredDeadLetter
		var id int64
		var failedAt string
		if err := rows.Scan(&id, &l.Group, &l.EventID, &l.Document, &l.Reason, &l.Attempts, &failedAt); err != nil {
			return nil, fmt.Errorf("read dead letters: %w", sqlite.Classify(err))
		}
		if l.FailedAt, err = time.Parse(events.TimeFormat, failedAt); err != nil {
			return nil, fmt.Errorf("read dead letter %d: %w", id, err)
		}
		l.ID = strconv.FormatInt(id, 10)
		letters = append(letters, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read dead letters: %w", sqlite.Classify(err))
	}
	return letters, nil
}

// ReplayDeadLetter implements events.Inspector. One transaction appends the event
// to the log and deletes the dead letter.
func (b *Broker) ReplayDeadLetter(ctx context.Context, id string) error {
	if err := b.gate.Enter(); err != nil {
		return err
	}
	defer b.gate.Leave()
	if err := b.replay(ctx, id); err != nil {
		return fmt.Errorf("replay dead letter %q: %w", id, err)
	}
	return nil
}

func (b *Broker) replay(ctx context.Context, id string) error {
	letter, err := b.deadLetter(ctx, id)
	if err != nil {
		return err
	}
	event, err := events.Decode(letter.Document)
	if err != nil {
		return err
	}
	again := batch{onlyGroup: letter.Group, events: []events.Event{event}}
	documents, err := joinDocuments(again.events)
	if err != nil {
		return err
	}
	at := events.FormatTime(b.clock.Now())
	return b.db.Write(ctx, func(tx *sqlite.Tx) error {
		if err := deleteLetter(tx, letter.ID); err != nil {
			return err
		}
		return b.insertBatch(tx, again, at, documents)
	})
}

// deleteLetter returns ErrNoDeadLetter if another call has deleted the dead letter.
func deleteLetter(tx *sqlite.Tx, id string) error {
	deleted, _, err := tx.Exec(sqlDeleteDeadLetter, id)
	if err == nil && deleted == 0 {
		err = events.ErrNoDeadLetter
	}
	return err
}

// DiscardDeadLetter implements events.Inspector. Of concurrent discards and
// replays of one dead letter one succeeds.
func (b *Broker) DiscardDeadLetter(ctx context.Context, id string) (events.StoredDeadLetter, error) {
	if err := b.gate.Enter(); err != nil {
		return events.StoredDeadLetter{}, err
	}
	defer b.gate.Leave()
	letter, err := b.deadLetter(ctx, id)
	if err == nil {
		err = b.db.Write(ctx, func(tx *sqlite.Tx) error { return deleteLetter(tx, letter.ID) })
	}
	switch {
	case err == nil:
		return letter, nil
	case errors.Is(err, events.ErrNoDeadLetter):
		letter = events.StoredDeadLetter{}
	}
	return letter, fmt.Errorf("discard dead letter %q: %w", id, err)
}
