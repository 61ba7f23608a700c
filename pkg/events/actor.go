package events

import "context"

type actorKey struct{}

// WithActor returns a context that carries the actor of the changes of a request:
// the name of its API key. An empty name removes the actor of ctx.
func WithActor(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, actorKey{}, name)
}

// Actor returns the name that WithActor put into ctx, or service if there is none:
// the service then acts by itself.
func Actor(ctx context.Context, service string) string {
	if name, _ := ctx.Value(actorKey{}).(string); name != "" {
		return name
	}
	return service
}
