package outboxpg

import (
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/events"
	"inventory.example/pkg/postgres"
)

const (
	sqlTotals = `SELECT COUNT(*), COALESCE(MAX(seq), 0), ` + synced + `,
	COUNT(*) FILTER (WHERE seq > ` + synced + `), COUNT(*) FILTER (WHERE seq > ` + synced + ` AND created_at < $1) FROM outbox`
	sqlGaps = `SELECT seq, previous FROM (SELECT seq, LAG(seq, 1, 0::bigint) OVER (ORDER BY seq) AS previous FROM outbox) AS o
WHERE seq <> previous + 1 ORDER BY seq`
	sqlRepeatedIDs = `SELECT id, COUNT(*), MIN(seq) FROM outbox GROUP BY id HAVING COUNT(*) > 1 ORDER BY MIN(seq)`
	// The stamps are few beside the events: each is compared with the last event that
	// it is for, and with the others of those only if they were created later.
	sqlSyncedBeforeMade = `SELECT e.seq, e.id, e.created_at, a.synced_at
FROM (SELECT until_seq, LAG(until_seq, 1, 0::bigint) OVER (ORDER BY until_seq) AS after_seq, synced_at FROM acknowledged) AS a
	JOIN outbox e ON e.seq > a.after_seq AND e.seq <= a.until_seq
WHERE a.synced_at < e.created_at ORDER BY e.seq`
)

// Audit checks the outbox: its seq has no gaps, no id appears twice, and only
// existing events are stamped, each after its creation. It also returns how far
// the events were published in the snapshot.
func Audit(s *postgres.Snapshot, now time.Time) (*audit.Check, audit.Outbox, error) {
	check := audit.NewCheck(audit.InOrder)
	var o audit.Outbox
	var last int64
	overdue := events.FormatTime(now.Add(-audit.OverdueAfter))
	err := s.QueryRow(sqlTotals, overdue).Scan(&o.Events, &last, &o.SyncedSeq, &o.Pending, &o.Overdue)
	if err != nil {
		return nil, o, fmt.Errorf("audit events: %w", err)
	}
	check.Checked = o.Events
	if o.SyncedSeq > last {
		check.Violate("stamped up to seq %d, the last event has seq %d", o.SyncedSeq, last)
	}
	if last != o.Events {
		err = s.Each(func(record postgres.Scanner) error { return gap(check, record) }, sqlGaps)
	}
	for _, rule := range []struct {
		find  func(*audit.Check, postgres.Scanner) error
		query string
	}{
		{repeatedID, sqlRepeatedIDs}, {syncedBeforeMade, sqlSyncedBeforeMade},
	} {
		if err == nil {
			err = s.Each(func(record postgres.Scanner) error { return rule.find(check, record) }, rule.query)
		}
	}
	if err != nil {
		return nil, o, fmt.Errorf("audit events: %w", err)
	}
	return check, o, nil
}

func gap(check *audit.Check, record postgres.Scanner) error {
	var seq, previous int64
	if err := record.Scan(&seq, &previous); err != nil {
		return err
	}
	check.Violate("seq %d follows seq %d", seq, previous)
	return nil
}

func repeatedID(check *audit.Check, record postgres.Scanner) error {
	var id string
	var count, seq int64
	if err := record.Scan(&id, &count, &seq); err != nil {
		return err
	}
	check.Violate("%d events have the id %s, the first with seq %d", count, id, seq)
	return nil
}

func syncedBeforeMade(check *audit.Check, record postgres.Scanner) error {
	var seq int64
	var id, createdAt, syncedAt string
	if err := record.Scan(&seq, &id, &createdAt, &syncedAt); err != nil {
		return err
	}
	check.Violate("event %s with seq %d was created at %s, but stamped %s", id, seq, createdAt, syncedAt)
	return nil
}

// EventColumns are the columns of an event, the table outbox having the alias e,
// for the query of a History.
const EventColumns = `COALESCE(e.seq, 0), COALESCE(e.id, ''), COALESCE(e.event_type, ''), COALESCE(e.aggregate_id, ''),
	COALESCE(e.version, 0), COALESCE(e.payload, '')`

const (
	sqlEvents = `SELECT ` + EventColumns + ` FROM outbox e ORDER BY e.seq`
	sqlStrays = `SELECT ` + EventColumns + ` FROM outbox e WHERE NOT EXISTS (SELECT FROM %s AS a WHERE a.id = e.aggregate_id)
ORDER BY e.seq`
)

// kept is an event as the table has it.
type kept struct {
	seq   int64 // 0 where an outer join found none
	event events.Event
}

// scan reads the columns before EventColumns into own, and these.
func (k *kept) scan(record postgres.Scanner, own ...any) error {
	e := &k.event
	var payload string
	err := record.Scan(append(own, &k.seq, &e.ID, (*string)(&e.Type), &e.AggregateID, &e.Version, &payload)...)
	e.Payload = []byte(payload)
	return err
}

// EachEvent calls each for the events of the table, by seq, until each returns
// an error, which it returns. An event has its id, type, aggregate's id, version
// and payload, as they are stored: a damage may have made them anything.
func EachEvent(s *postgres.Snapshot, each func(e events.Event) error) error {
	return eachEvent(s, each, sqlEvents)
}

// EachStray is EachEvent for the events whose aggregate is not in table, which
// has the ids in a column id.
func EachStray(s *postgres.Snapshot, table string, each func(e events.Event) error) error {
	return eachEvent(s, each, fmt.Sprintf(sqlStrays, table))
}

func eachEvent(s *postgres.Snapshot, each func(e events.Event) error, query string) error {
	err := s.Each(func(record postgres.Scanner) error {
		var k kept
		if err := k.scan(record); err != nil {
			return err
		}
		return each(k.event)
	}, query)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}

// History reads the aggregates of a service with their events.
type History[T any] struct {
	// Query is ordered by aggregate and seq. It returns a record for each
	// event, and one without an event for an aggregate that has none;
	// EventColumns come last.
	Query string
	// Scan reads the columns before them by calling scan.
	Scan func(scan func(own ...any) error) (T, error)
	// Same reports whether two records are of one aggregate.
	Same func(a, b T) bool
}

// Each calls each for every aggregate with its events, by seq, until each
// returns an error, which it returns. The events are as in EachEvent, and valid
// only within each.
func (h History[T]) Each(s *postgres.Snapshot, each func(aggregate T, history []events.Event) error) error {
	var current T
	var history []events.Event
	begun := false
	end := func() error {
		if !begun {
			return nil
		}
		return each(current, history)
	}
	err := s.Each(func(record postgres.Scanner) error {
		var k kept
		aggregate, err := h.Scan(func(own ...any) error { return k.scan(record, own...) })
		if err != nil {
			return err
		}
		if !begun || !h.Same(current, aggregate) {
			if err := end(); err != nil {
				return err
			}
			current, history, begun = aggregate, history[:0], true
		}
		if k.seq != 0 {
			history = append(history, k.event)
		}
		return nil
	}, h.Query)
	if err == nil {
		err = end()
	}
	if err != nil {
		return fmt.Errorf("read histories: %w", err)
	}
	return nil
}
