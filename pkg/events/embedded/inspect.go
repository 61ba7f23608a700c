package embedded

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inventory.example/pkg/events"
	"inventory.example/pkg/sqlite"
)

var _ events.Inspector = (*Broker)(nil)

// Scan implements events.Inspector. It leaves out entries for one group, which
// repeat an event, and documents that are not events. It reads from the read
// pool, so that it delays neither publishers nor consumers.
func (b *Broker) Scan(ctx context.Context, each func(events.Event) error) error {
	if err := b.gate.Enter(); err != nil {
		return err
	}
	defer b.gate.Leave()
	var position, end int64
	if err := b.db.Reader().QueryRowContext(ctx, sqlLastOffset).Scan(&end); err != nil {
		return fmt.Errorf("read the end of the log: %w", sqlite.Classify(err))
	}
	for position < end {
		// Page by page, so that a slow caller does not keep a read transaction
		// open, during which the write-ahead log grows.
		page, err := b.readLog(ctx, position, fetchLength)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		for _, e := range page {
			if e.offset > end {
				return nil
			}
			position = e.offset
			if err := e.passTo(each); err != nil {
				return err
			}
		}
	}
	return nil
}

// passTo calls each with the entry's event, unless the entry is malformed or for
// one group.
func (e *entry) passTo(each func(events.Event) error) error {
	if e.malformed != nil || e.onlyGroup != "" {
		return nil
	}
	return each(e.event)
}

// Tail implements events.Inspector. It leaves out the entries that Scan leaves
// out. It returns events.ErrClosed when the broker closes.
func (b *Broker) Tail(ctx context.Context, each func(events.Event) error) error {
	if err := b.gate.Enter(); err != nil {
		return err
	}
	defer b.gate.Leave()
	wake := make(chan struct{}, 1)
	b.mu.Lock()
	b.watchers[wake] = struct{}{}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.watchers, wake)
		b.mu.Unlock()
	}()
	for position := b.tail.lastOffset(); ; {
		list, complete := b.tail.entriesAfter(position, fetchLength)
		if !complete {
			var err error
			if list, err = b.readLog(ctx, position, fetchLength); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
		for _, e := range list {
			position = e.offset
			if err := e.passTo(each); err != nil {
				return err
			}
		}
		if len(list) > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-b.gate.Closing():
			return events.ErrClosed
		case <-wake:
		}
	}
}

// Republish implements events.Inspector.
func (b *Broker) Republish(ctx context.Context, group string, list []events.Event) error {
	if err := b.gate.Enter(); err != nil {
		return err
	}
	defer b.gate.Leave()
	for row := range slices.Chunk(list, fetchLength) {
		if err := b.publish(ctx, group, row); err != nil {
			return err
		}
	}
	return nil
}

// Groups implements events.Inspector.
func (b *Broker) Groups(context.Context) ([]events.Group, error) {
	if err := b.gate.Enter(); err != nil {
		return nil, err
	}
	defer b.gate.Leave()
	end := b.tail.lastOffset()
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]events.Group, 0, len(b.groups))
	for _, g := range b.groups {
		list = append(list, events.Group{
			Name: g.name, Members: int(g.members.Load()), Lag: max(0, end-g.position.Load()),
		})
	}
	slices.SortFunc(list, func(a, b events.Group) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}
