// Package tracing records where the time of a request goes, across services and
// brokers, as spans of OpenTelemetry. It is the only package that knows
// OpenTelemetry: what has a place in a trace calls it at the edges, and the
// place itself travels as the W3C traceparent that package events keeps in the
// context, calls carry in a header, and events in their document.
//
// A nil Tracer is one that is off: every method may be called, does nothing and
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
	closeTimeout  = 3 * time.Second  // for what is left when a service ends
)

// Service says whose spans they are.
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
// while that is away spans are lost, which is logged, and nothing else is. The
// caller must Close it.
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

// reporting logs what the collector did not take, where OpenTelemetry would
// tell a global handler.
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

// Close sends what is left, for at most some seconds, and ends the tracer. It
// does not fail: spans are worth no error of a service that ends in order.
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

// Kind says what a span's service does in it.
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

// Within is Start for what is of interest only as a part of a trace: without
// one, there is no span.
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

// End ends the span. A span that is never ended is never told of.
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

// spanContext reads a traceparent; one that is not valid gives one that is not.
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

// traceparent writes one.
func traceparent(s trace.SpanContext) string {
	return "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-" + s.TraceFlags().String()
}
