package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

const (
	sqlSelectTrim = `SELECT last_offset, created_at FROM batches
	WHERE last_offset < (SELECT MAX(last_offset) FROM batches)
		AND last_offset <= COALESCE((SELECT MIN(position) FROM consumer_groups), last_offset)
	ORDER BY last_offset LIMIT ?`
	sqlTrim = `DELETE FROM batches WHERE last_offset <= ?`
)

// trimLength is the largest number of records that one transaction deletes, so
// that publishers do not wait for long.
const trimLength = 500

// Trim deletes the records that are older than the retention and that every group
// has acknowledged, and returns their number. The newest record always stays: the
// next offset follows from it.
func (b *Broker) Trim(ctx context.Context) (deleted int64, err error) {
	if err := b.gate.Enter(); err != nil {
		return 0, err
	}
	defer b.gate.Leave()
	return b.trim(ctx)
}

func (b *Broker) trim(ctx context.Context) (deleted int64, err error) {
	before := events.FormatTime(b.clock.Now().Add(-b.options.Retention))
	for {
		rows, end, err := b.expired(ctx, before)
		if err != nil || rows == 0 {
			return deleted, err
		}
		var n int64
		err = b.db.Write(ctx, func(tx *sqlite.Tx) error {
			var err error
			n, _, err = tx.Exec(sqlTrim, end)
			return err
		})
		if err != nil {
			return deleted, fmt.Errorf("trim the log: %w", err)
		}
		deleted += n
		if rows < trimLength {
			return deleted, nil
		}
	}
}

// expired returns the number of records at the beginning of the log, trimLength
// at most, that may be deleted, and their last offset. All records after the
// first that must stay do so too, even if the clock went back and they look older.
func (b *Broker) expired(ctx context.Context, before string) (count int, end int64, err error) {
	rows, err := b.db.Reader().QueryContext(ctx, sqlSelectTrim, trimLength)
	if err != nil {
		return 0, 0, fmt.Errorf("look for old events: %w", sqlite.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var last int64
		var createdAt sql.RawBytes
		if err := rows.Scan(&last, &createdAt); err != nil {
			return 0, 0, fmt.Errorf("look for old events: %w", sqlite.Classify(err))
		}
		if string(createdAt) >= before {
			break
		}
		count, end = count+1, last
	}
	if err := rows.Err(); err != nil {
		return 0, 0, fmt.Errorf("look for old events: %w", sqlite.Classify(err))
	}
	return count, end, nil
}

const sqlFirstBatch = `SELECT first_offset, created_at FROM batches ORDER BY last_offset LIMIT 1`

// KeptSince returns the time from which on the log is complete: no later event
// was trimmed. It is zero while no event was trimmed.
func (b *Broker) KeptSince(ctx context.Context) (time.Time, error) {
	if err := b.gate.Enter(); err != nil {
		return time.Time{}, err
	}
	defer b.gate.Leave()
	var first int64
	var createdAt string
	err := b.db.Reader().QueryRowContext(ctx, sqlFirstBatch).Scan(&first, &createdAt)
	if errors.Is(err, sql.ErrNoRows) || err == nil && first == 1 {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the beginning of the log: %w", sqlite.Classify(err))
	}
	// Trimmed events were published before the first record that is left, and
	// created before they were published.
	at, err := time.Parse(events.TimeFormat, createdAt)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the beginning of the log: %w", err)
	}
	return at, nil
}
