package redisstream

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// Scan implements events.Inspector. It leaves out the entries for one group,
// which repeat an event.
func (b *Broker) Scan(ctx context.Context, each func(events.Event) error) error {
	return b.gate.Run(func() error {
		info, err := b.streamInfo(ctx)
		if err != nil || info == nil {
			return err
		}
		end, err := parseID(info.LastGeneratedID)
		if err != nil {
			return b.wrapError(ctx, err, "read the end of stream %s", b.config.Stream)
		}
		for start := "-"; ; {
			page, err := b.client.XRangeN(ctx, b.config.Stream, start, end.String(), fetchLength).Result()
			if err != nil {
				return b.wrapError(ctx, err, "read stream %s", b.config.Stream)
			}
			if len(page) == 0 {
				return nil
			}
			for _, entry := range page {
				event, err := decodeEntry(entry)
				if err != nil || text(entry, fieldOnlyGroup) != "" {
					continue
				}
				if err := each(event); err != nil {
					return err
				}
			}
			start = "(" + page[len(page)-1].ID
		}
	})
}

// streamInfo returns the XINFO of the stream; nil if it does not exist.
func (b *Broker) streamInfo(ctx context.Context) (*redis.XInfoStream, error) {
	info, err := b.client.XInfoStream(ctx, b.config.Stream).Result()
	if noSuchKey(err) {
		return nil, nil
	}
	if err != nil {
		return nil, b.wrapError(ctx, err, "read the state of stream %s", b.config.Stream)
	}
	return info, nil
}

// KeptSince implements events.Inspector. It considers entries that were trimmed
// or deleted. A stream that was lost and created again counts as complete, so
// that the audit finds the missing events.
func (b *Broker) KeptSince(ctx context.Context) (since time.Time, err error) {
	err = b.gate.Run(func() error {
		info, err := b.streamInfo(ctx)
		if err != nil || info == nil || info.EntriesAdded == info.Length {
			return err
		}
		first := info.FirstEntry.ID
		if info.Length == 0 {
			first = info.LastGeneratedID
		}
		id, err := parseID(first)
		if err != nil {
			return b.wrapError(ctx, err, "read the beginning of stream %s", b.config.Stream)
		}
		since = completeSince(id, info.Length == 0)
		return nil
	})
	return since, err
}

// completeSince returns the first millisecond of which the stream still has every
// entry. id is its first entry or, if it is empty, the last entry that it had.
func completeSince(id entryID, empty bool) time.Time {
	if id.seq > 0 || empty {
		id.ms++
	}
	return id.time()
}

// Tail implements events.Inspector. It returns an error during an outage of the
// server, and events.ErrClosed when the broker closes.
func (b *Broker) Tail(ctx context.Context, each func(events.Event) error) error {
	return b.gate.Run(func() error {
		open, end := adapter.BoundContext(ctx, b.gate)
		defer end()
		last := "0-0"
		info, err := b.streamInfo(open)
		if err == nil && info != nil {
			last = info.LastGeneratedID
		}
		for err == nil && open.Err() == nil {
			var page []redis.XMessage
			page, err = b.readAfter(open, last)
			for _, entry := range page {
				last = entry.ID
				event, err := decodeEntry(entry)
				if err != nil {
					continue
				}
				if err := each(event); err != nil {
					return err
				}
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case open.Err() != nil:
			return events.ErrClosed
		}
		return err
	})
}

// readAfter waits up to blockLimit for entries after the id last.
func (b *Broker) readAfter(ctx context.Context, last string) (list []redis.XMessage, err error) {
	streams, err := b.client.XRead(ctx, &redis.XReadArgs{
		Streams: []string{b.config.Stream, last}, Count: fetchLength, Block: blockLimit,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, b.wrapError(ctx, err, "read stream %s", b.config.Stream)
	}
	for _, s := range streams {
		list = append(list, s.Messages...)
	}
	return list, nil
}

// Republish implements events.Inspector.
func (b *Broker) Republish(ctx context.Context, group string, list []events.Event) error {
	return b.gate.Run(func() error { return b.publish(ctx, group, list) })
}

// Groups implements events.Inspector. It counts the members whose last heartbeat
// is younger than a lease.
func (b *Broker) Groups(ctx context.Context) (groups []events.Group, err error) {
	err = b.gate.Run(func() error {
		list, err := b.groupInfos(ctx)
		if err != nil {
			return err
		}
		for _, g := range list {
			members, err := b.liveMembers(ctx, g.Name)
			if err != nil {
				return err
			}
			undelivered := g.Lag
			if undelivered < 0 { // the server does not know it
				if undelivered, err = b.countAfter(ctx, g.LastDeliveredID); err != nil {
					return err
				}
			}
			groups = append(groups, events.Group{Name: g.Name, Members: len(members), Lag: undelivered + g.Pending})
		}
		slices.SortFunc(groups, func(a, b events.Group) int { return cmp.Compare(a.Name, b.Name) })
		return nil
	})
	return groups, err
}

// groupInfos returns the XINFO of the consumer groups.
func (b *Broker) groupInfos(ctx context.Context) ([]redis.XInfoGroup, error) {
	list, err := b.client.XInfoGroups(ctx, b.config.Stream).Result()
	if noSuchKey(err) {
		return nil, nil
	}
	return list, b.wrapError(ctx, err, "list the groups of stream %s", b.config.Stream)
}

// countAfter counts the entries after an id.
func (b *Broker) countAfter(ctx context.Context, id string) (count int64, err error) {
	for {
		page, err := b.client.XRangeN(ctx, b.config.Stream, "("+id, "+", fetchLength).Result()
		if err != nil {
			return 0, b.wrapError(ctx, err, "count the entries of stream %s", b.config.Stream)
		}
		if len(page) == 0 {
			return count, nil
		}
		count += int64(len(page))
		id = page[len(page)-1].ID
	}
}
