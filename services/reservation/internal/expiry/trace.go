package expiry

import (
	"context"
	"time"

	"inventory.example/pkg/telemetry/tracing"
)

// Traced returns an Expirer that records each batch that next ends as a separate
// trace, because no request caused it.
func Traced(tracer *tracing.Tracer, next Expirer) Expirer {
	if tracer == nil {
		return next
	}
	return traced{tracer, next}
}

type traced struct {
	tracer *tracing.Tracer
	next   Expirer
}

// Expire implements Expirer.
func (t traced) Expire(ctx context.Context) (more bool, next time.Time, err error) {
	ctx, span := t.tracer.Start(ctx, tracing.Internal, "expire")
	if more, next, err = t.next.Expire(ctx); more || err != nil {
		span.Fail(err)
		span.End() // a query without results is not recorded
	}
	return more, next, err
}
