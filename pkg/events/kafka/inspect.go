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

// Scan implements events.Inspector. It keeps the order within each partition, and
// so within each ordering key.
func (b *Broker) Scan(ctx context.Context, each func(events.Event) error) error {
	return b.runCall(ctx, func(ctx context.Context) error {
		return b.readAll(ctx, b.config.Topic, func(r *kgo.Record) error { return passEvent(r, each) })
	})
}

// passEvent calls each if r is an event for all groups.
func passEvent(r *kgo.Record, each func(events.Event) error) error {
	if header(r, headerOnlyGroup) != "" {
		return nil
	}
	event, err := events.Decode(r.Value)
	if err != nil {
		return nil //nolint:nilerr // Scan leaves it out, as the port says
	}
	return each(event)
}

// KeptSince implements events.Inspector. For trimmed partitions it returns the
// latest of the times of their oldest records.
func (b *Broker) KeptSince(ctx context.Context) (since time.Time, err error) {
	err = b.runCall(ctx, func(ctx context.Context) error {
		extents, err := b.topicExtents(ctx)
		if err != nil {
			return err
		}
		trimmed := map[int32]extent{}
		for p, h := range extents {
			switch h.start {
			case 0:
			case h.end: // no record is left whose time it could return
				since = b.clock.Now()
			default:
				trimmed[p] = extent{start: h.start, end: h.start + 1}
			}
		}
		dated := map[int32]bool{}
		err = b.read(ctx, b.config.Topic, trimmed, func(r *kgo.Record) error {
			dated[r.Partition] = true
			if r.Timestamp.After(since) {
				since = r.Timestamp.UTC()
			}
			return nil
		})
		if err == nil && len(dated) < len(trimmed) {
			// The first record of a partition is not one of ours, or was deleted
			// since its offset was read.
			since = b.clock.Now()
		}
		return err
	})
	return since, err
}

// Tail implements events.Inspector.
func (b *Broker) Tail(ctx context.Context, each func(events.Event) error) error {
	err := b.runCall(ctx, func(ctx context.Context) error {
		extents, err := b.topicExtents(ctx)
		if err != nil {
			return err
		}
		for p, h := range extents {
			extents[p] = extent{start: h.end, end: endless}
		}
		return b.read(ctx, b.config.Topic, extents, func(r *kgo.Record) error { return passEvent(r, each) })
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the caller ended it
	}
	return err
}

// Republish implements events.Inspector.
func (b *Broker) Republish(ctx context.Context, group string, list []events.Event) error {
	return b.runCall(ctx, func(ctx context.Context) error { return b.publish(ctx, b.letters, group, list) })
}

// Groups implements events.Inspector. It leaves out groups that do not read the
// topic. Groups with the prefix have the names that subscriptions use; a group
// without it, such as another program's, has its name in Kafka. If both would
// have one name, the group without the prefix is left out.
func (b *Broker) Groups(ctx context.Context) (list []events.Group, err error) {
	err = b.runCall(ctx, func(ctx context.Context) error {
		list, err = b.groups(ctx)
		if err != nil {
			return fmt.Errorf("read the groups: %w", b.dialErrors.explain(err))
		}
		return nil
	})
	return list, err
}

func (b *Broker) groups(ctx context.Context) ([]events.Group, error) {
	extents, err := b.topicExtents(ctx)
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
		members := b.countMembers(d)
		if len(stored) == 0 && members == 0 {
			continue
		}
		name, own := b.config.groupName(d.Group)
		if _, known := byName[name]; known && !own {
			continue
		}
		g := events.Group{Name: name, Members: members}
		for partition, h := range extents {
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

// countMembers counts the members of a group that read the topic.
func (b *Broker) countMembers(d kadm.DescribedGroup) (count int) {
	for _, m := range d.Members {
		wants, ok := m.Join.AsConsumer()
		if ok && slices.Contains(wants.Topics, b.config.Topic) {
			count++
		}
	}
	return count
}

// extent is the range of the offsets in a partition, from start to before end.
type extent struct{ start, end int64 }

// topicExtents returns the extents of the partitions of the topic; none if it
// does not exist.
func (b *Broker) topicExtents(ctx context.Context) (map[int32]extent, error) {
	return b.extents(ctx, b.config.Topic)
}

func (b *Broker) extents(ctx context.Context, name string) (map[int32]extent, error) {
	fail := func(err error) (map[int32]extent, error) {
		return nil, fmt.Errorf("read the offsets of %s: %w", name, b.dialErrors.explain(err))
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
	extents := map[int32]extent{}
	ends.Each(func(o kadm.ListedOffset) {
		start, _ := starts.Lookup(name, o.Partition)
		extents[o.Partition] = extent{start: start.Offset, end: o.Offset}
	})
	return extents, nil
}
