// Package announce decides when stock notifies catalog of the stores that it uses:
// at the start, and every so often while catalog has not returned all of them.
package announce

import (
	"context"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
)

// interval is the pause between two looks at the used stores. It is the time for
// which catalog may not know a store after it did not respond.
const interval = 5 * time.Second

// Announcer notifies catalog; ledger.Service is one.
type Announcer interface {
	// AnnounceStores notifies catalog of some of the used stores, and reports whether
	// there may be more.
	AnnounceStores(ctx context.Context) (more bool, err error)
}

// Run announces until ctx ends.
func Run(ctx context.Context, announcer Announcer, c clock.Clock, logger *slog.Logger) error {
	failed := false
	for ctx.Err() == nil {
		more, err := announcer.AnnounceStores(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			logger.InfoContext(ctx, "stores announced later", slog.Any("reason", err))
		}
		if failed = err != nil; !more {
			_ = clock.Sleep(ctx, c, interval) // the loop looks at ctx
		}
	}
	return nil
}
