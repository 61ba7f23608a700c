// Package tracing records where the time of a request goes, across services and
// brokers, as spans of OpenTelemetry. It is the only package that imports
// OpenTelemetry: the parts that have a place in a trace call it at the edges.
// The place itself travels as the W3C traceparent, which package events keeps
// in the context, calls carry in a header, and events in their document.
//
// A nil Tracer is one that is off: every method may be called, does nothing and
// costs a comparison.
// costs a comparison.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry"
)

const (
	scope         = "inventory.example/pkg/telemetry/tracing"
	exportTimeout = 10 * time.Second // for one request to the collector
	closeTimeout  = 3 * time.Second  // for the remaining spans when a service ends
)

// Service identifies the service whose spans are recorded.
type Service struct{ Name, Version, InstanceID string }

// Tracer records the spans of one service. It is safe for concurrent use.
type Tracer struct {
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
	client   *http.Client
	logger   *slog.Logger
}

// Open returns a tracer that sends its spans to the collector of config, in
// batches, and nil when there is none. It does not wait for the collector:
// while the collector is away, spans are lost and the loss is logged; nothing
// else is lost. The caller must Close the tracer.
func Open(ctx context.Context, config Config, service Service, logger *slog.Logger) (*Tracer, error) {
	if config.Endpoint == "" {
		return nil, nil //nolint:nilnil // a nil Tracer is one that is off
	}
	headers, err := parseHeaders(config.Headers)
	if err != nil {
		return nil, err
	}
	// A client of its own, whose connections end with it.
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}, Timeout: exportTimeout}
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(strings.TrimSuffix(config.Endpoint, "/")+tracesPath),
		otlptracehttp.WithHeaders(headers), otlptracehttp.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("open the exporter of traces: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(reporting{exporter, logger}),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(config.SampleRatio))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.namespace", "inventory"), attribute.String("service.name", service.Name),
			attribute.String("service.version", service.Version), attribute.String("service.instance.id", service.InstanceID),
		)),
	)
	return &Tracer{tracer: provider.Tracer(scope), provider: provider, client: client, logger: logger}, nil
}

// reporting logs the spans that the collector did not accept; OpenTelemetry
// would call a global handler.
type reporting struct {
	sdktrace.SpanExporter
	logger *slog.Logger
}

// ExportSpans implements sdktrace.SpanExporter.
func (r reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := r.SpanExporter.ExportSpans(ctx, spans); err != nil {
		r.logger.WarnContext(ctx, "spans are lost", slog.Int("spans", len(spans)), slog.Any("err", err))
	}
	return nil
}

// Close sends the remaining spans, for at most some seconds, and ends the
// tracer. It does not fail: lost spans are not a reason to report a failed stop
// of the service.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.logger.WarnContext(ctx, "end of the tracer", slog.Any("err", err))
	}
	t.client.CloseIdleConnections()
}

// Kind is the part that a service has in a span.
type Kind trace.SpanKind

// The kinds of spans.
const (
	Internal = Kind(trace.SpanKindInternal)
	Server   = Kind(trace.SpanKindServer)
	Client   = Kind(trace.SpanKindClient)
	Producer = Kind(trace.SpanKindProducer)
	Consumer = Kind(trace.SpanKindConsumer)
)

// Start begins a span below the one that the context's traceparent names, or a
// new trace when it names none, and returns a context whose traceparent names
// the new span. The caller must End it.
func (t *Tracer) Start(ctx context.Context, kind Kind, name string) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	span := t.start(ctx, events.Traceparent(ctx), kind, name)
	return events.WithTraceparent(ctx, traceparent(span.SpanContext())), &Span{span}
}

// Within is Start for a step that is of interest only as a part of a trace:
// without a trace, there is no span.
func (t *Tracer) Within(ctx context.Context, kind Kind, name string) (context.Context, *Span) {
	if t == nil || !sampled(events.Traceparent(ctx)) {
		return ctx, nil
	}
	return t.Start(ctx, kind, name)
}

func (t *Tracer) start(ctx context.Context, parent string, kind Kind, name string, at ...trace.SpanStartOption) trace.Span {
	ctx = trace.ContextWithRemoteSpanContext(ctx, spanContext(parent))
	_, span := t.tracer.Start(ctx, name, append(at, trace.WithSpanKind(trace.SpanKind(kind)))...)
	return span
}

// Span is a part of a trace. A nil Span may be used like any other.
type Span struct{ span trace.Span }

// SetString adds an attribute.
func (s *Span) SetString(key, value string) {
	if s != nil {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// SetInt adds an attribute.
func (s *Span) SetInt(key string, value int) {
	if s != nil {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// Fail marks the span as failed; nil changes nothing.
func (s *Span) Fail(err error) {
	if s != nil && err != nil {
		s.span.SetStatus(codes.Error, err.Error())
	}
}

// End ends the span. A span without End is never reported.
func (s *Span) End() {
	if s != nil {
		s.span.End()
	}
}

// The parts of a traceparent that telemetry.ValidTraceparent has checked.
const (
	traceIDStart = 3
	traceIDEnd   = 35
	spanIDStart  = 36
	spanIDEnd    = 52
	flagsEnd     = 55
)

// spanContext reads a traceparent; the result for an invalid one is invalid.
func spanContext(traceparent string) trace.SpanContext {
	if !telemetry.ValidTraceparent(traceparent) {
		return trace.SpanContext{}
	}
	// Checked above, so neither can fail.
	traceID, _ := trace.TraceIDFromHex(traceparent[traceIDStart:traceIDEnd])
	spanID, _ := trace.SpanIDFromHex(traceparent[spanIDStart:spanIDEnd])
	var flags trace.TraceFlags
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: flags.WithSampled(sampled(traceparent)), Remote: true,
	})
}

// sampled reports whether the trace of a traceparent is recorded: the lowest
// bit of its flags.
func sampled(traceparent string) bool {
	const oddDigits = "13579bdf"
	return telemetry.ValidTraceparent(traceparent) && strings.IndexByte(oddDigits, traceparent[flagsEnd-1]) >= 0
}

// traceparent writes a traceparent.
func traceparent(s trace.SpanContext) string {
	return "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-" + s.TraceFlags().String()
}
