package notifierdb

import (
	"fmt"

	"inventory.example/pkg/sqlite"
	"inventory.example/services/notifier/internal/feed"
)

const sqlRecord = `INSERT INTO feed (event_id, event_type, aggregate_id, store_id, other_store_id, recorded_at, document)
	VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`

// Record implements feed.Tx. A new entry is staged for those who follow the
// feed.
func (t *Tx) Record(entry feed.Entry, at string) (seq int64, isNew bool, err error) {
	var stores [2]string
	copy(stores[:], entry.Stores)
	e := entry.Event
	changed, seq, err := t.tx.Exec(sqlRecord, e.ID, string(e.Type), e.AggregateID,
		sqlite.Nullable(stores[0]), sqlite.Nullable(stores[1]), at, string(e.Document()))
	if err != nil {
		return 0, false, fmt.Errorf("record %s: %w", e.Type, err)
	}
	if changed == 0 {
		return 0, false, nil
	}
	entry.Seq = seq
	t.tx.Stage(entry)
	return seq, true, nil
}
