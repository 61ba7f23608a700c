package outboxaudit

import (
	"fmt"

	"inventory.example/pkg/engine"
	"inventory.example/pkg/events"
)

// EventColumns are the columns of an event, the table having the alias e, for the
// query of EachEvent and of a History.
const EventColumns = `COALESCE(e.seq, 0), COALESCE(e.id, ''), COALESCE(e.event_type, ''), COALESCE(e.aggregate_id, ''),
	COALESCE(e.version, 0), COALESCE(e.payload, '')`

// stored is an event as the table has it.
type stored struct {
	seq   int64 // 0 where an outer join found none
	event events.Event
}

// scan reads the columns before EventColumns into own, and these.
func (s *stored) scan(record engine.Scanner, own ...any) error {
	e := &s.event
	return record.Scan(append(own, &s.seq, &e.ID, (*string)(&e.Type), &e.AggregateID, &e.Version, (*[]byte)(&e.Payload))...)
}

// EachEvent calls each for the events of a query, which returns EventColumns, until
// each returns an error, which it returns. An event has its id, type, aggregate's id,
// version and payload, as they are stored: a damage may have made them anything.
func EachEvent(s Snapshot, query string, each func(e events.Event) error) error {
	err := s.Each(func(record engine.Scanner) error {
		var e stored
		if err := e.scan(record); err != nil {
			return err
		}
		return each(e.event)
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
func (h History[T]) Each(s Snapshot, each func(aggregate T, history []events.Event) error) error {
	var current T
	var history []events.Event
	begun := false
	end := func() error {
		if !begun {
			return nil
		}
		return each(current, history)
	}
	err := s.Each(func(record engine.Scanner) error {
		var e stored
		aggregate, err := h.Scan(func(own ...any) error { return e.scan(record, own...) })
		if err != nil {
			return err
		}
		if !begun || !h.Same(current, aggregate) {
			if err := end(); err != nil {
				return err
			}
			current, history, begun = aggregate, history[:0], true
		}
		if e.seq != 0 {
			history = append(history, e.event)
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
