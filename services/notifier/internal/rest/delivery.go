package rest

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/notifier/internal/webhook"
)

// deliveryItem is a delivery as clients see it.
type deliveryItem struct {
	ID            string        `json:"id"`
	WebhookID     string        `json:"webhook_id"`
	EventID       string        `json:"event_id"`
	EventType     events.Type   `json:"event_type"`
	State         webhook.State `json:"state"`
	Attempts      int           `json:"attempts"`
	CreatedAt     string        `json:"created_at"`
	NextAttemptAt string        `json:"next_attempt_at,omitempty"`
	FinishedAt    string        `json:"finished_at,omitempty"`
	Last          *lastAttempt  `json:"last_attempt,omitempty"`
}

type lastAttempt struct {
	At        string `json:"at"`
	Status    int    `json:"status,omitempty"`
	LatencyMS int64  `json:"latency_ms"`
	Failure   string `json:"failure,omitempty"`
	Response  string `json:"response,omitempty"`
}

func renderDelivery(r webhook.Record) deliveryItem {
	i := deliveryItem{
		ID: strconv.FormatInt(r.ID, 10), WebhookID: r.WebhookID, EventID: r.EventID, EventType: r.EventType, State: r.State,
		Attempts: r.Attempts, CreatedAt: clock.Text(r.CreatedAt), NextAttemptAt: clock.Text(r.NextAttemptAt), FinishedAt: clock.Text(r.FinishedAt),
	}
	if !r.LastAttemptAt.IsZero() {
		i.Last = &lastAttempt{At: clock.Text(r.LastAttemptAt), Status: r.Status, LatencyMS: r.LatencyMS, Failure: r.Failure, Response: r.Response}
	}
	return i
}

// listDeliveries serves GET /webhooks/{id}/deliveries.
func (h handlers) listDeliveries(c *gin.Context) error {
	if err := httpapi.ListQuery(c, "state"); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Number)
	if err != nil {
		return err
	}
	state := webhook.State(c.Query("state"))
	list, err := h.deps.Webhooks.Deliveries(c.Request.Context(), c.Param("id"), state, page)
	if err != nil {
		return err
	}
	sendPage(c, page, list, renderDelivery)
	return nil
}

// redeliver serves POST /webhooks/{id}/deliveries/{delivery_id}/redeliver.
func (h handlers) redeliver(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.Param("delivery_id"), 10, 64)
	if err != nil {
		id = 0 // which no delivery has
	}
	queued, replayed, err := h.deps.Webhooks.Redeliver(c.Request.Context(), c.Param("id"), id, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.JSON(c, http.StatusAccepted, renderDelivery(queued))
	return nil
}

// testWebhook serves POST /webhooks/{id}/test.
func (h handlers) testWebhook(c *gin.Context) error {
	if _, err := httpapi.DecodeOptional[struct{}](c); err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	queued, replayed, err := h.deps.Webhooks.Test(c.Request.Context(), c.Param("id"), once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	httpapi.JSON(c, http.StatusAccepted, renderDelivery(queued))
	return nil
}
