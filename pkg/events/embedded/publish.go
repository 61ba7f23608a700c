package embedded

import (
	"context"
	"fmt"
	"slices"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

// rowLength bounds the events of one record of the log, which is read as a whole
// for each of them.
const rowLength = 2048

// publish appends the events to the log, for all groups or for one: all of them
// or none.
func (b *Broker) publish(ctx context.Context, onlyGroup string, list []events.Event) error {
	if len(list) == 0 {
		return ctx.Err()
	}
	var rows []batch
	var documents [][]byte
	for part := range slices.Chunk(list, rowLength) {
		joined, err := joinDocuments(part)
		if err != nil {
			return err
		}
		rows, documents = append(rows, batch{onlyGroup: onlyGroup, events: part}), append(documents, joined)
	}
	at := events.FormatTime(b.clock.Now())
	err := b.db.Write(ctx, func(tx *sqlite.Tx) error {
		for i, row := range rows {
			if err := b.insertBatch(tx, row, at, documents[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("append %d events to the log: %w", len(list), err)
	}
	return nil
}

const sqlInsertBatch = `INSERT INTO batches (last_offset, first_offset, created_at, only_group, documents)
	VALUES (?, ?, ?, ?, ?)`

// insertBatch appends one record to the log and stages its events for the tail.
func (b *Broker) insertBatch(tx *sqlite.Tx, row batch, at string, documents []byte) error {
	var last int64
	if err := tx.QueryRow(sqlLastOffset).Scan(&last); err != nil {
		return err
	}
	var group *string
	if row.onlyGroup != "" {
		group = &row.onlyGroup
	}
	row.first = last + 1
	if _, _, err := tx.Exec(sqlInsertBatch, last+int64(len(row.events)), row.first, at, group, documents); err != nil {
		return err
	}
	b.batches.Stage(tx, row)
	return nil
}
