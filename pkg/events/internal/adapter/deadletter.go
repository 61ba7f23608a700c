package adapter

import (
	"context"
	"fmt"
	"log/slog"

	"inventory.example/pkg/events"
)

// WriteDeadLetter calls write with the id of the event of the dead letter, and
// logs the outcome. The id is empty for a document that is not an event.
func WriteDeadLetter(
	ctx context.Context, logger *slog.Logger, letter events.DeadLetter, write func(eventID string) error,
) error {
	var id string
	if event, err := events.Decode(letter.Document); err == nil {
		id = event.ID
	}
	attrs := []slog.Attr{
		slog.String("group", letter.Group), slog.String("event_id", id),
		slog.String("reason", letter.Reason), slog.Int("attempts", letter.Attempts),
	}
	if err := write(id); err != nil {
		if ctx.Err() == nil { // the caller tries again and does not look at the error
			logger.LogAttrs(ctx, slog.LevelWarn, "dead letter not stored yet", append(attrs, slog.Any("err", err))...)
		}
		return fmt.Errorf("store dead letter: %w", err)
	}
	logger.LogAttrs(ctx, slog.LevelError, "event became a dead letter", attrs...)
	return nil
}
