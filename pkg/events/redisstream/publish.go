package redisstream

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"inventory.example/pkg/events"
)

// The bounds of one transaction, during which the server runs no other command.
const (
	chunkLength = 512
	chunkBytes  = 4 << 20
)

// ping asks for the length of the stream, so that in a cluster the node that has
// the stream responds.
func (b *Broker) ping(ctx context.Context) error {
	return b.wrapError(ctx, b.client.XLen(ctx, b.config.Stream).Err(), "ask for the length of stream %s", b.config.Stream)
}

// publish adds the events to the stream in their order, for all groups or for
// one. On an error a prefix of the events was stored, or may have been.
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
		if err := b.addAll(ctx, onlyGroup, rest[:count]); err != nil {
			return b.wrapError(ctx, err, "add events %d to %d of %d (%d bytes) to stream %s",
				len(list)-len(rest)+1, len(list)-len(rest)+count, len(list), bytes, b.config.Stream)
		}
		rest = rest[count:]
	}
	return nil
}

// chunk returns the number of events that the next transaction adds, and the
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

// addAll adds all events or none. A plain pipeline could lose one in the middle,
// when the server is out of memory for a moment, and the next event of its key
// would overtake it.
func (b *Broker) addAll(ctx context.Context, onlyGroup string, list []events.Event) error {
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
		// The error of a refused command has the reason; that of the transaction
		// only says that a command was refused.
		if err := reply.Err(); err != nil {
			return err
		}
	}
	return err
}
