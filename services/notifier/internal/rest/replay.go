package rest

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/problem"
	"inventory.example/services/notifier/internal/webhook"
)

// replayRequest is the body of a replay; an absent to is now.
type replayRequest struct {
	From       *string       `json:"from"`
	To         *string       `json:"to"`
	EventTypes []events.Type `json:"event_types"`
}

// replayItem is a replay as clients see it.
type replayItem struct {
	WebhookID  string        `json:"webhook_id"`
	From       string        `json:"from"`
	To         string        `json:"to"`
	EventTypes []events.Type `json:"event_types"`
	Queued     int64         `json:"queued"`
	Done       bool          `json:"done"`
}

func renderReplay(r webhook.Replay) replayItem {
	return replayItem{
		WebhookID: r.WebhookID, From: clock.Text(r.From), To: clock.Text(r.To), EventTypes: r.EventTypes, Queued: r.Queued, Done: r.Done,
	}
}

// replayWebhook serves POST /webhooks/{id}/replay.
func (h handlers) replayWebhook(c *gin.Context) error {
	r, err := httpapi.Decode[replayRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	params := webhook.ReplayParams{WebhookID: c.Param("id"), EventTypes: r.EventTypes}
	var checks problem.Checks
	params.From, params.To = timeOf(&checks, "from", r.From), timeOf(&checks, "to", r.To)
	if err := checks.Err(); err != nil {
		return err
	}
	replay, replayed, err := h.deps.Webhooks.Replay(c.Request.Context(), params, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.JSON(c, http.StatusAccepted, renderReplay(replay))
	return nil
}

// timeOf returns the time of a field, zero when it is absent. Years that stored
// times cannot have are invalid.
func timeOf(checks *problem.Checks, field string, text *string) time.Time {
	if text == nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, *text)
	utc := at.UTC()
	checks.Require(err == nil && utc.Year() >= 1 && utc.Year() <= 9999, field, "must be a time in RFC 3339, such as 2026-03-28T15:04:05Z")
	return utc
}
