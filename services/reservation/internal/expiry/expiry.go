// Package expiry ends reservations when their time is over. It is driven by
// the next due time, not by a tick, so a reservation ends within moments of its
// TTL, and an idle service sleeps.
package expiry

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"inventory.example/pkg/clock"
)

const (
	// safetyTick looks at the database although nothing is known to be due.
	safetyTick = 30 * time.Second
	// retryAfter is the pause after a failure.
	retryAfter = 250 * time.Millisecond
)

// Expirer ends due reservations; reservation.Service is one.
type Expirer interface {
	// Expire ends a batch of due reservations. It reports whether there may be
	// more, and otherwise when the next one is due (zero for never).
	Expire(ctx context.Context) (more bool, next time.Time, err error)
}

// Func is a function as an Expirer.
type Func func(ctx context.Context) (more bool, next time.Time, err error)

// Expire implements Expirer.
func (f Func) Expire(ctx context.Context) (more bool, next time.Time, err error) { return f(ctx) }

// Worker runs an Expirer whenever something is due. Make it with New.
type Worker struct {
	clock  clock.Clock
	logger *slog.Logger
	wake   chan struct{}
	next   atomic.Pointer[time.Time] // when Run looks next; nil while it looks
}

// New returns a Worker.
func New(c clock.Clock, logger *slog.Logger) *Worker {
	return &Worker{clock: c, logger: logger, wake: make(chan struct{}, 1)}
}

// Schedule notifies the worker of something that is due at expiresAt. It never
// blocks.
func (w *Worker) Schedule(expiresAt time.Time) {
	if next := w.next.Load(); next != nil && !expiresAt.Before(*next) {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run ends due reservations until ctx ends.
func (w *Worker) Run(ctx context.Context, expirer Expirer) error {
	for {
		pause := w.step(ctx, expirer)
		timer := w.clock.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C():
		case <-w.wake:
		}
		timer.Stop()
	}
}

// step ends all that is due and returns how long nothing is.
func (w *Worker) step(ctx context.Context, expirer Expirer) time.Duration {
	w.next.Store(nil)
	for ctx.Err() == nil {
		more, next, err := expirer.Expire(ctx)
		if err != nil {
			if ctx.Err() == nil {
				w.logger.WarnContext(ctx, "expire reservations", slog.Any("err", err))
			}
			return retryAfter
		}
		if more {
			continue
		}
		now := w.clock.Now()
		if latest := now.Add(safetyTick); next.IsZero() || next.After(latest) {
			next = latest
		}
		w.next.Store(&next)
		return next.Sub(now)
	}
	return 0
}
