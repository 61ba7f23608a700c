package redisstream

import (
	"context"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
)

// The pauses of a loop while the server cannot be used.
const (
	minPause = 50 * time.Millisecond
	maxPause = 5 * time.Second
)

// outage logs once that the server cannot be used, and once that it can be used
// again. It is used by one goroutine.
type outage struct {
	clock  clock.Clock
	logger *slog.Logger
	since  time.Time // zero: there is none
	pause  time.Duration
}

// recordFailure is called with each error. It returns the pause before the next
// attempt.
func (o *outage) recordFailure(ctx context.Context, err error) time.Duration {
	if o.since.IsZero() {
		o.since, o.pause = o.clock.Now(), minPause
		o.logger.WarnContext(ctx, "redis cannot be used; trying again until it can", slog.Any("err", err))
		return o.pause
	}
	o.pause = min(2*o.pause, maxPause)
	return o.pause
}

// recordSuccess is called after each success.
func (o *outage) recordSuccess(ctx context.Context) {
	if o.since.IsZero() {
		return
	}
	o.logger.InfoContext(ctx, "redis can be used again", slog.Duration("outage", o.clock.Now().Sub(o.since)))
	o.since = time.Time{}
}
