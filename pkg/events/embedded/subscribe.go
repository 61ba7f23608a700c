package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/gate"
	"inventory.example/pkg/sqlite"
)

// group is a consumer group. Its members take turns: who has the turn fetches a
// batch, handles it and moves the position, so order holds across members.
type group struct {
	name     string
	turn     chan struct{} // holds one token; whoever takes it has the turn
	wake     chan struct{} // tells who has the turn that events were committed
	position atomic.Int64  // last acknowledged offset; moved by who has the turn
	saved    atomic.Int64  // position in the table
	members  atomic.Int64
}

func newGroup(name string, position int64) *group {
	g := &group{name: name, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	g.turn <- struct{}{}
	g.position.Store(position)
	g.saved.Store(position)
	return g
}

// subscriber implements events.Subscriber.
type subscriber struct {
	broker *Broker
	gate   *gate.Gate
}

// Close implements events.Subscriber. It returns when no handler runs any more.
func (s *subscriber) Close() error {
	s.gate.Close()
	return nil
}

// Subscribe implements events.Subscriber.
func (s *subscriber) Subscribe(ctx context.Context, subscription events.Subscription) error {
	if subscription.Group == "" || subscription.Handler == nil {
		return errors.New("subscribe: group and handler are required")
	}
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	b := s.broker
	if err := b.gate.Enter(); err != nil {
		return err
	}
	defer b.gate.Leave()

	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-s.gate.Closing():
		case <-b.gate.Closing():
		case <-ctx.Done():
		}
		cancel()
	})
	defer watch.Wait()
	defer cancel()
	return b.serve(ctx, subscription)
}

// serve delivers to the subscription until ctx ends.
func (b *Broker) serve(ctx context.Context, subscription events.Subscription) error {
	m := &member{broker: b, logger: b.logger.With(
		slog.String("group", subscription.Group), slog.String("member", subscription.Member))}
	m.delivery = events.Delivery{Subscription: subscription, DeadLetter: b.bury, Failed: m.logFailedAttempt}
	var err error
	if m.group, err = m.join(ctx); err != nil {
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
			// What was acknowledged is written before the member is gone, as
			// nobody may ever come after it.
			if err := b.savePositions(context.WithoutCancel(ctx)); err != nil {
				m.logger.WarnContext(ctx, "save position", slog.Any("err", err))
			}
			return nil
		case <-m.group.turn:
			m.work(ctx)
			m.group.turn <- struct{}{}
		}
	}
}

// member is one subscription of a group.
type member struct {
	broker   *Broker
	group    *group
	delivery events.Delivery
	logger   *slog.Logger
}

const sqlInsertGroup = `INSERT INTO consumer_groups (name, position, created_at) VALUES (?, 0, ?)
	ON CONFLICT (name) DO NOTHING`

// join returns the member's group, which it makes when it is new.
func (m *member) join(ctx context.Context) (*group, error) {
	b, name := m.broker, m.delivery.Subscription.Group
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
		case !passes(err):
			return nil, fmt.Errorf("join group %s: %w", name, err)
		default:
			m.logger.WarnContext(ctx, "join group", slog.Any("err", err), slog.Duration("retry_in", retry))
			_ = clock.Sleep(ctx, m.broker.clock, retry) // the loop looks at ctx
		}
	}
	return g, nil
}

// work is one turn of the member: it waits for events and handles a batch of
// them.
func (m *member) work(ctx context.Context) {
	retry := minPause
	for ctx.Err() == nil {
		list, complete := m.broker.tail.after(m.group.position.Load(), fetchLength)
		if !complete {
			var err error
			if list, err = m.broker.read(ctx, m.group.position.Load(), fetchLength); err != nil && ctx.Err() == nil {
				m.logger.WarnContext(ctx, "read the log", slog.Any("err", err), slog.Duration("retry_in", retry))
				_ = clock.Sleep(ctx, m.broker.clock, retry) // the loop looks at ctx
				retry = min(2*retry, maxPause)
				continue
			}
		}
		if len(list) > 0 {
			m.handle(ctx, list)
			return
		}
		select {
		case <-ctx.Done():
		case <-m.group.wake:
		}
	}
}

// handle runs the entries through the handler and acknowledges the first of
// them up to the first that was not handled.
func (m *member) handle(ctx context.Context, list []entry) {
	handled := make([]bool, len(list))
	wanted := make([]events.Event, 0, len(list))
	places := make([]int, 0, len(list)) // wanted[i] is list[places[i]]
	for i, e := range list {
		switch {
		case e.onlyGroup != "" && e.onlyGroup != m.group.name:
			handled[i] = true
		case e.malformed != nil:
			m.logger.ErrorContext(ctx, "not an event", slog.Int64("offset", e.offset), slog.Any("err", e.malformed.err))
			handled[i] = m.delivery.Bury(ctx, events.DeadLetter{
				Document: e.malformed.document, Group: m.group.name, Reason: e.malformed.err.Error(),
				FailedAt: m.broker.clock.Now(),
			})
		default:
			wanted = append(wanted, e.event)
			places = append(places, i)
		}
	}
	for i, done := range m.delivery.Run(ctx, wanted) {
		handled[places[i]] = done
	}
	for i, e := range list {
		if !handled[i] {
			break
		}
		m.group.position.Store(e.offset)
	}
	m.broker.moved()
}

func (m *member) logFailedAttempt(event events.Event, attempt int, err error) {
	m.logger.Warn("event failed", slog.String("event_id", event.ID), slog.String("event_type", string(event.Type)),
		slog.Int("attempt", attempt), slog.Any("err", err))
}

// The pauses of a member while the log cannot be reached.
const (
	minPause = 50 * time.Millisecond
	maxPause = 5 * time.Second
)
