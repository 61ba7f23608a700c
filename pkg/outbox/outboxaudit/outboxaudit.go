// Package outboxaudit reads the table of events for the audit, in any engine: it
// checks the table itself, and pairs the aggregates of a service with their events.
// The engines have the queries.
package outboxaudit

import (
	"fmt"
	"time"

	"inventory.example/pkg/audit"
	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
)

// Snapshot is a consistent snapshot of a database. Its errors are classified.
type Snapshot interface {
	// Each calls each for every record of the query, until each returns an error,
	// which it returns.
	Each(each func(engine.Scanner) error, query string, args ...any) error
	QueryRow(query string, args ...any) engine.Scanner
}

// Queries are those of an audit of the table of events.
type Queries struct {
	// Totals counts the events, and returns the last seq and the greatest that is
	// stamped, then the number of the pending events, and of those of them that were
	// created before its argument.
	Totals string
	// Gaps returns each seq that does not follow the previous one, and that one.
	Gaps string
	// RepeatedIDs returns each id of several events, their number and the first seq.
	RepeatedIDs string
	// SyncedBeforeMade returns seq, id, creation and stamp of each event that was
	// stamped before it was created.
	SyncedBeforeMade string
}

// Audit checks the outbox: its seq has no gaps, no id appears twice, and only
// existing events are stamped, each after its creation. It also returns how far
// the events were published in the snapshot.
func (q Queries) Audit(s Snapshot, now time.Time) (*audit.Check, audit.Outbox, error) {
	check := audit.NewCheck(audit.InOrder)
	var o audit.Outbox
	var last int64
	overdue := events.FormatTime(now.Add(-audit.OverdueAfter))
	err := s.QueryRow(q.Totals, overdue).Scan(&o.Events, &last, &o.SyncedSeq, &o.Pending, &o.Overdue)
	if err != nil {
		return nil, o, fmt.Errorf("audit events: %w", err)
	}
	check.Checked = o.Events
	if o.SyncedSeq > last {
		check.Violate("stamped up to seq %d, the last event has seq %d", o.SyncedSeq, last)
	}
	if last != o.Events {
		err = s.Each(func(record engine.Scanner) error { return gap(check, record) }, q.Gaps)
	}
	for _, rule := range []struct {
		find  func(*audit.Check, engine.Scanner) error
		query string
	}{
		{repeatedID, q.RepeatedIDs}, {syncedBeforeMade, q.SyncedBeforeMade},
	} {
		if err == nil {
			err = s.Each(func(record engine.Scanner) error { return rule.find(check, record) }, rule.query)
		}
	}
	if err != nil {
		return nil, o, fmt.Errorf("audit events: %w", err)
	}
	return check, o, nil
}

func gap(check *audit.Check, record engine.Scanner) error {
	var seq, previous int64
	if err := record.Scan(&seq, &previous); err != nil {
		return err
	}
	check.Violate("seq %d follows seq %d", seq, previous)
	return nil
}

func repeatedID(check *audit.Check, record engine.Scanner) error {
	var id string
	var count, seq int64
	if err := record.Scan(&id, &count, &seq); err != nil {
		return err
	}
	check.Violate("%d events have the id %s, the first with seq %d", count, id, seq)
	return nil
}

func syncedBeforeMade(check *audit.Check, record engine.Scanner) error {
	var seq int64
	var id, createdAt, syncedAt string
	if err := record.Scan(&seq, &id, &createdAt, &syncedAt); err != nil {
		return err
	}
	check.Violate("event %s with seq %d was created at %s, but stamped %s", id, seq, createdAt, syncedAt)
	return nil
}
