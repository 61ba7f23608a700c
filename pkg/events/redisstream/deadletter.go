package redisstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/events/internal/adapter"
)

// The fields of a dead letter.
const (
	letterDocument = "document"
	letterGroup    = "group"
	letterEventID  = "event_id"
	letterReason   = "reason"
	letterAttempts = "attempts"
	letterFailedAt = "failed_at"
)

// storeDeadLetter is the StoreDeadLetter of every delivery.
func (b *Broker) storeDeadLetter(ctx context.Context, letter events.DeadLetter) error {
	return adapter.WriteDeadLetter(ctx, b.logger, letter, func(eventID string) error {
		err := b.client.XAdd(ctx, &redis.XAddArgs{Stream: b.config.deadLetterStream(), Values: []any{
			letterDocument, letter.Document, letterGroup, letter.Group, letterEventID, eventID, letterReason, letter.Reason,
			letterAttempts, letter.Attempts, letterFailedAt, events.FormatTime(letter.FailedAt),
		}}).Err()
		return b.wrapError(ctx, err, "add to stream %s", b.config.deadLetterStream())
	})
}

// DeadLetters implements events.Inspector. Dead letters are kept until they are
// replayed or discarded. The ids are those of the stream's entries.
func (b *Broker) DeadLetters(ctx context.Context, after string, limit int) (letters []events.StoredDeadLetter, err error) {
	start := "-"
	if after != "" {
		id, err := parseID(after)
		if err != nil {
			return nil, fmt.Errorf("dead letters after %s: %w", after, err)
		}
		start = id.next().String()
	}
	if limit <= 0 {
		return nil, nil
	}
	err = b.gate.Run(func() error {
		list, err := b.client.XRangeN(ctx, b.config.deadLetterStream(), start, "+", int64(limit)).Result()
		for _, entry := range list {
			letters = append(letters, decodeDeadLetter(entry))
		}
		return b.wrapError(ctx, err, "read the dead letters")
	})
	return letters, err
}

// DeadLetter implements events.Inspector.
func (b *Broker) DeadLetter(ctx context.Context, id string) (letter events.StoredDeadLetter, err error) {
	err = b.gate.Run(func() error {
		letter, err = b.deadLetter(ctx, id)
		return err
	})
	return letter, err
}

func (b *Broker) deadLetter(ctx context.Context, id string) (events.StoredDeadLetter, error) {
	// The server accepts other spellings of an id, too. They are refused, so that a
	// dead letter has one id.
	if parsed, err := parseID(id); err != nil || parsed.String() != id {
		return events.StoredDeadLetter{}, fmt.Errorf("dead letter %s: %w", id, events.ErrNoDeadLetter)
	}
	list, err := b.client.XRange(ctx, b.config.deadLetterStream(), id, id).Result()
	if err != nil {
		return events.StoredDeadLetter{}, b.wrapError(ctx, err, "read dead letter %s", id)
	}
	if len(list) == 0 {
		return events.StoredDeadLetter{}, fmt.Errorf("dead letter %s: %w", id, events.ErrNoDeadLetter)
	}
	return decodeDeadLetter(list[0]), nil
}

// decodeDeadLetter reads an entry. A number or time in another format stays zero,
// so that the dead letter is listed in any case.
func decodeDeadLetter(entry redis.XMessage) events.StoredDeadLetter {
	l := events.StoredDeadLetter{ID: entry.ID, EventID: text(entry, letterEventID), DeadLetter: events.DeadLetter{
		Document: []byte(text(entry, letterDocument)), Group: text(entry, letterGroup), Reason: text(entry, letterReason),
	}}
	if n, err := strconv.Atoi(text(entry, letterAttempts)); err == nil {
		l.Attempts = n
	}
	if t, err := time.Parse(events.TimeFormat, text(entry, letterFailedAt)); err == nil {
		l.FailedAt = t
	}
	return l
}

// The lease on a dead letter outlives the three commands that need it.
const (
	letterLease = 4 * ioTimeout
	letterPause = 50 * time.Millisecond
)

// withLease runs work while this call owns the lease on a dead letter. If another
// call owns it, in this process or another, withLease waits; work then finds that
// the dead letter is gone.
func (b *Broker) withLease(ctx context.Context, id string, work func() error) error {
	return b.gate.Run(func() error {
		// Other releases use the same key, so its name must not change.
		l := lease{client: b.client, key: b.config.deadLetterStream() + ".replay." + id, length: letterLease}
		for {
			acquired, err := l.acquire(ctx)
			if err != nil {
				return b.wrapError(ctx, err, "acquire the lease of dead letter %s", id)
			}
			if acquired {
				break
			}
			if clock.Sleep(ctx, b.clock, letterPause) != nil {
				return fmt.Errorf("wait for dead letter %s, which another call replays or discards: %w", id, ctx.Err())
			}
		}
		err := work()
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
		defer cancel()
		return errors.Join(err, b.wrapError(detached, l.release(detached), "release the lease of dead letter %s", id))
	})
}

// ReplayDeadLetter implements events.Inspector. Of concurrent calls for one dead
// letter one succeeds; the others wait and then find that it is gone.
func (b *Broker) ReplayDeadLetter(ctx context.Context, id string) error {
	return b.withLease(ctx, id, func() error { return b.replay(ctx, id) })
}

// replay publishes the event before it deletes the dead letter, so that a crash
// loses nothing.
func (b *Broker) replay(ctx context.Context, id string) error {
	letter, err := b.deadLetter(ctx, id)
	if err != nil {
		return err
	}
	event, err := events.Decode(letter.Document)
	if err != nil {
		return fmt.Errorf("replay dead letter %s: %w", id, err)
	}
	if err := b.publish(ctx, letter.Group, []events.Event{event}); err != nil {
		return fmt.Errorf("replay dead letter %s: %w", id, err)
	}
	err = b.client.XDel(ctx, b.config.deadLetterStream(), id).Err()
	return b.wrapError(ctx, err, "remove dead letter %s, whose event was republished", id)
}

// DiscardDeadLetter implements events.Inspector. Of concurrent discards and
// replays of one dead letter one succeeds.
func (b *Broker) DiscardDeadLetter(ctx context.Context, id string) (letter events.StoredDeadLetter, err error) {
	err = b.withLease(ctx, id, func() (err error) {
		if letter, err = b.deadLetter(ctx, id); err != nil {
			return err
		}
		err = b.client.XDel(ctx, b.config.deadLetterStream(), id).Err()
		return b.wrapError(ctx, err, "remove dead letter %s", id)
	})
	return letter, err
}
