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

// Scan implements events.Inspector. What was republished for one group, which
// repeats an event, is left out.
func (b *Broker) Scan(ctx context.Context, each func(events.Event) error) error {
	return b.gate.Run(func() error {
		info, err := b.info(ctx)
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
				event, err := decode(entry)
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

// info returns what the server tells of the stream; nil when there is none.
func (b *Broker) info(ctx context.Context) (*redis.XInfoStream, error) {
	info, err := b.client.XInfoStream(ctx, b.config.Stream).Result()
	if noSuchKey(err) {
		return nil, nil
	}
	if err != nil {
		return nil, b.wrapError(ctx, err, "ask for stream %s", b.config.Stream)
	}
	return info, nil
}

// KeptSince implements events.Inspector. It knows of entries that were trimmed
// or deleted. A stream that was lost and made anew counts as whole, so that the
// audit finds what it lacks.
func (b *Broker) KeptSince(ctx context.Context) (since time.Time, err error) {
	err = b.gate.Run(func() error {
		info, err := b.info(ctx)
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
		since = wholeSince(id, info.Length == 0)
		return nil
	})
	return since, err
}

// wholeSince returns the first millisecond of which a stream that begins with
// id, or ends with it and is empty, still has every entry.
func wholeSince(id entryID, empty bool) time.Time {
	if id.seq > 0 || empty {
		id.ms++
	}
	return id.time()
}

// Tail implements events.Inspector. An outage of the server ends it with an
// error, the end of the broker with events.ErrClosed.
func (b *Broker) Tail(ctx context.Context, each func(events.Event) error) error {
	return b.gate.Run(func() error {
		open, end := adapter.BoundContext(ctx, b.gate)
		defer end()
		last := "0-0"
		info, err := b.info(open)
		if err == nil && info != nil {
			last = info.LastGeneratedID
		}
		for err == nil && open.Err() == nil {
			var page []redis.XMessage
			page, err = b.readBehind(open, last)
			for _, entry := range page {
				last = entry.ID
				event, err := decode(entry)
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

// readBehind waits a moment for entries behind the id last.
func (b *Broker) readBehind(ctx context.Context, last string) (list []redis.XMessage, err error) {
	streams, err := b.client.XRead(ctx, &redis.XReadArgs{
		Streams: []string{b.config.Stream, last}, Count: fetchLength, Block: waitLength,
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

// Groups implements events.Inspector. Members are those that the server has
// heard of within a lease.
func (b *Broker) Groups(ctx context.Context) (groups []events.Group, err error) {
	err = b.gate.Run(func() error {
		list, err := b.groups(ctx)
		if err != nil {
			return err
		}
		for _, g := range list {
			members, err := b.present(ctx, g.Name)
			if err != nil {
				return err
			}
			behind := g.Lag
			if behind < 0 { // the server does not know
				if behind, err = b.countBehind(ctx, g.LastDeliveredID); err != nil {
					return err
				}
			}
			groups = append(groups, events.Group{Name: g.Name, Members: len(members), Lag: behind + g.Pending})
		}
		slices.SortFunc(groups, func(a, b events.Group) int { return cmp.Compare(a.Name, b.Name) })
		return nil
	})
	return groups, err
}

// groups returns what the server tells of the consumer groups.
func (b *Broker) groups(ctx context.Context) ([]redis.XInfoGroup, error) {
	list, err := b.client.XInfoGroups(ctx, b.config.Stream).Result()
	if noSuchKey(err) {
		return nil, nil
	}
	return list, b.wrapError(ctx, err, "list the groups of stream %s", b.config.Stream)
}

// countBehind counts the entries behind an id.
func (b *Broker) countBehind(ctx context.Context, id string) (count int64, err error) {
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
