package redisstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// handleEntries is the work of the active member: it handles the group's
// entries until it is time to hand the lease over, or ctx ends with the lease.
// After an error the member cannot know which entries the server gave it, so it
// hands the lease over: the next active member begins with the pending entries.
func (m *member) handleEntries(ctx context.Context) error {
	begun := time.Now()
	if err := m.acknowledgeHandled(ctx); err != nil {
		return err
	}
	m.pendingFrom = firstID
	for ctx.Err() == nil {
		entries, redelivered, err := m.fetchEntries(ctx)
		if err != nil {
			return err
		}
		batch := m.sortEntries(ctx, entries, redelivered)
		for i, done := range batch.MarkDone(m.Delivery.Run(ctx, batch.Events())) {
			if done {
				m.handled = append(m.handled, entries[i].ID)
			}
		}
		if err := m.acknowledgeHandled(ctx); err != nil {
			return err
		}
		if m.pendingFrom != "" || time.Since(begun) < activePeriod || ctx.Err() != nil {
			continue
		}
		others, err := m.hasOtherMembers(ctx)
		if err != nil || others {
			return err
		}
		begun = time.Now()
		m.outage.recordSuccess(ctx)
	}
	return nil
}

// fetchEntries returns the next entries: first the group's pending entries,
// which were delivered before, then new ones. The list may be empty.
func (m *member) fetchEntries(ctx context.Context) (entries []redis.XMessage, redelivered bool, err error) {
	if m.pendingFrom != "" {
		entries, err = m.claimPendingEntries(ctx)
		return entries, true, err
	}
	entries, err = m.readNewEntries(ctx)
	return entries, false, err
}

// firstID is before the id of every entry. The server returns it as the place
// to go on when there are no more pending entries.
const firstID = "0-0"

// claimPendingEntries returns pending entries of the group in their order,
// whichever member they were delivered to: that member is not active.
func (m *member) claimPendingEntries(ctx context.Context) ([]redis.XMessage, error) {
	entries, next, deleted, err := m.client.XAutoClaimWithDeleted(ctx, &redis.XAutoClaimArgs{
		Stream: m.stream, Group: m.Group, Consumer: m.name, Start: m.pendingFrom, Count: fetchLength,
	}).Result()
	if err != nil {
		return nil, m.broker.wrapError(ctx, err, "claim the pending entries of group %s", m.Group)
	}
	if len(deleted) > 0 {
		m.Logger.ErrorContext(ctx, "entries were deleted from the stream before the group had handled them",
			slog.Int("entries", len(deleted)), slog.String("first", deleted[0]))
	}
	if len(entries) > 0 {
		m.Logger.InfoContext(ctx, "pending entries were claimed", slog.Int("entries", len(entries)))
	}
	m.pendingFrom = next
	if next == firstID {
		m.pendingFrom = ""
	}
	return entries, nil
}

// readNewEntries waits for entries that were not delivered to any member yet.
//
// With the same request it counts the group's pending entries. If there are
// more than it got, some were delivered without being handled: to a member
// whose request arrived after its lease had ended, or to a request of this one
// whose response was lost. The member then claims all pending entries, so that
// the older ones come first.
func (m *member) readNewEntries(ctx context.Context) ([]redis.XMessage, error) {
	pipe := m.client.Pipeline()
	read := pipe.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: m.Group, Consumer: m.name, Streams: []string{m.stream, ">"},
		Count: fetchLength, Block: min(blockLimit, m.lease.length/20),
	})
	pending := pipe.XPending(ctx, m.stream, m.Group)
	_, err := pipe.Exec(ctx)
	if errors.Is(err, redis.Nil) { // there are no new entries
		err = pending.Err()
	}
	if err != nil {
		return nil, m.broker.wrapError(ctx, err, "read stream %s for group %s", m.stream, m.Group)
	}
	var entries []redis.XMessage
	for _, s := range read.Val() {
		entries = append(entries, s.Messages...)
	}
	if pending.Val().Count != int64(len(entries)) {
		m.pendingFrom = firstID
		return nil, nil
	}
	return entries, nil
}

// sortEntries returns the batch of the entries' events. Entries that are not
// events are dead letters afterwards.
func (m *member) sortEntries(ctx context.Context, entries []redis.XMessage, redelivered bool) adapter.Batch {
	batch := m.NewBatch(len(entries))
	for i, entry := range entries {
		kind := text(entry, fieldType)
		if !m.Concerns(text(entry, fieldOnlyGroup)) || kind != "" && !m.Delivery.Wants(events.Type(kind)) {
			batch.Skip(i)
			continue
		}
		event, err := decodeEntry(entry)
		if err != nil {
			batch.Bury(ctx, i, document(entry), err, slog.String("entry", entry.ID))
			continue
		}
		if redelivered {
			m.Delivery.Observe(events.Redelivered)
		}
		batch.Add(i, event)
	}
	return batch
}

// acknowledgeHandled acknowledges the handled entries, also when ctx has ended.
// After an error it does so at the next call.
func (m *member) acknowledgeHandled(ctx context.Context) error {
	if len(m.handled) == 0 {
		return nil
	}
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
	defer cancel()
	if err := m.client.XAck(detached, m.stream, m.Group, m.handled...).Err(); err != nil {
		return m.broker.wrapError(detached, err, "acknowledge %d entries for group %s", len(m.handled), m.Group)
	}
	m.handled = m.handled[:0]
	return nil
}

var errNoDocument = fmt.Errorf("%w: the entry has no field %s", events.ErrMalformed, fieldEvent)

func decodeEntry(entry redis.XMessage) (events.Event, error) {
	if _, ok := entry.Values[fieldEvent]; !ok {
		return events.Event{}, errNoDocument
	}
	return events.Decode(document(entry))
}
