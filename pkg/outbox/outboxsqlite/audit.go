package outboxsqlite

import (
	"context"
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxaudit"
	"inventory.example/pkg/sqlite"
)

var auditQueries = outboxaudit.Queries{
	// It reads the table once; pending and overdue events are few.
	Totals: `SELECT COUNT(*), COALESCE(MAX(seq), 0), ` + synced + `,
	COUNT(*) FILTER (WHERE seq > ` + synced + `), COUNT(*) FILTER (WHERE seq > ` + synced + ` AND created_at < ?) FROM outbox`,
	Gaps: `SELECT seq, previous FROM (SELECT seq, LAG(seq, 1, 0) OVER (ORDER BY seq) AS previous FROM outbox)
	WHERE seq <> previous + 1 ORDER BY seq`,
	RepeatedIDs:      `SELECT id, COUNT(*), MIN(seq) FROM outbox GROUP BY id HAVING COUNT(*) > 1 ORDER BY MIN(seq)`,
	SyncedBeforeMade: `SELECT seq, id, created_at, synced_at FROM events WHERE synced_at < created_at ORDER BY seq`,
}

// Audit checks the outbox, as outboxaudit.Queries.Audit says.
func Audit(s *sqlite.Snapshot, now time.Time) (*audit.Check, audit.Outbox, error) {
	return auditQueries.Audit(s, now)
}

const sqlEntries = `SELECT seq, id, seq <= ` + synced + `, created_at FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?`

// Entries implements outbox.Reader.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]audit.Event, error) {
	list, err := sqlite.Rows(ctx, s.db, func(row sqlite.Scanner) (e audit.Event, err error) {
		err = row.Scan(&e.Seq, &e.ID, &e.Synced, &e.CreatedAt)
		return e, err
	}, sqlEntries, after, limit)
	if err != nil {
		return nil, fmt.Errorf("query the places of events: %w", err)
	}
	return list, nil
}

const (
	sqlEvents = `SELECT ` + outboxaudit.EventColumns + ` FROM outbox e ORDER BY e.seq`
	sqlStrays = `SELECT ` + outboxaudit.EventColumns + ` FROM outbox e WHERE NOT EXISTS (SELECT 1 FROM %s a WHERE a.id = e.aggregate_id)
	ORDER BY e.seq`
)

// EachEvent calls each for the events of the table, by seq, as outboxaudit.EachEvent
// says.
func EachEvent(s *sqlite.Snapshot, each func(e events.Event) error) error {
	return outboxaudit.EachEvent(s, sqlEvents, each)
}

// EachStray is EachEvent for the events whose aggregate is not in table, which
// has the ids in a column id.
func EachStray(s *sqlite.Snapshot, table string, each func(e events.Event) error) error {
	return outboxaudit.EachEvent(s, fmt.Sprintf(sqlStrays, table), each)
}
