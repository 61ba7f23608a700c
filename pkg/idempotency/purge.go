package idempotency

import (
	"context"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
)

// retention is how long a result is kept at least, twice as long as the contract
// promises: a clock that is set back by less than a day reveals no key whose
// result is gone.
const retention = 2 * Promised

// purgeInterval is how often RunPurge purges.
const purgeInterval = time.Hour

// Purger deletes results.
type Purger interface {
	// PurgeResults deletes results that were saved before the given time, a bounded
	// number of them, and reports whether more are left.
	PurgeResults(ctx context.Context, before time.Time) (more bool, err error)
}

// RunPurge purges results older than retention at once and every hour, until ctx
// ends.
func RunPurge(ctx context.Context, purger Purger, c clock.Clock, logger *slog.Logger) error {
	for ctx.Err() == nil {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = purger.PurgeResults(ctx, c.Now().Add(-retention)); err != nil && ctx.Err() == nil {
				logger.WarnContext(ctx, "purge idempotency keys", slog.Any("err", err))
			}
		}
		_ = clock.Sleep(ctx, c, purgeInterval) // the loop looks at ctx
	}
	return nil
}
