package events

import "context"

type actorKey struct{}

// WithActor returns a context that carries the actor of the changes that are
// made with it: the name of the API key of the request. An empty name takes the
// actor of ctx away.
func WithActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// Actor returns the name that WithActor put into ctx, or service when there is
// none: then the service acts by itself.
func Actor(ctx context.Context, service string) string {
	if name, _ := ctx.Value(actorKey{}).(string); name != "" {
		return name
	}
	return service
}
