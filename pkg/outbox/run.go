package outbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
)

// Run publishes while the relay leads, until ctx ends. Then it publishes all
// events that are there once more, stamps those that were acknowledged, and
// returns nil.
func (r *Relay) Run(ctx context.Context) error {
	backoff := minBackoff
	for runs := true; runs; runs = ctx.Err() == nil {
		ended := r.follow(ctx)
		leading, release, err := r.store.Lead(ctx)
		ended()
		switch {
		case err == nil:
			backoff = minBackoff
			r.unknown.Store(true) // another one may have led
			r.publishWhile(ctx, leading)
			release()
		case ctx.Err() == nil:
			r.logger.WarnContext(ctx, "relay does not lead", slog.Any("err", err), slog.Duration("retry_in", backoff))
			_ = clock.Sleep(ctx, r.clock, backoff) // the loop looks at ctx
			backoff = min(2*backoff, maxBackoff)
		}
	}
	return nil
}

// followInterval is the time between two looks at the progress of another leader.
const followInterval = time.Second

// follow keeps the backlog true while another relay may lead: it reads how far that one
// has published, until ended is called.
func (r *Relay) follow(ctx context.Context) (ended func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for clock.Sleep(ctx, r.clock, followInterval) == nil {
			// A database that cannot be read is reported by health, and the next look is soon.
			_ = r.readPosition(ctx)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// publishWhile publishes until leading ends, and drains when that ended with
// ctx.
func (r *Relay) publishWhile(ctx, leading context.Context) {
	defer func() {
		if ctx.Err() != nil {
			r.drain(ctx)
		}
	}()
	backoff := minBackoff
	for {
		pause := safetyTick
		switch more, err := r.Step(leading); {
		case errors.Is(err, events.ErrNoBroker):
		case err != nil && leading.Err() == nil:
			r.logger.WarnContext(ctx, "relay failed", slog.Any("err", err),
				slog.Int64("pending_events", r.Pending()), slog.Duration("retry_in", backoff))
			pause, backoff = backoff, min(2*backoff, maxBackoff)
			if !r.pause(leading, pause, nil) {
				return
			}
			continue
		case err == nil:
			backoff = minBackoff
			if more {
				pause = 0
			} else if r.marked < r.published.Load() {
				pause = markInterval
			}
		}
		if leading.Err() != nil || pause > 0 && !r.pause(leading, pause, r.wake) {
			return
		}
	}
}

// pause waits for d or for wake and reports false when ctx ended first. During
// a backoff wake is nil: commits do not shorten it.
func (r *Relay) pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := r.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C():
	case <-wake:
	}
	return true
}

// drainLimit bounds the last publishing of a service that stops.
const drainLimit = 3 * time.Second

func (r *Relay) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	for more := true; more; {
		var err error
		if more, err = r.Step(ctx); err != nil {
			r.logger.InfoContext(ctx, "events stay pending", slog.Any("reason", err), slog.Int64("pending_events", r.Pending()))
			break
		}
	}
	if err := r.mark(ctx); err != nil {
		r.logger.WarnContext(ctx, "mark published events", slog.Any("err", err))
	}
}
