package webhook

import (
	"context"
	"log/slog"
	"time"

	"inventory.example/pkg/clock"
)

// Delivery is one event for one webhook, and when it is due.
type Delivery struct {
	ID        int64
	WebhookID string
	EventID   string
	Attempts  int // so far
	DueAt     time.Time
}

// Request is a request to the endpoint of a webhook.
type Request struct {
	URL     string
	Secrets []string // each of them signs the request
	EventID string
	At      time.Time
	Body    []byte
}

// Result is the result of a request.
type Result struct {
	Status  int    // of the response; 0 when there was none
	Excerpt string // the beginning of the response
	Failure string // why there was no response, in words that an outsider may read; empty when there was one
	// RetryAfter is the pause that the endpoint asks for; 0: none.
	RetryAfter time.Duration
}

// askedPause returns the pause that an endpoint asks for when it does not accept the
// event.
func (r Result) askedPause() time.Duration {
	if r.ok() || r.Status == statusGone {
		return 0
	}
	return min(r.RetryAfter, maxRetryAfter)
}

// ok reports whether the endpoint accepted the event.
func (r Result) ok() bool { return r.Status/100 == 2 }

// Sender sends requests. A cancelled context ends a request.
type Sender interface {
	Send(ctx context.Context, r Request) Result
}

// State is the state of a delivery.
type State string

// The states. Delivered and Dead are final.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Dead      State = "dead"
)

// Attempt is an attempt to deliver, with the state of the delivery after it.
type Attempt struct {
	Delivery
	Result
	At      time.Time // as clock.Truncate returns it
	Latency time.Duration
	State   State
	NextAt  time.Time // like At, when the state is Pending; otherwise zero
}

// statusGone is the HTTP status of an endpoint that wants no more deliveries, as the
// specification of Standard Webhooks says.
const statusGone = 410

// disableAfter is the longest time for which a webhook may fail without a success.
const disableAfter = 5 * 24 * time.Hour

// The reasons for which the service disables a webhook.
const (
	reasonGone    = "the endpoint answered 410 Gone"
	reasonFailing = "the endpoint failed for 5 days"
)

// attempt sends a delivery once and stores the result.
func (d *Deliverer) attempt(ctx context.Context, begun start) outcome {
	o := outcome{start: begun, more: true}
	hook, delivery := begun.hook, begun.delivery
	body, found, err := d.queue.Document(ctx, delivery.ID)
	if err != nil {
		d.logInterruption(ctx, err)
		return o
	}
	if !found {
		return o // the delivery was deleted with its webhook
	}
	began := d.clock.Now()
	result := d.sender.Send(ctx, Request{URL: hook.URL, Secrets: hook.Secret.At(began), EventID: delivery.EventID, At: began, Body: body})
	if ctx.Err() != nil {
		return o // the service stops: the delivery is sent again after the next start
	}
	now := d.clock.Now()
	o.took = now.Sub(began)
	decided := decide(delivery, result, began, o.took, d.jitter)
	s, err := d.storeAttempt(context.WithoutCancel(ctx), decided, hook.URL, now)
	if err != nil {
		d.logInterruption(ctx, err) // the delivery is sent again, with the same id
		return o
	}
	o.ok, o.more, o.nextAt, o.pause = result.ok(), s.unblocked, s.attempt.NextAt, result.askedPause()
	d.observe(s.attempt)
	if o.disabled = s.disabledReason != ""; o.disabled {
		d.logger.WarnContext(ctx, "webhook disabled", slog.String("webhook_id", hook.ID), slog.String("reason", s.disabledReason))
	}
	return o
}

// stored is an attempt as it was stored, with its consequences.
type stored struct {
	attempt        Attempt
	unblocked      bool   // another delivery is due now
	disabledReason string // empty: the webhook was not disabled
}

// storeAttempt stores an attempt at a URL. It disables a webhook whose endpoint is
// gone or fails for too long.
func (d *Deliverer) storeAttempt(ctx context.Context, decided Attempt, url string, now time.Time) (s stored, err error) {
	err = d.queue.Write(ctx, func(tx Tx) error {
		var err error
		s, err = storeWithin(tx, decided, url, now, d.jitter)
		return err
	})
	return s, err
}

func storeWithin(tx Tx, a Attempt, url string, now time.Time, jitter Jitter) (s stored, err error) {
	gone := a.Status == statusGone
	if gone {
		// The URL is gone. The webhook may have another URL since, whose endpoint
		// wants the event.
		w, found, err := tx.Webhook(a.WebhookID)
		if err != nil {
			return s, err
		}
		if found && w.URL != url {
			a, gone = planRetry(a, now, jitter), false
		}
	}
	s.attempt = a
	if s.unblocked, err = tx.Finish(a); err != nil {
		return s, err
	}
	if a.ok() {
		_, err = tx.FailingSince(a.WebhookID, time.Time{})
		return s, err
	}
	at := clock.Truncate(now)
	since, err := tx.FailingSince(a.WebhookID, at)
	switch {
	case err != nil:
		return s, err
	case gone:
		s.disabledReason, err = disable(tx, a.WebhookID, reasonGone, at)
	case !since.IsZero() && !since.After(clock.Truncate(now.Add(-disableAfter))):
		s.disabledReason, err = disable(tx, a.WebhookID, reasonFailing, at)
	}
	return s, err
}

// disable deactivates a webhook and returns the reason; empty when the webhook was
// not active.
func disable(tx Tx, webhookID, reason string, at time.Time) (string, error) {
	w, found, err := tx.Webhook(webhookID)
	if err != nil || !found || !w.Active {
		return "", err
	}
	w.Active, w.DisabledReason, w.Version, w.UpdatedAt = false, reason, w.Version+1, at
	return reason, tx.UpdateWebhook(w)
}

// logInterruption logs an error of the database.
func (d *Deliverer) logInterruption(ctx context.Context, err error) {
	if ctx.Err() == nil {
		d.logger.WarnContext(ctx, "webhook delivery interrupted", slog.Any("err", err))
	}
}
