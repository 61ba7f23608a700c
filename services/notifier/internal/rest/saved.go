package rest

import (
	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/idempotency"
	"inventory.example/services/notifier/internal/alert"
	"inventory.example/services/notifier/internal/console/system"
	"inventory.example/services/notifier/internal/webhook"
)

// The documents that are saved of results, so that a repeated request gets the
// same response. They are kept for two days, also over an upgrade: a field that
// changes its meaning takes another version. The Format of each is its version;
// 0 is that of releases whose documents had none, with the same fields.
const savedFormat = 1

// savedWebhook has no secret: a repeated request does not show it again.
type savedWebhook struct {
	Format         int           `json:"format"`
	ID             string        `json:"id"`
	URL            string        `json:"url"`
	EventTypes     []events.Type `json:"event_types"`
	StoreIDs       []string      `json:"store_ids"`
	IncludeAborted bool          `json:"include_aborted"`
	Description    string        `json:"description"`
	Active         bool          `json:"active"`
	DisabledReason string        `json:"disabled_reason"`
	Secret         savedSecret   `json:"secret"`
	Version        int64         `json:"version"`
	CreatedAt      string        `json:"created_at"`
	UpdatedAt      string        `json:"updated_at"`
}

type savedSecret struct {
	PreviousUntil string `json:"previous_until"`
}

type savedRecord struct {
	Format        int           `json:"format"`
	ID            int64         `json:"id"`
	WebhookID     string        `json:"webhook_id"`
	EventID       string        `json:"event_id"`
	EventType     events.Type   `json:"event_type"`
	State         webhook.State `json:"state"`
	Attempts      int           `json:"attempts"`
	CreatedAt     string        `json:"created_at"`
	NextAttemptAt string        `json:"next_attempt_at"`
	FinishedAt    string        `json:"finished_at"`
	LastAttemptAt string        `json:"last_attempt_at"`
	Status        int           `json:"status"`
	LatencyMS     int64         `json:"latency_ms"`
	Failure       string        `json:"failure"`
	Response      string        `json:"response"`
}

type savedRule struct {
	Format int `json:"format"`
	ruleItem
}

type savedReplayed struct {
	Format int `json:"format"`
	replayedAnswer
}

type savedReplay struct {
	Format int `json:"format"`
	replayItem
}

// SavedWebhookReplays returns the form in which replays of webhooks are saved.
func SavedWebhookReplays() idempotency.Format[webhook.Replay] {
	return idempotency.Document[webhook.Replay, savedReplay]{
		Newest: savedFormat, Version: func(d savedReplay) int { return d.Format },
		Of: func(r webhook.Replay) savedReplay { return savedReplay{savedFormat, renderReplay(r)} },
		Result: func(d savedReplay) (r webhook.Replay, err error) {
			r = webhook.Replay{WebhookID: d.WebhookID, EventTypes: d.EventTypes, Queued: d.Queued, Done: d.Done}
			if r.From, err = clock.ParseText(d.From); err != nil {
				return r, err
			}
			r.To, err = clock.ParseText(d.To)
			return r, err
		},
	}
}

// SavedWebhooks returns the form in which webhooks that were created or got a new
// secret are saved.
func SavedWebhooks() idempotency.Format[webhook.Webhook] {
	return idempotency.Document[webhook.Webhook, savedWebhook]{
		Newest: savedFormat, Version: func(d savedWebhook) int { return d.Format },
		Of: saveWebhook, Result: savedWebhook.webhook,
	}
}

// SavedRecords returns the form in which deliveries that were queued are saved.
func SavedRecords() idempotency.Format[webhook.Record] {
	return idempotency.Document[webhook.Record, savedRecord]{
		Newest: savedFormat, Version: func(d savedRecord) int { return d.Format },
		Of: saveRecord, Result: savedRecord.record,
	}
}

