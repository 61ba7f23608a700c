package events

import "context"

type traceparentKey struct{}

// WithTraceparent returns a context that carries the W3C traceparent of the
// request being served, so that the events which it causes can name it.
func WithTraceparent(ctx context.Context, traceparent string) context.Context {
	return context.WithValue(ctx, traceparentKey{}, traceparent)
}

// Traceparent returns the traceparent that WithTraceparent put into ctx, or "".
func Traceparent(ctx context.Context) string {
	t, _ := ctx.Value(traceparentKey{}).(string)
	return t
}
