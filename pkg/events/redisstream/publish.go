package redisstream

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
	"inventory.example/pkg/events/gate"
)

// The bounds of what is added in one transaction, during which the server does
// nothing else.
const (
	chunkLength = 512
	chunkBytes  = 4 << 20
)

// publisher implements events.Publisher and events.Pinger.
type publisher struct {
	broker *Broker
	gate   *gate.Gate
}

// Publish implements events.Publisher.
func (p *publisher) Publish(ctx context.Context, event events.Event) error {
	return p.PublishBatch(ctx, []events.Event{event})
}

// PublishBatch implements events.Publisher. On an error a prefix of the events
// was stored, or may have been.
func (p *publisher) PublishBatch(ctx context.Context, list []events.Event) error {
	return p.call(func() error { return p.broker.publish(ctx, "", list) })
}

// Ping implements events.Pinger. It asks for the length of the stream, so that
// in a cluster the node that has the stream is the one to answer.
func (p *publisher) Ping(ctx context.Context) error {
	return p.call(func() error {
		b := p.broker
		return b.wrapError(ctx, b.client.XLen(ctx, b.config.Stream).Err(), "ask for the length of stream %s", b.config.Stream)
	})
}

// Close implements events.Publisher.
func (p *publisher) Close() error {
	p.gate.Close()
	return nil
}

// call runs f unless the publisher or its broker is closed.
func (p *publisher) call(f func() error) error {
	if err := p.gate.Enter(); err != nil {
		return err
	}
	defer p.gate.Leave()
	return p.broker.call(f)
}

// call runs f unless the broker is closed.
func (b *Broker) call(f func() error) error {
	if err := b.gate.Enter(); err != nil {
		return err
	}
	defer b.gate.Leave()
	return f()
}

// publish adds the events to the stream in their order, for all groups or for
// one.
func (b *Broker) publish(ctx context.Context, onlyGroup string, list []events.Event) error {
	for i := range list {
		if len(list[i].Document()) == 0 {
			return fmt.Errorf("event %d of %d has no document; only New and Decode make events", i+1, len(list))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for rest := list; len(rest) > 0; {
		count, bytes := chunk(rest)
		if err := b.add(ctx, onlyGroup, rest[:count]); err != nil {
			return b.wrapError(ctx, err, "add events %d to %d of %d (%d bytes) to stream %s",
				len(list)-len(rest)+1, len(list)-len(rest)+count, len(list), bytes, b.config.Stream)
		}
		rest = rest[count:]
	}
	return nil
}

// chunk returns how many of the first events one transaction takes, and the
// bytes of their documents.
func chunk(list []events.Event) (count, bytes int) {
	for count < min(len(list), chunkLength) {
		size := len(list[count].Document())
		if count > 0 && bytes+size > chunkBytes {
			break
		}
		count, bytes = count+1, bytes+size
	}
	return count, bytes
}

// add adds all of the events or none. A mere pipeline could lose one in the
// middle, to a server that is out of memory for a moment, and so bring the next
// of its key before it.
func (b *Broker) add(ctx context.Context, onlyGroup string, list []events.Event) error {
	if len(list) == 1 {
		return b.client.XAdd(ctx, &redis.XAddArgs{Stream: b.config.Stream, Values: values(list[0], onlyGroup)}).Err()
	}
	replies, err := b.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for i := range list {
			p.XAdd(ctx, &redis.XAddArgs{Stream: b.config.Stream, Values: values(list[i], onlyGroup)})
		}
		return nil
	})
	for _, reply := range replies {
		// A command that was refused says why; the transaction says only that
		// there was one.
		if err := reply.Err(); err != nil {
			return err
		}
	}
	return err
}
