// Command loadgen measures the system and prints each figure next to a baseline of the
// same machine: reservations over HTTP next to a handler that stores nothing and to
// hand-made servers, the relay next to the message broker's bare client.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"inventory.example/pkg/process"
)

const usage = `usage: loadgen COMMAND [flags]

  reserve    POST /reservations, beside a bare gin handler, a hand-made server or another build
  relay      drain an outbox into a message broker, beside its bare client
  bare       the bare gin handler (reserve starts it)
  yardstick  the hand-made server on Redis or PostgreSQL (reserve starts it)`

func main() {
	process.Main("loadgen", func(ctx context.Context) error {
		if len(os.Args) < 2 {
			return errors.New(usage)
		}
		switch name, args := os.Args[1], os.Args[2:]; name {
		case "reserve":
			return reserveCommand(ctx, args)
		case "relay":
			return relayCommand(ctx, args)
		case "bare":
			return bareCommand(ctx, args)
		case "yardstick":
			return yardstickCommand(ctx, args)
		default:
			return fmt.Errorf("unknown command %q\n%s", name, usage)
		}
	})
}
