package kafka

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// storeDeadLetter is the StoreDeadLetter of every delivery.
func (b *Broker) storeDeadLetter(ctx context.Context, letter events.DeadLetter) error {
	return adapter.WriteDeadLetter(ctx, b.logger, letter, func(eventID string) error {
		return b.letters.produce(ctx, []*kgo.Record{b.config.letterRecord(letter, eventID)})
	})
}

// DeadLetters implements events.Inspector.
func (b *Broker) DeadLetters(ctx context.Context, after string, limit int) (list []events.StoredDeadLetter, err error) {
	afterPartition, afterOffset := int32(-1), int64(-1)
	if after != "" {
		var ok bool
		if afterPartition, afterOffset, ok = parseLetterID(after); !ok {
			return nil, fmt.Errorf("dead letters after %q: %w", after, events.ErrNoDeadLetter)
		}
	}
	err = b.runCall(ctx, func(ctx context.Context) error {
		all, err := b.storedLetters(ctx)
		if err != nil {
			return err
		}
		for _, l := range all {
			p, offset, _ := parseLetterID(l.ID)
			if p > afterPartition || p == afterPartition && offset > afterOffset {
				list = append(list, l)
			}
		}
		list = list[:min(len(list), max(limit, 0))]
		return nil
	})
	return list, err
}

// DeadLetter implements events.Inspector.
func (b *Broker) DeadLetter(ctx context.Context, id string) (letter events.StoredDeadLetter, err error) {
	err = b.runCall(ctx, func(ctx context.Context) error {
		letter, err = b.storedLetter(ctx, id)
		return err
	})
	return letter, err
}

// ReplayDeadLetter implements events.Inspector.
func (b *Broker) ReplayDeadLetter(ctx context.Context, id string) error {
	return b.runCall(ctx, func(ctx context.Context) error {
		letter, err := b.storedLetter(ctx, id)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		event, err := events.Decode(letter.Document)
		if err != nil {
			return fmt.Errorf("replay dead letter %s: %w", id, err)
		}
		if err := b.publish(ctx, b.letters, letter.Group, []events.Event{event}); err != nil {
			return fmt.Errorf("replay dead letter %s: %w", id, err)
		}
		if err := b.removeLetter(ctx, id); err != nil {
			return fmt.Errorf("%w; its event was republished", err)
		}
		return nil
	})
}

// DiscardDeadLetter implements events.Inspector.
func (b *Broker) DiscardDeadLetter(ctx context.Context, id string) (letter events.StoredDeadLetter, err error) {
	err = b.runCall(ctx, func(ctx context.Context) error {
		if letter, err = b.storedLetter(ctx, id); err != nil {
			return fmt.Errorf("discard: %w", err)
		}
		return b.removeLetter(ctx, id)
	})
	return letter, err
}

// removeLetter removes a dead letter. Kafka cannot remove a record, so another
// record marks the dead letter as removed. A second mark does no harm.
func (b *Broker) removeLetter(ctx context.Context, id string) error {
	if err := b.letters.produce(ctx, []*kgo.Record{b.config.markerRecord(id)}); err != nil {
		return fmt.Errorf("remove dead letter %s: %w", id, err)
	}
	return nil
}

func (b *Broker) storedLetter(ctx context.Context, id string) (events.StoredDeadLetter, error) {
	all, err := b.storedLetters(ctx)
	if err != nil {
		return events.StoredDeadLetter{}, err
	}
	for _, l := range all {
		if l.ID == id {
			return l, nil
		}
	}
	return events.StoredDeadLetter{}, fmt.Errorf("dead letter %s: %w", id, events.ErrNoDeadLetter)
}

// storedLetters returns the dead letters that were not removed, in their
// order. It reads the whole topic, because the mark of a removed dead letter
// comes after it; there are few of them.
func (b *Broker) storedLetters(ctx context.Context) ([]events.StoredDeadLetter, error) {
	var all []events.StoredDeadLetter
	removed := map[string]bool{}
	err := b.readAll(ctx, b.config.deadLetterTopic(), func(r *kgo.Record) error {
		if id := header(r, headerRemoved); id != "" {
			removed[id] = true
			return nil
		}
		all = append(all, decodeDeadLetter(r))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", err)
	}
	// There is one partition, unless another program created the topic.
	slices.SortFunc(all, func(a, b events.StoredDeadLetter) int {
		p, offset, _ := parseLetterID(a.ID)
		q, other, _ := parseLetterID(b.ID)
		return cmp.Or(cmp.Compare(p, q), cmp.Compare(offset, other))
	})
	var list []events.StoredDeadLetter
	for _, l := range all {
		if !removed[l.ID] {
			list = append(list, l)
		}
	}
	return list, nil
}

// decodeDeadLetter decodes a record of the topic. It leaves out a header in
// another format.
func decodeDeadLetter(r *kgo.Record) events.StoredDeadLetter {
	l := events.StoredDeadLetter{
		ID: letterID(r.Partition, r.Offset), EventID: header(r, headerEventID),
		DeadLetter: events.DeadLetter{Document: r.Value, Group: header(r, headerGroup), Reason: header(r, headerReason)},
	}
	l.Attempts, _ = strconv.Atoi(header(r, headerAttempts))
	var err error
	if l.FailedAt, err = time.Parse(events.TimeFormat, header(r, headerFailedAt)); err != nil {
		l.FailedAt = r.Timestamp.UTC()
	}
	return l
}
