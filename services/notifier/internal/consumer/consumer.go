// Package consumer passes the events that notifier consumes, which are all events,
// to the feed.
package consumer

import (
	"context"
	"errors"

	"inventory.example/pkg/events"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/feed"
)

// Group is the consumer group of notifier.
const Group = "notifier"

// Consumer handles events with the feed.
type Consumer struct{ feed *feed.Service }

// New returns a Consumer.
func New(service *feed.Service) Consumer { return Consumer{service} }

// Handle is an events.Handler.
func (c Consumer) Handle(ctx context.Context, e events.Event) error {
	err := c.feed.Record(ctx, e)
	if problem.CodeOf(err) == problem.StorageUnavailable || errors.Is(err, feed.ErrConflict) {
		return events.Temporary(err)
	}
	return err
}
