// Package walk decides when reservation walks the held holds of stock: at the start,
// after a call to stock failed, and every so often. A walk that fails is retried
// until stock responds.
package walk

import (
	"context"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/services/reservation/internal/reservation"
)

const (
	minPause = 500 * time.Millisecond // between two walks at least
	// maxRetry bounds the pause after a walk that failed, which begins with
	// firstRetry and doubles.
	firstRetry = 100 * time.Millisecond
	maxRetry   = 5 * time.Second
	// rest is how many times longer than a walk the pause after it is at least:
	// walks take a twentieth of one processor at most, however many holds there
	// are.
	rest = 20
)

// Walker walks the holds once; reservation.Service is one.
type Walker interface {
	Walk(ctx context.Context) (reservation.Walked, error)
}

// Options are the dependencies of a Worker; all are required.
type Options struct {
	Interval time.Duration // between two walks when nothing calls for one
	Clock    clock.Clock
	Logger   *slog.Logger
	// Counted is called after each walk, with whether it failed. It must not block.
	Counted func(failed bool)
}

// Worker runs a Walker. Make it with New.
type Worker struct {
	options Options
	wake    chan struct{}
	failed  time.Duration // pause after the last walk that failed; 0: the last one succeeded
}

// New returns a Worker.
func New(o Options) *Worker { return &Worker{options: o, wake: make(chan struct{}, 1)} }

// Wake calls for a walk. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run walks until ctx ends.
func (w *Worker) Run(ctx context.Context, walker Walker) error {
	for {
		atLeast, atMost := w.walk(ctx, walker)
		if !w.pause(ctx, atLeast, nil) || !w.pause(ctx, atMost-atLeast, w.wake) {
			return nil
		}
	}
}

// pause waits for a time, or until it is woken, and reports whether ctx goes on.
func (w *Worker) pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := w.options.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
	case <-wake:
	}
	return ctx.Err() == nil
}

// walk walks once and returns the bounds of the pause before the next walk.
func (w *Worker) walk(ctx context.Context, walker Walker) (atLeast, atMost time.Duration) {
	began := w.options.Clock.Now()
	walked, err := walker.Walk(ctx)
	if ctx.Err() != nil {
		return 0, 0
	}
	w.options.Counted(err != nil)
	if err != nil {
		if w.failed == 0 {
			w.options.Logger.InfoContext(ctx, "the walk of the holds failed and is tried again", slog.Any("reason", err))
		}
		w.failed = min(max(2*w.failed, firstRetry), maxRetry)
		return w.failed, w.failed
	}
	took := max(0, w.options.Clock.Now().Sub(began))
	if w.failed > 0 || walked.Settled > 0 || walked.Repaired > 0 {
		w.options.Logger.InfoContext(ctx, "walked the holds", slog.Int("held", walked.Held),
			slog.Int("settled", walked.Settled), slog.Int("repaired", walked.Repaired), slog.Duration("took", took))
	}
	w.failed = 0
	atLeast = max(minPause, rest*took)
	if walked.More {
		return atLeast, atLeast
	}
	return atLeast, max(atLeast, w.options.Interval)
}
