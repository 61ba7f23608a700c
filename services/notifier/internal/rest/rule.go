package rest

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/clock"
	"inventory.example/pkg/events"
	"inventory.example/pkg/httpapi"
	"inventory.example/pkg/paging"
	"inventory.example/services/notifier/internal/alert"
)

// ruleRequest is the body of a create and of a full update of an alert rule.
type ruleRequest struct {
	Name          string      `json:"name"`
	EventType     events.Type `json:"event_type"`
	StoreIDs      []string    `json:"store_ids"`
	Threshold     int64       `json:"threshold"`
	WindowSeconds int64       `json:"window_seconds"`
	QuietSeconds  int64       `json:"quiet_seconds"`
	Active        *bool       `json:"active"` // nil: true
}

func (r ruleRequest) details() alert.Details {
	return alert.Details{
		Name: r.Name, EventType: r.EventType, StoreIDs: r.StoreIDs, Threshold: r.Threshold, WindowSeconds: r.WindowSeconds,
		QuietSeconds: r.QuietSeconds, Active: r.Active == nil || *r.Active,
	}
}

// ruleItem is an alert rule as clients see it.
type ruleItem struct {
	ID            string      `json:"id"`
	Name          string      `json:"name"`
	EventType     events.Type `json:"event_type"`
	StoreIDs      []string    `json:"store_ids"`
	Threshold     int64       `json:"threshold"`
	WindowSeconds int64       `json:"window_seconds"`
	QuietSeconds  int64       `json:"quiet_seconds"`
	Active        bool        `json:"active"`
	Version       int64       `json:"version"`
	CreatedAt     string      `json:"created_at"`
	UpdatedAt     string      `json:"updated_at"`
}

func renderRule(r alert.Rule) ruleItem {
	return ruleItem{
		ID: r.ID, Name: r.Name, EventType: r.EventType, StoreIDs: r.StoreIDs, Threshold: r.Threshold, WindowSeconds: r.WindowSeconds,
		QuietSeconds: r.QuietSeconds, Active: r.Active, Version: r.Version,
		CreatedAt: clock.Text(r.CreatedAt), UpdatedAt: clock.Text(r.UpdatedAt),
	}
}

// sendRule sends one rule with its entity tag.
func sendRule(c *gin.Context, status int, r alert.Rule) {
	httpapi.SetETag(c, r.Version)
	httpapi.JSON(c, status, renderRule(r))
}

// createRule serves POST /alerts/rules.
func (h handlers) createRule(c *gin.Context) error {
	r, err := httpapi.Decode[ruleRequest](c)
	if err != nil {
		return err
	}
	once, err := httpapi.Once(c)
	if err != nil {
		return err
	}
	created, replayed, err := h.deps.Alerts.Create(c.Request.Context(), r.details(), once)
	if err != nil {
		return err
	}
	httpapi.Replayed(c, replayed)
	c.Header("Location", "/api/v1/alerts/rules/"+created.ID)
	sendRule(c, http.StatusCreated, created)
	return nil
}

// getRule serves GET /alerts/rules/{id}.
func (h handlers) getRule(c *gin.Context) error {
	if err := httpapi.KnownQuery(c); err != nil {
		return err
	}
	r, err := h.deps.Alerts.Rule(c.Request.Context(), c.Param("id"), httpapi.CallerOf(c).Stores())
	if err != nil {
		return err
	}
	sendRule(c, http.StatusOK, r)
	return nil
}

// listRules serves GET /alerts/rules.
func (h handlers) listRules(c *gin.Context) error {
	if err := httpapi.ListQuery(c); err != nil {
		return err
	}
	page, err := httpapi.PageOf(c, paging.Text)
	if err != nil {
		return err
	}
	list, err := h.deps.Alerts.Rules(c.Request.Context(), httpapi.CallerOf(c).Stores(), page)
	if err != nil {
		return err
	}
	sendPage(c, page, list, renderRule)
	return nil
}

// updateRule serves PUT /alerts/rules/{id}.
func (h handlers) updateRule(c *gin.Context) error {
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	r, err := httpapi.Decode[ruleRequest](c)
	if err != nil {
		return err
	}
	updated, err := h.deps.Alerts.Update(c.Request.Context(), alert.UpdateParams{ID: c.Param("id"), Details: r.details(), Version: version})
	if err != nil {
		return err
	}
	sendRule(c, http.StatusOK, updated)
	return nil
}

// deleteRule serves DELETE /alerts/rules/{id}.
func (h handlers) deleteRule(c *gin.Context) error {
	version, err := httpapi.IfMatch(c)
	if err != nil {
		return err
	}
	if err := h.deps.Alerts.Delete(c.Request.Context(), alert.DeleteParams{ID: c.Param("id"), Version: version}); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
