// Package outboxpg is the outbox on PostgreSQL: the table of events in the schema
// of a service, which several instances of the service append to and one of them
// publishes.
package outboxpg

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/outbox"
	"inventory.example/pkg/postgres"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component is the schema of the outbox, to be opened with the database.
func Component() postgres.Component {
	return postgres.Component{Name: "outbox", FS: migrations}
}

// Tables are the tables of the outbox, for postgres.Options.
func Tables() []postgres.Table { return []postgres.Table{head, records, stamps} }

// Need names the record that Append reads, for the needs of each change that
// appends events.
func Need() postgres.Need { return head.Need(headKey) }

const headKey = 0

// head has the newest seq, which no table repeats: every event would update it.
var head = &postgres.Set[int64, int64]{
	Name: "newest event",
	Load: `SELECT key, ` + newest + ` FROM unnest($1::bigint[]) AS key`,
	Keys: func(keys []int64) []any { return []any{keys} },
	Scan: func(record postgres.Scanner) (key, seq int64, err error) {
		err = record.Scan(&key, &seq)
		return key, seq, err
	},
}

// record is an event with its place and its stores.
type record struct {
	outbox.Committed
	stores string // JSON
}

// records are the events. The stores of each are sent as JSON, since an array of
// arrays cannot have rows of different lengths.
var records = &postgres.Log[record]{
	Name: "outbox",
	Insert: `INSERT INTO outbox (seq, id, event_type, aggregate_type, aggregate_id, store_id, stores, version, actor, traceparent, payload, created_at)
SELECT seq, id, event_type, aggregate_type, aggregate_id, store_id, ARRAY(SELECT json_array_elements_text(stores::json)), version, actor, traceparent, payload, created_at
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[])
	AS n (seq, id, event_type, aggregate_type, aggregate_id, store_id, stores, version, actor, traceparent, payload, created_at)`,
	Columns: func(list []record) []any {
		text := func(of func(events.Event) string) []string {
			return postgres.Column(list, func(r record) string { return of(r.Event) })
		}
		textOrNull := func(of func(events.Event) string) []*string {
			return postgres.Column(list, func(r record) *string { return postgres.Nullable(of(r.Event)) })
		}
		return []any{
			postgres.Column(list, func(r record) int64 { return r.Seq }),
			text(func(e events.Event) string { return e.ID }),
			text(func(e events.Event) string { return string(e.Type) }),
			text(func(e events.Event) string { return string(e.AggregateType) }),
			text(func(e events.Event) string { return e.AggregateID }),
			textOrNull(func(e events.Event) string { return e.StoreID }),
			postgres.Column(list, func(r record) string { return r.stores }),
			postgres.Column(list, func(r record) *int64 {
				if r.Event.Version == 0 {
					return nil
				}
				return &r.Event.Version
			}),
			textOrNull(func(e events.Event) string { return e.Actor }),
			textOrNull(func(e events.Event) string { return e.Traceparent }),
			text(func(e events.Event) string { return string(e.Payload) }),
			text(func(e events.Event) string { return events.FormatTime(e.CreatedAt) }),
		}
	},
}

// stamp is a record of acknowledged.
type stamp struct {
	until int64
	at    time.Time
}

// stamps keep an earlier stamp, which a change with an unknown outcome may have
// left.
var stamps = &postgres.Log[stamp]{
	Name: "acknowledged",
	Insert: `INSERT INTO acknowledged (until_seq, synced_at) SELECT * FROM unnest($1::bigint[], $2::text[])
ON CONFLICT (until_seq) DO NOTHING`,
	Columns: func(list []stamp) []any {
		return []any{
			postgres.Column(list, func(s stamp) int64 { return s.until }),
			postgres.Column(list, func(s stamp) string { return events.FormatTime(s.at) }),
		}
	},
}

// Store implements outbox.Store and outbox.Reader.
type Store struct {
	db        *postgres.DB
	committed postgres.Hint[outbox.Committed]
	listener  atomic.Pointer[func([]outbox.Committed)]
	fence     atomic.Pointer[postgres.Fence] // of the lead that this process had last
	known     atomic.Int64                   // the newest seq that the listener knows
}

// New returns the outbox of the database, which was opened with Component and
// Tables. There is one for a DB.
func New(db *postgres.DB) *Store { return &Store{db: db} }

// Append writes event to the table within tx. It is published after tx has
// committed. The order of Append calls is the order of publishing.
func (s *Store) Append(tx *postgres.Tx, event events.Event) error {
	if err := outbox.Check(event); err != nil {
		return err
	}
	stores, err := event.Stores()
	if err != nil {
		return fmt.Errorf("append %s: %w", event.Type, err)
	}
	list, err := json.Marshal(append([]string{}, stores...))
	if err != nil {
		return fmt.Errorf("append %s: %w", event.Type, err)
	}
	seq, _, err := head.Get(tx, headKey)
	if err == nil {
		seq++
		err = head.Put(tx, headKey, seq)
	}
	committed := outbox.Committed{Seq: seq, Event: event}
	if err == nil {
		err = records.Append(tx, record{Committed: committed, stores: string(list)})
	}
	if err != nil {
		return fmt.Errorf("append %s: %w", event.Type, err)
	}
	s.committed.Stage(tx, committed)
	return nil
}

