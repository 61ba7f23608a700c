// Command consumer prints the events of the system from Redis, as a program that
// shares no code with it would read them. docs/tutorials/consumer.md explains it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// event has the fields of the envelope that this consumer needs.
type event struct {
	ID        string          `json:"id"`
	Type      string          `json:"event_type"`
	Aggregate string          `json:"aggregate_id"`
	Version   int64           `json:"version"`
	Payload   json.RawMessage `json:"payload"`
}

func main() {
	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	err := consume(context.Background(), client, "inventory-events", "billing", func(e event) error {
		_, err := fmt.Printf("%s %s %s\n", e.Type, e.Aggregate, e.Payload)
		return err
	})
	fmt.Fprintln(os.Stderr, "consumer:", err)
	os.Exit(1)
}

// consume calls handle with each event of the stream until an error or the end of
// ctx. An event is acknowledged after handle returned nil.
func consume(ctx context.Context, client *redis.Client, stream, group string, handle func(event) error) error {
	err := client.XGroupCreateMkStream(ctx, stream, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") { // the group is there
		return err
	}
	from := "0" // at first the entries that this member read and did not acknowledge
	for {
		read, err := client.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: group, Consumer: "one", Streams: []string{stream, from}, Count: 100, Block: time.Second,
		}).Result()
		switch {
		case errors.Is(err, redis.Nil):
			continue // nothing new for a second
		case err != nil:
			return err
		case len(read[0].Messages) == 0:
			from = ">" // from now on the entries that no member has read
		}
		for _, message := range read[0].Messages {
			if only, replay := message.Values["only_group"]; !replay || only == group {
				var e event
				if err := json.Unmarshal([]byte(fmt.Sprint(message.Values["event"])), &e); err != nil {
					return err
				}
				if err := handle(e); err != nil {
					return err
				}
			}
			if err := client.XAck(ctx, stream, group, message.ID).Err(); err != nil {
				return err
			}
		}
	}
}
