package redisstream

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/clock"
)

const (
	trimInterval = time.Hour
	trimRetry    = time.Minute    // after a failure
	trimLength   = 10_000         // entries that one command removes at most, so that other commands do not wait for long
	forgetAfter  = 24 * time.Hour // after which a dead member is removed from its group
)

// trimHourly trims the stream at the start and then hourly, until ctx ends.
// Several processes may do so. After its first success it inspects the server's
// settings.
func (b *Broker) trimHourly(ctx context.Context) {
	inspected := false
	o := outage{clock: b.clock, logger: b.logger.With(slog.String("task", "trim"))}
	for {
		pause := trimInterval
		removed, err := b.trim(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			o.recordFailure(ctx, err)
			pause = trimRetry
		} else {
			o.recordSuccess(ctx)
		}
		if err == nil && !inspected {
			b.inspectServer(ctx)
			inspected = true
		}
		if removed > 0 {
			b.logger.InfoContext(ctx, "stream trimmed", slog.Int64("entries", removed))
		}
		if clock.Sleep(ctx, b.clock, pause) != nil {
			return
		}
	}
}

// Trim removes the entries that are older than the retention and that every
// group has acknowledged, and returns their number. It also removes members that
// died long ago from their groups.
func (b *Broker) Trim(ctx context.Context) (removed int64, err error) {
	err = b.gate.Run(func() error {
		removed, err = b.trim(ctx)
		return err
	})
	return removed, err
}

func (b *Broker) trim(ctx context.Context) (removed int64, err error) {
	limit, err := b.trimLimit(ctx)
	if err != nil {
		return 0, err
	}
	for n := int64(trimLength); n > 0; removed += n {
		// Whole nodes of the stream first, which is fast, a bounded number at a time.
		if n, err = b.client.XTrimMinIDApprox(ctx, b.config.Stream, limit.String(), trimLength).Result(); err != nil {
			return removed, b.wrapError(ctx, err, "trim stream %s", b.config.Stream)
		}
	}
	n, err := b.client.XTrimMinID(ctx, b.config.Stream, limit.String()).Result()
	if err != nil {
		return removed, b.wrapError(ctx, err, "trim stream %s", b.config.Stream)
	}
	return removed + n, b.removeDeadMembers(ctx)
}

// trimLimit returns the first id that must stay.
func (b *Broker) trimLimit(ctx context.Context) (entryID, error) {
	limit := idOf(b.clock.Now().Add(-b.retention))
	groups, err := b.groupInfos(ctx)
	if err != nil {
		return entryID{}, err
	}
	for _, g := range groups {
		// XINFO before XPENDING: an entry that is delivered between the two has a
		// greater id than LastDeliveredID, so it stays in any case.
		pending, err := b.client.XPending(ctx, b.config.Stream, g.Name).Result()
		if err != nil {
			return entryID{}, b.wrapError(ctx, err, "count the pending entries of group %s", g.Name)
		}
		first, err := firstNeeded(g.LastDeliveredID, pending)
		if err != nil {
			return entryID{}, b.wrapError(ctx, err, "read the position of group %s", g.Name)
		}
		if first.before(limit) {
			limit = first
		}
	}
	return limit, nil
}

// firstNeeded returns the first id that a group may still need: its first pending
// entry, or the id after the last delivered entry.
func firstNeeded(lastDelivered string, pending *redis.XPending) (entryID, error) {
	last, err := parseID(lastDelivered)
	if err != nil {
		return entryID{}, err
	}
	needed := last.next()
	if pending.Count == 0 {
		return needed, nil
	}
	first, err := parseID(pending.Lower)
	if err != nil {
		return entryID{}, err
	}
	if first.before(needed) {
		return first, nil
	}
	return needed, nil
}

// removeDeadMembers removes members that died long ago from their groups. Members
// with pending entries stay.
func (b *Broker) removeDeadMembers(ctx context.Context) error {
	groups, err := b.groupInfos(ctx)
	if err != nil {
		return err
	}
	for _, g := range groups {
		members, err := b.client.XInfoConsumers(ctx, b.config.Stream, g.Name).Result()
		if err != nil {
			return b.wrapError(ctx, err, "list the members of group %s", g.Name)
		}
		for _, m := range members {
			if m.Idle < forgetAfter {
				continue
			}
			if err := removeConsumer.Run(ctx, b.client, []string{b.config.Stream}, g.Name, m.Name).Err(); err != nil {
				return b.wrapError(ctx, err, "remove member %s from group %s", m.Name, g.Name)
			}
		}
	}
	return nil
}
