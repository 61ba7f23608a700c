package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/notifier/internal/webhook"
)

// item is a webhook as clients see it.
type item struct {
	ID             string        `json:"id"`
	URL            string        `json:"url"`
	EventTypes     []events.Type `json:"event_types"`
	StoreIDs       []string      `json:"store_ids"`
	IncludeAborted bool          `json:"include_aborted"`
	Description    string        `json:"description"`
	Active         bool          `json:"active"`
	DisabledReason string        `json:"disabled_reason,omitempty"`
	Secret         string        `json:"secret,omitempty"` // only when it is new
	PreviousUntil  string        `json:"previous_secret_until,omitempty"`
	Version        int64         `json:"version"`
	CreatedAt      string        `json:"created_at"`
	UpdatedAt      string        `json:"updated_at"`
}

func render(w webhook.Webhook) item {
	return item{
		ID: w.ID, URL: w.URL, EventTypes: w.EventTypes, StoreIDs: w.StoreIDs, IncludeAborted: w.IncludeAborted,
		Description: w.Description, Active: w.Active,
		DisabledReason: w.DisabledReason, PreviousUntil: clock.Text(w.Secret.PreviousUntil),
		Version: w.Version, CreatedAt: clock.Text(w.CreatedAt), UpdatedAt: clock.Text(w.UpdatedAt),
	}
}

// sendWebhook sends one webhook with its entity tag.
func sendWebhook(c *gin.Context, status int, i item) {
	httpapi.SetETag(c, i.Version)
	httpapi.JSON(c, status, i)
}

// sendNewWebhook also sends the secret, which is shown when it is new.
func sendNewWebhook(c *gin.Context, status int, w webhook.Webhook) {
	i := render(w)
	i.Secret = w.Secret.Current
	sendWebhook(c, status, i)
}

// detailsRequest is the body of a full update, and most of that of a create.
type detailsRequest struct {
	URL            string               `json:"url"`
	EventTypes     []events.Type        `json:"event_types"`
	StoreIDs       []string             `json:"store_ids"`
	IncludeAborted *bool                `json:"include_aborted"` // nil: false
	Description    httpapi.OptionalText `json:"description"`
	Active         *bool                `json:"active"` // nil: true
}

func (r detailsRequest) details() webhook.Details {
	return webhook.Details{
		URL: r.URL, EventTypes: r.EventTypes, StoreIDs: r.StoreIDs, IncludeAborted: r.IncludeAborted != nil && *r.IncludeAborted,
		Description: string(r.Description), Active: r.Active == nil || *r.Active,
	}
}

type createRequest struct {
	detailsRequest
	Secret *string `json:"secret"` // nil: a new one
}

// createWebhook serves POST /webhooks.
func (h handlers) createWebhook(c *gin.Context) error {
	r, err := httpapi.Decode[createRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	created, replayed, err := h.deps.Webhooks.Create(c.Request.Context(), webhook.CreateParams{Details: r.details(), Secret: r.Secret}, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	c.Header("Location", "/api/v1/webhooks/"+created.ID)
	sendNewWebhook(c, http.StatusCreated, created)
	return nil
}

// getWebhook serves GET /webhooks/{id}.
func (h handlers) getWebhook(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	w, err := h.deps.Webhooks.Get(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	sendWebhook(c, http.StatusOK, render(w))
	return nil
}

// listWebhooks serves GET /webhooks.
func (h handlers) listWebhooks(c *gin.Context) error {
	if err := httpapi.ListQuery(c); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	webhooks, err := h.deps.Webhooks.List(c.Request.Context(), page)
	if err != nil {
		return err
	}
	sendPage(c, page, webhooks, render)
	return nil
}

// updateWebhook serves PUT /webhooks/{id}.
func (h handlers) updateWebhook(c *gin.Context) error {
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[detailsRequest](c)
	if err != nil {
		return err
	}
	updated, err := h.deps.Webhooks.Update(c.Request.Context(), webhook.UpdateParams{
		ID: c.Param("id"), Details: r.details(), Version: version,
	})
	if err != nil {
		return err
	}
	sendWebhook(c, http.StatusOK, render(updated))
	return nil
}

// deleteWebhook serves DELETE /webhooks/{id}.
func (h handlers) deleteWebhook(c *gin.Context) error {
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	if err := h.deps.Webhooks.Delete(c.Request.Context(), webhook.DeleteParams{ID: c.Param("id"), Version: version}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

type rotateRequest struct {
	Secret *string `json:"secret"` // nil: a new one
}

// rotateSecret serves POST /webhooks/{id}/rotate-secret.
func (h handlers) rotateSecret(c *gin.Context) error {
	r, err := httpapi.DecodeOptional[rotateRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	rotated, replayed, err := h.deps.Webhooks.Rotate(c.Request.Context(), c.Param("id"), r.Secret, once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	sendNewWebhook(c, http.StatusOK, rotated)
	return nil
}
