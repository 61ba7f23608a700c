package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
)

// Scan implements events.Inspector. The order is that of each partition, and
// with it that of each ordering key.
func (b *Broker) Scan(ctx context.Context, each func(events.Event) error) error {
	return b.call(ctx, func(ctx context.Context) error {
		return b.readAll(ctx, b.config.Topic, func(r *kgo.Record) error { return eachEvent(r, each) })
	})
}

// eachEvent calls each if r is an event for all groups.
func eachEvent(r *kgo.Record, each func(events.Event) error) error {
	if header(r, headerOnlyGroup) != "" {
		return nil
	}
	event, err := events.Decode(r.Value)
	if err != nil {
		return nil //nolint:nilerr // left out, as the port says
	}
	return each(event)
}

// KeptSince implements events.Inspector: when a partition was trimmed, the
// time of its oldest record, of the partition where that is latest.
func (b *Broker) KeptSince(ctx context.Context) (since time.Time, err error) {
	err = b.call(ctx, func(ctx context.Context) error {
		held, err := b.held(ctx)
		if err != nil {
			return err
		}
		trimmed := map[int32]extent{}
		for p, h := range held {
			switch h.start {
			case 0:
			case h.end: // nothing is left to tell since when
				since = b.clock.Now()
			default:
				trimmed[p] = extent{start: h.start, end: h.start + 1}
			}
		}
		told := map[int32]bool{}
		err = b.read(ctx, b.config.Topic, trimmed, func(r *kgo.Record) error {
			told[r.Partition] = true
			if r.Timestamp.After(since) {
				since = r.Timestamp.UTC()
			}
			return nil
		})
		if err == nil && len(told) < len(trimmed) {
			// The first record of one has no time of ours, or was deleted since it was
			// looked for.
			since = b.clock.Now()
		}
		return err
	})
	return since, err
}

// Tail implements events.Inspector.
func (b *Broker) Tail(ctx context.Context, each func(events.Event) error) error {
	err := b.call(ctx, func(ctx context.Context) error {
		held, err := b.held(ctx)
		if err != nil {
			return err
		}
		for p, h := range held {
			held[p] = extent{start: h.end, end: endless}
		}
		return b.read(ctx, b.config.Topic, held, func(r *kgo.Record) error { return eachEvent(r, each) })
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // as it was told to end
	}
	return err
}

// Republish implements events.Inspector.
func (b *Broker) Republish(ctx context.Context, group string, list []events.Event) error {
	return b.call(ctx, func(ctx context.Context) error { return b.publish(ctx, b.letters, group, list) })
}

// Groups implements events.Inspector. It leaves out groups that do not read the
// topic. Groups with the prefix have the names that subscriptions use; a group
// without it, such as another program's, has its name in Kafka. If both would
// have one name, the group without the prefix is left out.
func (b *Broker) Groups(ctx context.Context) (list []events.Group, err error) {
	err = b.call(ctx, func(ctx context.Context) error {
		list, err = b.groups(ctx)
		if err != nil {
			return fmt.Errorf("read the groups: %w", b.trouble.explain(err))
		}
		return nil
	})
	return list, err
}

func (b *Broker) groups(ctx context.Context) ([]events.Group, error) {
	held, err := b.held(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := b.admin.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	described, err := b.admin.DescribeGroups(ctx, listed.Groups()...)
	if err != nil {
		return nil, err
	}
	positions := b.admin.FetchManyOffsets(ctx, listed.Groups()...)
	byName := map[string]events.Group{}
	for _, d := range described {
		if d.ProtocolType != "" && d.ProtocolType != "consumer" {
			continue
		}
		p := positions[d.Group]
		if p.Err != nil {
			return nil, fmt.Errorf("positions of group %s: %w", d.Group, p.Err)
		}
		stored := p.Fetched[b.config.Topic]
		members := b.members(d)
		if len(stored) == 0 && members == 0 {
			continue
		}
		name, own := b.config.groupName(d.Group)
		if _, known := byName[name]; known && !own {
			continue
		}
		g := events.Group{Name: name, Members: members}
		for partition, h := range held {
			at := h.start
			if s, ok := stored[partition]; ok && s.At > at {
				at = s.At
			}
			g.Lag += max(0, h.end-at)
		}
		byName[name] = g // in place of a group without the prefix
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b events.Group) int { return strings.Compare(a.Name, b.Name) }), nil
}

// members counts the members of a group that listen to the topic.
func (b *Broker) members(d kadm.DescribedGroup) (count int) {
	for _, m := range d.Members {
		wants, ok := m.Join.AsConsumer()
		if ok && slices.Contains(wants.Topics, b.config.Topic) {
			count++
		}
	}
	return count
}

// extent is what a partition holds: offsets from start to before end.
type extent struct{ start, end int64 }

// held returns what the partitions of the topic hold; nothing when there is no
// topic yet.
func (b *Broker) held(ctx context.Context) (map[int32]extent, error) {
	return b.extents(ctx, b.config.Topic)
}

func (b *Broker) extents(ctx context.Context, name string) (map[int32]extent, error) {
	fail := func(err error) (map[int32]extent, error) {
		return nil, fmt.Errorf("read the offsets of %s: %w", name, b.trouble.explain(err))
	}
	found, err := b.admin.Metadata(ctx, name)
	if err != nil {
		return fail(err)
	}
	if found.Topics[name].Err == kerr.UnknownTopicOrPartition { //nolint:errorlint // never wrapped
		return nil, nil
	}
	starts, err := b.admin.ListStartOffsets(ctx, name)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return fail(err)
	}
	ends, err := b.admin.ListEndOffsets(ctx, name)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fail(err)
	}
	held := map[int32]extent{}
	ends.Each(func(o kadm.ListedOffset) {
		start, _ := starts.Lookup(name, o.Partition)
		held[o.Partition] = extent{start: start.Offset, end: o.Offset}
	})
	return held, nil
}
