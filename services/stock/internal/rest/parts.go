package rest

import (
	"context"

	"github.com/gin-gonic/gin"

	"inventory.example/pkg/events"
	"inventory.example/pkg/telemetry/tracing"
)

// parts are the spans of a request that carries several others, each in the trace
// of the other. Without a tracer there are none.
type parts struct {
	ctx    context.Context
	tracer *tracing.Tracer
	spans  []*tracing.Span
}

// parts returns the spans of a request with n parts, to be begun one by one.
func (h handlers) parts(c *gin.Context, n int) *parts {
	p := &parts{ctx: c.Request.Context(), tracer: h.tracer}
	if p.tracer != nil {
		p.spans = make([]*tracing.Span, 0, n)
	}
	return p
}

// begin begins the span of one part and returns the traceparent of its changes:
// that of the span, or the part's own when nothing is recorded.
func (p *parts) begin(name, traceparent string) string {
	if p.tracer == nil {
		return traceparent
	}
	ctx, span := p.tracer.Within(events.WithTraceparent(p.ctx, traceparent), tracing.Server, name)
	p.spans = append(p.spans, span)
	return events.Traceparent(ctx)
}

func (p *parts) endSpans() {
	for _, span := range p.spans {
		span.End()
	}
}
