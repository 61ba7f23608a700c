package redisstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
)

// work is one turn of the member; ctx ends with the lease. After an error the
// member gives the turn back, because what it was given is then unknown: the
// next turn begins with claiming it.
func (m *member) work(ctx context.Context) error {
	begun := time.Now()
	if err := m.settle(ctx); err != nil {
		return err
	}
	if err := m.claim(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := m.read(ctx); err != nil {
			return err
		}
		if time.Since(begun) < turnLength || ctx.Err() != nil {
			continue
		}
		company, err := m.hasCompany(ctx)
		if err != nil || company {
			return err
		}
		begun = time.Now()
		m.outage.over(ctx)
	}
	return nil
}

// claim handles all unacknowledged entries of the group, in their order,
// whoever was given them: nobody but this member may work now.
func (m *member) claim(ctx context.Context) error {
	claimed := 0
	for start := "0-0"; ctx.Err() == nil; {
		list, next, deleted, err := m.client.XAutoClaimWithDeleted(ctx, &redis.XAutoClaimArgs{
			Stream: m.stream, Group: m.Group, Consumer: m.name, Start: start, Count: fetchLength,
		}).Result()
		if err != nil {
			return m.broker.wrapError(ctx, err, "claim the unacknowledged entries of group %s", m.Group)
		}
		if len(deleted) > 0 {
			m.Logger.ErrorContext(ctx, "entries were deleted from the stream before the group had handled them",
				slog.Int("entries", len(deleted)), slog.String("first", deleted[0]))
		}
		if err := m.handle(ctx, list, true); err != nil {
			return err
		}
		claimed += len(list)
		if start = next; next == "0-0" {
			break
		}
	}
	if claimed > 0 {
		m.Logger.InfoContext(ctx, "unacknowledged entries were claimed", slog.Int("entries", claimed))
	}
	return nil
}

// read waits for entries that no member was given yet, and handles them.
//
// With the same request it asks how many entries are unacknowledged. If that
// are more than it was given, some were given away unseen: to a member whose
// request was late and came after its turn, or to a request of this one whose
// answer was lost. They come before the others then.
func (m *member) read(ctx context.Context) error {
	pipe := m.client.Pipeline()
	read := pipe.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: m.Group, Consumer: m.name, Streams: []string{m.stream, ">"},
		Count: fetchLength, Block: min(waitLength, m.lease.length/20),
	})
	pending := pipe.XPending(ctx, m.stream, m.Group)
	_, err := pipe.Exec(ctx)
	if errors.Is(err, redis.Nil) { // nothing was added
		err = pending.Err()
	}
	if err != nil {
		return m.broker.wrapError(ctx, err, "read stream %s for group %s", m.stream, m.Group)
	}
	var list []redis.XMessage
	for _, s := range read.Val() {
		list = append(list, s.Messages...)
	}
	if pending.Val().Count != int64(len(list)) {
		return m.claim(ctx)
	}
	return m.handle(ctx, list, false)
}

// handle runs the entries through the handler and acknowledges those that are
// done.
func (m *member) handle(ctx context.Context, list []redis.XMessage, again bool) error {
	batch := m.NewBatch(len(list))
	for i, entry := range list {
		only, kind := text(entry, fieldOnlyGroup), text(entry, fieldType)
		if !m.Concerns(only) || kind != "" && !m.Delivery.Wants(events.Type(kind)) {
			batch.Skip(i)
			continue
		}
		event, err := decode(entry)
		if err != nil {
			batch.Bury(ctx, i, document(entry), err, slog.String("entry", entry.ID))
			continue
		}
		if again {
			m.Delivery.Observe(events.Redelivered)
		}
		batch.Add(i, event)
	}
	for i, done := range batch.Deliver(ctx) {
		if done {
			m.unsettled = append(m.unsettled, list[i].ID)
		}
	}
	return m.settle(ctx)
}

var errNoDocument = fmt.Errorf("%w: the entry has no field %s", events.ErrMalformed, fieldEvent)

func decode(entry redis.XMessage) (events.Event, error) {
	if _, ok := entry.Values[fieldEvent]; !ok {
		return events.Event{}, errNoDocument
	}
	return events.Decode(document(entry))
}
