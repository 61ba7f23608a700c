package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/feed"
)

// ReplayParams asks to send the recorded events of a range again.
type ReplayParams struct {
	WebhookID  string
	From       time.Time     // of recording; zero is invalid
	To         time.Time     // exclusive; zero or later than now: now
	EventTypes []events.Type // empty: all that the webhook wants
}

// Replay is a range of the feed that is sent again to one webhook.
type Replay struct {
	WebhookID  string
	From, To   time.Time
	EventTypes []events.Type
	Queued     int64 // deliveries so far
	Done       bool  // the whole range is queued
}

// Rest is the part of a replay that is not queued.
type Rest struct {
	WebhookID  string
	EventTypes []events.Type
	After      Place     // the last entry that was read
	Until      time.Time // exclusive
}

// Place is a place in the feed, by the time of recording.
type Place struct {
	At  time.Time
	Seq int64
}

// Recorded is an entry of the feed with its place.
type Recorded struct {
	Place
	Entry feed.Entry
}

const (
	// replayPage bounds the entries that one transaction reads.
	replayPage = 256
	// maxReplayed is how many deliveries of a webhook may be pending before a replay
	// waits, so that new events do not queue after a whole range.
	maxReplayed = 1000
	// replayInterval is the pause between two looks at the replays.
	replayInterval = time.Second
)

// Replay queues the recorded events of a range again for a webhook that is active,
// those that it wants, in the order of their recording. The first part is queued at
// once, the rest by RunReplays.
func (s *Service) Replay(ctx context.Context, p ReplayParams, once idempotency.Request) (r Replay, replayed bool, err error) {
	at := clock.Truncate(s.clock.Now())
	if p.To.IsZero() || p.To.After(at) {
		p.To = at.Add(time.Millisecond) // includes the entries of this millisecond
	}
	p.From, p.To, p.EventTypes = clock.Truncate(p.From), clock.Truncate(p.To), unique(p.EventTypes)
	if err := p.check(); err != nil {
		return Replay{}, false, err
	}
	err = s.repo.Write(ctx, func(tx Tx) error {
		var err error
		if r, replayed, err = idempotency.Replay(tx, once, s.savedReplays); err != nil || replayed {
			return err
		}
		w, err := currentWebhook(tx, p.WebhookID, nil)
		if err != nil {
			return err
		}
		if !w.Active {
			return problem.New(problem.InvalidState, "The webhook is not active.")
		}
		if _, found, err := tx.Rest(w.ID); err != nil || found {
			return cmp.Or(err, error(problem.New(problem.InvalidState, "A replay of this webhook is not complete yet; send the request again later.")))
		}
		rest := Rest{WebhookID: w.ID, EventTypes: p.EventTypes, After: Place{At: p.From}, Until: p.To}
		r = Replay{WebhookID: w.ID, From: p.From, To: p.To, EventTypes: p.EventTypes}
		if r.Queued, r.Done, err = queueRest(tx, &rest, at); err != nil {
			return err
		}
		if !r.Done {
			if err := tx.SaveRest(rest); err != nil {
				return err
			}
		}
		return idempotency.Save(tx, once, s.savedReplays, r)
	})
	return r, replayed, err
}

func (p ReplayParams) check() error {
	var checks problem.Checks
	checks.Require(!p.From.IsZero(), "from", "is required")
	checks.Require(p.From.IsZero() || p.From.Before(p.To), "to", "must be after from")
	for _, t := range p.EventTypes {
		checks.Require(slices.Contains(feed.Types(), t), "event_types", "must be known event types")
	}
	return checks.Err()
}

// queueRest queues the next part of a replay, and reports whether it was the last
// one.
func queueRest(tx Tx, rest *Rest, at time.Time) (queued int64, done bool, err error) {
	page, err := tx.RecordedAfter(rest.After, rest.Until, replayPage)
	if err != nil {
		return 0, false, err
	}
	for _, recorded := range page {
		rest.After = recorded.Place
		if len(rest.EventTypes) > 0 && !slices.Contains(rest.EventTypes, recorded.Entry.Event.Type) {
			continue
		}
		added, err := tx.QueueFor(rest.WebhookID, recorded.Entry, at)
		if err != nil {
			return 0, false, err
		}
		if added {
			queued++
		}
	}
	return queued, len(page) < replayPage, nil
}

// ContinueReplays queues the next part of each replay, and reports whether it queued
// or read any. A replay waits while its webhook is not active, or has many pending
// deliveries, and ends with its webhook.
func (s *Service) ContinueReplays(ctx context.Context) (more bool, err error) {
	list, err := s.repo.Rests(ctx)
	if err != nil {
		return false, err
	}
	for _, rest := range list {
		advanced, err := s.continueReplay(ctx, rest)
		if err != nil {
			return false, err
		}
		more = more || advanced
	}
	return more, nil
}

func (s *Service) continueReplay(ctx context.Context, rest Rest) (advanced bool, err error) {
	at := clock.Truncate(s.clock.Now())
	err = s.repo.Write(ctx, func(tx Tx) error {
		advanced = false
		rest, found, err := tx.Rest(rest.WebhookID)
		if err != nil || !found {
			return err
		}
		w, found, err := tx.Webhook(rest.WebhookID)
		if err != nil || found && !w.Active {
			return err
		}
		if !found {
			return tx.DeleteRest(rest.WebhookID)
		}
		pending, err := tx.CountPending(rest.WebhookID)
		if err != nil || pending >= maxReplayed {
			return err
		}
		_, done, err := queueRest(tx, &rest, at)
		if err != nil {
			return err
		}
		advanced = true
		if done {
			return tx.DeleteRest(rest.WebhookID)
		}
		return tx.SaveRest(rest)
	})
	return advanced, err
}

// RunReplays continues replays until ctx ends.
func (s *Service) RunReplays(ctx context.Context, logger *slog.Logger) error {
	for ctx.Err() == nil {
		more, err := s.ContinueReplays(ctx)
		if err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "continue replays of webhooks", slog.Any("err", err))
		}
		if !more {
			_ = clock.Sleep(ctx, s.clock, replayInterval) // the loop looks at ctx
		}
	}
	return nil
}
