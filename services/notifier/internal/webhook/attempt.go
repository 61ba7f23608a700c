package webhook

import (
	"context"
	"log/slog"
	"time"

	"inventory.example/pkg/events"
)

// Delivery is one event on its way to one webhook, when it is due.
type Delivery struct {
	ID        int64
	WebhookID string
	EventID   string
	Attempts  int // so far
	DueAt     time.Time
}

// Request is what is sent to a webhook.
type Request struct {
	URL     string
	Secrets []string // each signs
	EventID string
	At      time.Time
	Body    []byte
}

// Result is what became of a request.
type Result struct {
	Status  int    // of the answer; 0 when there was none
	Excerpt string // the beginning of the answer
	Failure string // why there was no answer, in words that an outsider may read; empty when there was one
	// RetryAfter is how long the endpoint asks to be left alone; 0: it does not.
	RetryAfter time.Duration
}

// pause returns how long an endpoint that did not take the event is left alone
// because it asks for that.
func (r Result) pause() time.Duration {
	if r.ok() || r.Status == statusGone {
		return 0
	}
	return min(r.RetryAfter, maxRetryAfter)
}

// ok reports whether the endpoint took the event.
func (r Result) ok() bool { return r.Status/100 == 2 }

// Sender sends requests. A cancelled context ends a request.
type Sender interface {
	Send(ctx context.Context, r Request) Result
}

// State is where a delivery stands.
type State string

// The states. Delivered and Dead are final.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Dead      State = "dead"
)

// Attempt is an attempt to deliver, with what follows from it.
type Attempt struct {
	Delivery
	Result
	At      string // events.TimeFormat
	Latency time.Duration
	State   State
	NextAt  string // events.TimeFormat, when the state is Pending; otherwise empty

	dueAgain time.Time // NextAt
}

// statusGone is the HTTP status of an endpoint that wants nothing more, as the
// specification says.
const statusGone = 410

// disableAfter is how long a webhook may fail without a success in between.
const disableAfter = 5 * 24 * time.Hour

// The reasons why the service makes a webhook inactive.
const (
	reasonGone    = "the endpoint answered 410 Gone"
	reasonFailing = "the endpoint failed for 5 days"
)

// attempt sends a delivery once and stores the outcome.
func (d *Deliverer) attempt(ctx context.Context, w Webhook, delivery Delivery) outcome {
	o := outcome{webhookID: w.ID, url: w.URL, deliveryID: delivery.ID, more: true}
	body, found, err := d.queue.Document(ctx, delivery.ID)
	if err != nil {
		d.logInterruption(ctx, err)
		return o
	}
	if !found {
		return o // deleted meanwhile, with its webhook
	}
	began := d.clock.Now()
	result := d.sender.Send(ctx, Request{URL: w.URL, Secrets: w.Secret.At(began), EventID: delivery.EventID, At: began, Body: body})
	if ctx.Err() != nil {
		return o // broken off by us: it is tried again after the next start
	}
	now := d.clock.Now()
	o.took = now.Sub(began)
	decided := d.decide(delivery, result, began, o.took)
	a, reason, unblocked, err := d.settle(context.WithoutCancel(ctx), decided, w.URL, now)
	if err != nil {
		d.logInterruption(ctx, err) // it will be sent again, with the same id
		return o
	}
	o.ok, o.more, o.nextAt, o.pause = result.ok(), unblocked, a.dueAgain, result.pause()
	d.observe(a)
	if reason != "" {
		d.logger.WarnContext(ctx, "webhook disabled", slog.String("webhook_id", w.ID), slog.String("reason", reason))
	}
	return o
}

// decide says what follows from a result.
func (d *Deliverer) decide(delivery Delivery, r Result, began time.Time, took time.Duration) Attempt {
	delivery.Attempts++
	a := Attempt{Delivery: delivery, Result: r, At: events.FormatTime(began), Latency: took}
	switch {
	case r.ok():
		a.State = Delivered
	case r.Status == statusGone:
		a.State = Dead
	default:
		a = d.failure(a, began.Add(took))
	}
	return a
}

// failure says what follows from an attempt that failed: another one, unless it
// was the last.
func (d *Deliverer) failure(a Attempt, ended time.Time) Attempt {
	if a.Attempts >= MaxAttempts {
		a.State = Dead
		return a
	}
	pause := pauseAfter(a.Attempts)
	pause = max(pause/2+d.jitter(pause/2), a.pause())
	a.State, a.dueAgain = Pending, ended.Add(pause)
	a.NextAt = events.FormatTime(a.dueAgain)
	return a
}

// settle stores what followed from an attempt at a URL, which it returns, and
// disables a webhook that is gone or fails for too long; then it returns the
// reason. unblocked tells that another delivery is due now.
func (d *Deliverer) settle(
	ctx context.Context, decided Attempt, url string, now time.Time,
) (a Attempt, reason string, unblocked bool, err error) {
	at := events.FormatTime(now)
	tooLong := events.FormatTime(now.Add(-disableAfter))
	err = d.queue.Write(ctx, func(tx Tx) error {
		a, reason = decided, ""
		gone := a.Status == statusGone
		if gone {
			// So the URL is. The webhook may have another one by now, whose endpoint
			// wants the event.
			w, found, err := tx.Webhook(a.WebhookID)
			if err != nil {
				return err
			}
			if found && w.URL != url {
				a, gone = d.failure(a, now), false
			}
		}
		var err error
		if unblocked, err = tx.Finish(a); err != nil {
			return err
		}
		if a.ok() {
			_, err := tx.FailingSince(a.WebhookID, "")
			return err
		}
		since, err := tx.FailingSince(a.WebhookID, at)
		if err != nil {
			return err
		}
		switch {
		case gone:
			reason = reasonGone
		case since != "" && since <= tooLong:
			reason = reasonFailing
		default:
			return nil
		}
		w, found, err := tx.Webhook(a.WebhookID)
		if err != nil || !found || !w.Active {
			reason = ""
			return err
		}
		w.Active, w.DisabledReason, w.Version, w.UpdatedAt = false, reason, w.Version+1, at
		return tx.UpdateWebhook(w)
	})
	return a, reason, unblocked, err
}

// failed logs that the database did not do its part.
func (d *Deliverer) logInterruption(ctx context.Context, err error) {
	if ctx.Err() == nil {
		d.logger.WarnContext(ctx, "webhook delivery interrupted", slog.Any("err", err))
	}
}
