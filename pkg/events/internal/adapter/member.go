package adapter

import (
	"context"
	"log/slog"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
)

// Member is one subscription of a consumer group. Create it with NewMember.
type Member struct {
	Group    string
	Logger   *slog.Logger // names the group and the member
	Delivery events.Delivery
	clock    clock.Clock
}

// StoreDeadLetter stores one dead letter in the broker. It is called again
// until it returns nil.
type StoreDeadLetter func(ctx context.Context, letter events.DeadLetter) error

// NewMember returns the member of a subscription. It logs each failed attempt
// of the handler.
func NewMember(subscription events.Subscription, store StoreDeadLetter, c clock.Clock, logger *slog.Logger) Member {
	logger = logger.With(slog.String("group", subscription.Group), slog.String("member", subscription.Member))
	return Member{
		Group: subscription.Group, Logger: logger, clock: c,
		Delivery: events.Delivery{
			Subscription: subscription, StoreDeadLetter: store,
			AttemptFailed: func(event events.Event, attempt int, err error) { logFailedAttempt(logger, event, attempt, err) },
		},
	}
}

func logFailedAttempt(logger *slog.Logger, event events.Event, attempt int, err error) {
	logger.Warn("event failed", slog.String("event_id", event.ID), slog.String("event_type", string(event.Type)),
		slog.Int("attempt", attempt), slog.Any("err", err))
}

// Concerns reports whether the group is to see a record that is for onlyGroup.
// An empty onlyGroup means that the record is for every group.
func (m *Member) Concerns(onlyGroup string) bool { return onlyGroup == "" || onlyGroup == m.Group }

// Batch sorts the records of one fetch into events for the handler and records
// that need no handler. The records have indexes from 0. Create it with
// NewBatch.
type Batch struct {
	member  *Member
	done    []bool
	events  []events.Event
	indexes []int // events[i] is the event of record indexes[i]
}

// NewBatch returns a batch of length records, none of which is done.
func (m *Member) NewBatch(length int) Batch {
	return Batch{
		member: m, done: make([]bool, length), events: make([]events.Event, 0, length), indexes: make([]int, 0, length),
	}
}

// Skip marks the record as done without the handler.
func (b *Batch) Skip(index int) { b.done[index] = true }

// Add adds the record's event to those that the handler gets.
func (b *Batch) Add(index int, event events.Event) {
	b.events = append(b.events, event)
	b.indexes = append(b.indexes, index)
}

// Bury stores a dead letter for the record, whose document is not an event, and
// logs it with the attributes that name its place. The record is not done if ctx
// ends first.
func (b *Batch) Bury(ctx context.Context, index int, document []byte, cause error, place ...slog.Attr) {
	m := b.member
	m.Logger.LogAttrs(ctx, slog.LevelError, "not an event", append(place, slog.Any("err", cause))...)
	b.done[index] = m.Delivery.Bury(ctx, events.DeadLetter{
		Document: document, Group: m.Group, Reason: cause.Error(), FailedAt: m.clock.Now(),
	})
}

// Events returns the events for the handler, which the member's Delivery runs.
func (b *Batch) Events() []events.Event { return b.events }

// MarkDone takes the result of the Delivery, one element for each of Events.
// Element i of its own result reports whether record i is to be acknowledged.
func (b *Batch) MarkDone(delivered []bool) (done []bool) {
	for i, d := range delivered {
		b.done[b.indexes[i]] = d
	}
	return b.done
}
