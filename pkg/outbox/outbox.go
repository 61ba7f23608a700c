// Package outbox is the transactional outbox of a service: the table of events,
// which is written in the transaction of the change that an event tells of, and
// the relay that publishes it. There is no other way to publish, so state and
// events cannot come apart.
package outbox

import (
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

const sqlInsertStore = `INSERT INTO event_stores (seq, store_id, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

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
	tx.Stage(record{seq: seq, event: event})
	return nil
}

// sqlIndexChunk writes which events of a chunk each filter selects. A chunk may come
// again when the table has lost events at its end.
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

// synced is an expression of SQL: the seq up to which the broker has
// acknowledged everything, 0 for none.
const synced = `(SELECT COALESCE(MAX(until_seq), 0) FROM acknowledged)`
