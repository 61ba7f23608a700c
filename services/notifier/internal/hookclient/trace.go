package hookclient

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry/tracing"
	"inventory.example/services/notifier/internal/webhook"
)

// beginSpan begins the span of a request in the trace of the request that caused its
// event. The endpoint gets the traceparent of the event only.
func (c *Client) beginSpan(ctx context.Context, r webhook.Request) (context.Context, *tracing.Span) {
	if c.tracer == nil {
		return ctx, nil
	}
	var event struct {
		Type        string `json:"event_type"`
		Traceparent string `json:"traceparent"`
	}
	if json.Unmarshal(r.Body, &event) != nil || event.Traceparent == "" {
		return ctx, nil
	}
	ctx, span := c.tracer.Within(events.WithTraceparent(ctx, event.Traceparent), tracing.Client, "deliver "+event.Type)
	span.SetString("messaging.message.id", r.EventID)
	return ctx, span
}

func endSpan(span *tracing.Span, r webhook.Result) {
	switch {
	case r.Failure != "":
		span.Fail(errors.New(r.Failure))
	case r.Status/100 != 2:
		span.Fail(errors.New(http.StatusText(r.Status)))
	}
	if r.Status != 0 {
		span.SetInt("http.response.status_code", r.Status)
	}
	span.End()
}