// SavedRules returns the form in which alert rules that were created are saved.
func SavedRules() idempotency.Format[alert.Rule] {
	return idempotency.Document[alert.Rule, savedRule]{
		Newest: savedFormat, Version: func(d savedRule) int { return d.Format },
		Of:     func(r alert.Rule) savedRule { return savedRule{savedFormat, renderRule(r)} },
		Result: savedRule.rule,
	}
}

// SavedReplays returns the form in which replays of dead letters are saved.
func SavedReplays() idempotency.Format[system.Replayed] {
	return idempotency.Document[system.Replayed, savedReplayed]{
		Newest: savedFormat, Version: func(d savedReplayed) int { return d.Format },
		Of:     func(r system.Replayed) savedReplayed { return savedReplayed{savedFormat, replayedAnswer(r)} },
		Result: func(d savedReplayed) (system.Replayed, error) { return system.Replayed(d.replayedAnswer), nil },
	}
}

func saveWebhook(w webhook.Webhook) savedWebhook {
	return savedWebhook{
		Format: savedFormat, ID: w.ID, URL: w.URL, EventTypes: w.EventTypes, StoreIDs: w.StoreIDs, IncludeAborted: w.IncludeAborted,
		Description: w.Description, Active: w.Active, DisabledReason: w.DisabledReason,
		Secret: savedSecret{clock.Text(w.Secret.PreviousUntil)}, Version: w.Version,
		CreatedAt: clock.Text(w.CreatedAt), UpdatedAt: clock.Text(w.UpdatedAt),
	}
}

func (d savedWebhook) webhook() (w webhook.Webhook, err error) {
	w = webhook.Webhook{
		ID: d.ID, DisabledReason: d.DisabledReason, Version: d.Version,
		Details: webhook.Details{
			URL: d.URL, EventTypes: d.EventTypes, StoreIDs: d.StoreIDs, IncludeAborted: d.IncludeAborted,
			Description: d.Description, Active: d.Active,
		},
	}
	if w.Secret.PreviousUntil, err = clock.ParseText(d.Secret.PreviousUntil); err != nil {
		return w, err
	}
	if w.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return w, err
	}
	w.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return w, err
}

func saveRecord(r webhook.Record) savedRecord {
	return savedRecord{
		Format: savedFormat, ID: r.ID, WebhookID: r.WebhookID, EventID: r.EventID, EventType: r.EventType, State: r.State,
		Attempts: r.Attempts, CreatedAt: clock.Text(r.CreatedAt), NextAttemptAt: clock.Text(r.NextAttemptAt),
		FinishedAt: clock.Text(r.FinishedAt), LastAttemptAt: clock.Text(r.LastAttemptAt), Status: r.Status,
		LatencyMS: r.LatencyMS, Failure: r.Failure, Response: r.Response,
	}
}

func (d savedRecord) record() (r webhook.Record, err error) {
	r = webhook.Record{
		ID: d.ID, WebhookID: d.WebhookID, EventID: d.EventID, EventType: d.EventType, State: d.State, Attempts: d.Attempts,
		Status: d.Status, LatencyMS: d.LatencyMS, Failure: d.Failure, Response: d.Response,
	}
	if r.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return r, err
	}
	if r.NextAttemptAt, err = clock.ParseText(d.NextAttemptAt); err != nil {
		return r, err
	}
	if r.FinishedAt, err = clock.ParseText(d.FinishedAt); err != nil {
		return r, err
	}
	r.LastAttemptAt, err = clock.ParseText(d.LastAttemptAt)
	return r, err
}

func (d savedRule) rule() (r alert.Rule, err error) {
	r = alert.Rule{
		ID: d.ID, Version: d.Version,
		Details: alert.Details{
			Name: d.Name, EventType: d.EventType, StoreIDs: d.StoreIDs, Threshold: d.Threshold, WindowSeconds: d.WindowSeconds,
			QuietSeconds: d.QuietSeconds, Active: d.Active,
		},
	}
	if r.CreatedAt, err = clock.ParseText(d.CreatedAt); err != nil {
		return r, err
	}
	r.UpdatedAt, err = clock.ParseText(d.UpdatedAt)
	return r, err
}
