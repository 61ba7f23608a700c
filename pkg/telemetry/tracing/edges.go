package tracing

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"inventory.example/pkg/events"
)

// TraceparentHeader carries the traceparent of a call; its name is in canonical
// form.
const TraceparentHeader = "Traceparent"

// SetHeader puts the context's place in a trace, if it has one, into the header
// of a request, whether or not spans are recorded.
func SetHeader(ctx context.Context, header http.Header) {
	if t := events.Traceparent(ctx); t != "" {
		header.Set(TraceparentHeader, t)
	}
}

// Transport returns a RoundTripper that records each request of next as a span
// and sends its traceparent to the other side.
func (t *Tracer) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return transport{t, next}
}

type transport struct {
	tracer *Tracer
	next   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Within(request.Context(), Client, request.Method)
	if span == nil {
		return t.next.RoundTrip(request)
	}
	defer span.End()
	span.SetString("http.request.method", request.Method)
	span.SetString("url.full", request.URL.String())
	request = request.Clone(ctx) // a RoundTripper must not change its request
	SetHeader(ctx, request.Header)
	response, err := t.next.RoundTrip(request)
	if err != nil {
		span.Fail(err)
		return response, err
	}
	span.SetInt("http.response.status_code", response.StatusCode)
	if response.StatusCode >= http.StatusBadRequest {
		span.Fail(errors.New(http.StatusText(response.StatusCode)))
	}
	return response, nil
}

// Handler returns a handler that passes each event to next within the trace of
// the request that caused it, which the context's traceparent names, and
// records it as a span.
func (t *Tracer) Handler(group string, next events.Handler) events.Handler {
	return func(ctx context.Context, e events.Event) error {
		ctx = events.WithTraceparent(ctx, e.Traceparent)
		if t == nil {
			return next(ctx, e)
		}
		ctx, span := t.Within(ctx, Consumer, "process "+string(e.Type))
		defer span.End()
		span.SetString("messaging.consumer.group.name", group)
		span.SetString("messaging.message.id", e.ID)
		err := next(ctx, e)
		span.Fail(err)
		return err
	}
}

// Published records that the broker has acknowledged a list of events, each
// within the trace of the request that caused it. Attempts that failed are left
// to metrics and log: in an outage they are many.
func (t *Tracer) Published(ctx context.Context, list []events.Event, began, ended time.Time) {
	if t == nil {
		return
	}
	for _, e := range list {
		if !sampled(e.Traceparent) {
			continue
		}
		span := t.start(ctx, e.Traceparent, Producer, "publish "+string(e.Type), trace.WithTimestamp(began))
		span.SetAttributes(attribute.String("messaging.message.id", e.ID),
			attribute.Int("messaging.batch.message_count", len(list)))
		span.End(trace.WithTimestamp(ended))
	}
}
