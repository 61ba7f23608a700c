package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
	"inventory.example/pkg/sqlite"
)

// group is a consumer group. One member at a time is active: it fetches a batch,
// handles it and moves the position, so that members do not break the order.
type group struct {
	name     string
	active   chan struct{} // has one token; the member that takes it is active
	wake     chan struct{} // a signal for the active member: events were committed
	position atomic.Int64  // last acknowledged offset; moved by the active member
	saved    atomic.Int64  // position in the table
	members  atomic.Int64
}

func newGroup(name string, position int64) *group {
	g := &group{name: name, active: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	g.active <- struct{}{}
	g.position.Store(position)
	g.saved.Store(position)
	return g
}

// serve delivers to the subscription until ctx ends. The members of a group take
// its token one after the other.
func (b *Broker) serve(ctx context.Context, subscription events.Subscription) error {
	m := &member{broker: b, Member: adapter.NewMember(subscription, b.storeDeadLetter, b.clock, b.logger)}
	var err error
	if m.group, err = m.joinGroup(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	m.group.members.Add(1)
	defer m.group.members.Add(-1)
	for {
		select {
		case <-ctx.Done():
			// No other member may come after this one, so the position is
			// written now.
			if err := b.savePositions(context.WithoutCancel(ctx)); err != nil {
				m.Logger.WarnContext(ctx, "save position", slog.Any("err", err))
			}
			return nil
		case <-m.group.active:
			m.handleNext(ctx)
			m.group.active <- struct{}{}
		}
	}
}

// member is one subscription of a group.
type member struct {
	adapter.Member
	broker *Broker
	group  *group
}

const sqlInsertGroup = `INSERT INTO consumer_groups (name, position, created_at) VALUES (?, 0, ?)
	ON CONFLICT (name) DO NOTHING`

// joinGroup returns the member's group, which it creates if it does not exist.
func (m *member) joinGroup(ctx context.Context) (*group, error) {
	b, name := m.broker, m.Group
	b.mu.Lock()
	g := b.groups[name]
	b.mu.Unlock()
	for retry := minPause; g == nil; retry = min(2*retry, maxPause) {
		at := events.FormatTime(b.clock.Now())
		err := b.db.Write(ctx, func(tx *sqlite.Tx) error {
			_, _, err := tx.Exec(sqlInsertGroup, name, at)
			return err
		})
		switch {
		case err == nil:
			b.mu.Lock()
			if g = b.groups[name]; g == nil {
				g = newGroup(name, 0)
				b.groups[name] = g
			}
			b.mu.Unlock()
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !isTemporary(err):
			return nil, fmt.Errorf("join group %s: %w", name, err)
		default:
			m.Logger.WarnContext(ctx, "join group", slog.Any("err", err), slog.Duration("retry_in", retry))
			_ = clock.Sleep(ctx, m.broker.clock, retry) // the loop checks ctx
		}
	}
	return g, nil
}

// handleNext is the work of the active member: it waits for events and handles
// one batch of them.
func (m *member) handleNext(ctx context.Context) {
	retry := minPause
	for ctx.Err() == nil {
		list, complete := m.broker.tail.entriesAfter(m.group.position.Load(), fetchLength)
		if !complete {
			var err error
			if list, err = m.broker.readLog(ctx, m.group.position.Load(), fetchLength); err != nil && ctx.Err() == nil {
				m.Logger.WarnContext(ctx, "read the log", slog.Any("err", err), slog.Duration("retry_in", retry))
				_ = clock.Sleep(ctx, m.broker.clock, retry) // the loop checks ctx
				retry = min(2*retry, maxPause)
				continue
			}
		}
		if len(list) > 0 {
			m.handleEntries(ctx, list)
			return
		}
		select {
		case <-ctx.Done():
		case <-m.group.wake:
		}
	}
}

// handleEntries runs the entries through the handler and moves the group's
// position to the last entry before the first that was not handled.
func (m *member) handleEntries(ctx context.Context, list []entry) {
	batch := m.NewBatch(len(list))
	for i, e := range list {
		switch {
		case !m.Concerns(e.onlyGroup):
			batch.Skip(i)
		case e.malformed != nil:
			batch.Bury(ctx, i, e.malformed.document, e.malformed.err, slog.Int64("offset", e.offset))
		default:
			batch.Add(i, e.event)
		}
	}
	handled := batch.MarkDone(m.Delivery.Run(ctx, batch.Events()))
	for i, e := range list {
		if !handled[i] {
			break
		}
		m.group.position.Store(e.offset)
	}
	signal(m.broker.positionMoved)
}

// The pauses of a member while the log cannot be read or written.
const (
	minPause = 50 * time.Millisecond
	maxPause = 5 * time.Second
)