// Listen implements outbox.Store. The events of other instances are announced
// while this one leads, by an empty list.
func (s *Store) Listen(committed func(list []outbox.Committed)) {
	s.listener.Store(&committed)
	s.committed.Listen(func(list []outbox.Committed) {
		s.know(list[len(list)-1].Seq)
		committed(list)
	})
}

// know remembers that the listener knows the events up to seq, and reports whether
// it did not before.
func (s *Store) know(seq int64) (isNew bool) {
	for known := s.known.Load(); known < seq; known = s.known.Load() {
		if s.known.CompareAndSwap(known, seq) {
			return true
		}
	}
	return false
}

const leadRole = "relay"

// Lead implements outbox.Store by a lease.
func (s *Store) Lead(ctx context.Context) (leading context.Context, release func(), err error) {
	holding, stop := context.WithCancel(ctx)
	leads := make(chan context.Context)
	released, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		// The work returns no error of its own.
		_ = s.db.Hold(holding, leadRole, func(ctx context.Context, f postgres.Fence) error {
			s.fence.Store(&f)
			select {
			case leads <- ctx:
			case <-ctx.Done():
				return nil
			}
			s.follow(ctx)
			<-released
			return nil
		})
	}()
	select {
	case leading = <-leads:
		return leading, func() {
			stop()
			close(released)
			<-ended
		}, nil
	case <-ctx.Done():
		stop()
		<-ended
		return nil, nil, ctx.Err()
	}
}

// The pauses between two questions for the newest event, while events are
// committed and while none are.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = 250 * time.Millisecond
)

const sqlNewest = `SELECT ` + newest

// follow announces the events that other instances committed, until ctx ends. A
// question that fails is asked again: the relay looks at the table by itself too.
func (s *Store) follow(ctx context.Context) {
	for pause := shortestPause; clock.Sleep(ctx, clock.System{}, pause) == nil; {
		var newest int64
		if err := s.db.Reader().QueryRow(ctx, sqlNewest).Scan(&newest); err != nil || !s.know(newest) {
			pause = min(2*pause, longestPause)
			continue
		}
		pause = shortestPause
		if listener := s.listener.Load(); listener != nil {
			(*listener)(nil)
		}
	}
}

const (
	// synced is an expression of SQL: the seq up to which the broker has
	// acknowledged everything, 0 for none.
	synced = `(SELECT COALESCE(MAX(until_seq), 0) FROM acknowledged)`
	// newest is an expression of SQL: the greatest seq, 0 for none.
	newest      = `(SELECT COALESCE(MAX(seq), 0) FROM outbox)`
	sqlPosition = `SELECT ` + synced + `, ` + newest
)

// Position implements outbox.Store. Both figures are of one commit: events that a
// failover lost were lost with their stamps.
func (s *Store) Position(ctx context.Context) (p outbox.Position, err error) {
	if err := s.db.Reader().QueryRow(ctx, sqlPosition).Scan(&p.Acknowledged, &p.Newest); err != nil {
		return outbox.Position{}, fmt.Errorf("read the position of the outbox: %w", postgres.Classify(ctx, err))
	}
	return p, nil
}

// Acknowledge implements outbox.Store. A leader whose lead is over changes nothing.
func (s *Store) Acknowledge(ctx context.Context, upTo int64, at time.Time) error {
	fence := s.fence.Load()
	var needs []postgres.Need
	if fence != nil {
		needs = append(needs, fence.Need())
	}
	err := s.db.Write(ctx, needs, func(tx *postgres.Tx) error {
		if fence != nil {
			if err := fence.Check(tx); err != nil {
				return err
			}
		}
		return stamps.Append(tx, stamp{upTo, at})
	})
	if err != nil {
		return fmt.Errorf("mark events as published: %w", err)
	}
	return nil
}

// sqlBacklog counts by the seqs, which have no gaps.
const sqlBacklog = `SELECT ` + newest + ` - seq + 1, created_at FROM outbox WHERE seq > $1 ORDER BY seq LIMIT 1`

// Backlog implements outbox.Store.
func (s *Store) Backlog(ctx context.Context, after int64) (outbox.Backlog, error) {
	var b outbox.Backlog
	var createdAt string
	err := s.db.Reader().QueryRow(ctx, sqlBacklog, after).Scan(&b.Events, &createdAt)
	b, found, err := postgres.Found(ctx, b, err)
	if err == nil && found {
		b.Oldest, err = time.Parse(time.RFC3339Nano, createdAt)
	}
	if err != nil {
		return outbox.Backlog{}, fmt.Errorf("read the backlog of the outbox: %w", err)
	}
	return b, nil
}
