package outboxpg

import (
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox/outboxaudit"
	"inventory.example/pkg/postgres"
)

var auditQueries = outboxaudit.Queries{
	Totals: `SELECT COUNT(*), COALESCE(MAX(seq), 0), ` + synced + `,
	COUNT(*) FILTER (WHERE seq > ` + synced + `), COUNT(*) FILTER (WHERE seq > ` + synced + ` AND created_at < $1) FROM outbox`,
	Gaps: `SELECT seq, previous FROM (SELECT seq, LAG(seq, 1, 0::bigint) OVER (ORDER BY seq) AS previous FROM outbox) AS o
WHERE seq <> previous + 1 ORDER BY seq`,
	RepeatedIDs: `SELECT id, COUNT(*), MIN(seq) FROM outbox GROUP BY id HAVING COUNT(*) > 1 ORDER BY MIN(seq)`,
	// The stamps are few beside the events: each is compared with the last event that
	// it is for, and with the others of those only if they were created later.
	SyncedBeforeMade: `SELECT e.seq, e.id, e.created_at, a.synced_at
FROM (SELECT until_seq, LAG(until_seq, 1, 0::bigint) OVER (ORDER BY until_seq) AS after_seq, synced_at FROM acknowledged) AS a
	JOIN outbox e ON e.seq > a.after_seq AND e.seq <= a.until_seq
WHERE a.synced_at < e.created_at ORDER BY e.seq`,
}

// Audit checks the outbox, as outboxaudit.Queries.Audit says.
func Audit(s *postgres.Snapshot, now time.Time) (*audit.Check, audit.Outbox, error) {
	return auditQueries.Audit(s, now)
}

const (
	sqlEvents = `SELECT ` + outboxaudit.EventColumns + ` FROM outbox e ORDER BY e.seq`
	sqlStrays = `SELECT ` + outboxaudit.EventColumns + ` FROM outbox e WHERE NOT EXISTS (SELECT FROM %s AS a WHERE a.id = e.aggregate_id)
	ORDER BY e.seq`
)

// EachEvent calls each for the events of the table, by seq, as outboxaudit.EachEvent
// says.
func EachEvent(s *postgres.Snapshot, each func(e events.Event) error) error {
	return outboxaudit.EachEvent(s, sqlEvents, each)
}

// EachStray is EachEvent for the events whose aggregate is not in table, which
// has the ids in a column id.
func EachStray(s *postgres.Snapshot, table string, each func(e events.Event) error) error {
	return outboxaudit.EachEvent(s, fmt.Sprintf(sqlStrays, table), each)
}
