package postgres

import (
	"context"
	"math/rand/v2"
	"time"
)

// The pauses between two attempts double from the first to the last.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// backoff counts the pauses between the attempts at one thing.
type backoff struct{ pause time.Duration }

// pauseNext pauses before the next attempt, for a time of which half is random, so
// that processes which failed together do not come again together. It returns
// ctx's error when ctx ends first.
func (b *backoff) pauseNext(ctx context.Context) error {
	b.pause = min(max(2*b.pause, firstPause), lastPause)
	timer := time.NewTimer(b.pause/2 + rand.N(b.pause/2)) //nolint:gosec // not a secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retry calls attempt until it succeeds, fails by its own fault, or limit is
// over; an attempt that has begun may take longer. The error is that of the last
// attempt.
func retry(ctx context.Context, limit time.Duration, attempt func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var pauses backoff
	for {
		err := attempt(ctx)
		if err == nil || kindOf(err) == ownFault || pauses.pauseNext(limited) != nil {
			return err
		}
	}
}
